# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold before a run goes on: every VM runs once, the hosts that are done are done.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from .cluster import CloudPicture, CsHost
from .estate import Host, Pool

Expected = dict[str, t.Any]


def expected_of(pool: Pool, cloud: CloudPicture) -> Expected:
    """What a gate compares with later: VMs that run now, storage that is plugged now.

    VMs are known by their name in the pool, which is CloudStack's instance name
    (``cloudstack.md`` 1.8).
    """
    return {
        "pool_vms": sorted(vm.name for vm in pool.vms if vm.is_guest),
        "cloudstack_vms": sorted(each.instance_name for each in cloud.instances if each.state == "Running"),
        "plugged": {host.address: sorted(pool.sr(ref).name for ref in host.plugged_srs) for host in pool.hosts},
    }


def faults(pool: Pool, cloud: CloudPicture, expected: Expected, done: t.Collection[str]) -> list[str]:
    """Every reason not to go on, as sentences without a full stop; empty when there is none.

    :param done: addresses of the hosts whose maintenance is over.
    """
    reasons = [*_vm_faults(pool, cloud, expected)]
    for host in pool.hosts:
        if host.address in done:
            seen = next((each for each in cloud.hosts if each.ip_address == host.address), None)
            reasons += [f"{host.name} {reason}" for reason in _host_faults(pool, host, seen, expected)]
        elif not host.live:
            reasons.append(f"{host.name} is not live")
    return reasons


def _vm_faults(pool: Pool, cloud: CloudPicture, expected: Expected) -> t.Iterator[str]:
    running = Counter(vm.name for vm in pool.vms if vm.is_guest)
    for name in expected["pool_vms"]:
        if not running[name]:
            yield f"the VM {name} no longer runs in the pool"
    states = {each.instance_name: each.state for each in cloud.instances}
    for name in expected["cloudstack_vms"]:
        if states.get(name, "gone") != "Running":
            yield f"the VM {name} is {states.get(name, 'gone')} in CloudStack"


def _host_faults(pool: Pool, host: Host, seen: CsHost | None, expected: Expected) -> t.Iterator[str]:
    if not host.live:
        yield "is not live"
    if not host.enabled:
        yield "is disabled in the pool"
    if host.reboot_required:
        yield "has not been restarted since its update"
    plugged = {pool.sr(ref).name for ref in host.plugged_srs}
    missing = sorted(set(expected["plugged"].get(host.address, ())) - plugged)
    if missing:
        yield f"has lost its storage {', '.join(missing)}"
    if seen is None:
        yield "is unknown to CloudStack"
    elif not seen.ready:
        yield f"is {seen.state} and {seen.resource_state} in CloudStack"
