# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check sees the estate as the undo, which may change nothing then, would leave it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.checks import ours
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import CloudPicture
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import read_record
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.taken_back import (
    cloud_after,
    pool_after,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.audit.estates import (
    cloud,
    cs_host,
    pool,
)

PREFIX = "xencloud.maintenance."
LOCK = {"id": "r1", "owner": "ann", "nonce": "n", "operation": "rolling_patch", "started": 1, "lease": 60}


def left(*entries: tuple[str, str], out: int, live: bool = True) -> Pool:
    """A pool of which one host is out of service, with these undo entries of a run that was killed."""
    undo = {
        f"{PREFIX}undo.{number:03d}": json.dumps({"kind": kind, "object": thing, "before": None, "at": 1})
        for number, (kind, thing) in enumerate((*entries, ("pool_ha", "pool-a")), 1)
    }
    base = pool(other_config={f"{PREFIX}lock": json.dumps(LOCK), **undo})
    hosts = [replace(host, enabled=False, live=live) if host.ref == f"ref{out}" else host for host in base.hosts]
    return replace(base, hosts=tuple(hosts))


def address(number: int) -> str:
    return pool().host(f"ref{number}").address


def connected(seen: CloudPicture) -> list[tuple[str, str]]:
    return [(host.state, host.resource_state) for host in seen.hosts]


def clouded(**states: t.Any) -> CloudPicture:
    """Hosts by number, as h2=(state, resource_state); the others serve."""
    changes = {name: dict(zip(("state", "resource_state"), each, strict=True)) for name, each in states.items()}
    return cloud(hosts=tuple(replace(cs_host(n), **changes.get(f"h{n}", {})) for n in (1, 2, 3)))


def test_without_a_record_nothing_is_as_it_is_not() -> None:
    assert pool_after(pool()) == pool()
    assert cloud_after(pool(), cloud()) == cloud()


def test_a_member_is_back_in_service_and_only_pool_ha_is_left() -> None:
    before = left(("host_in_service", address(2)), out=2)
    after = pool_after(before)
    assert [host.enabled for host in after.hosts] == [True] * 3
    assert ours(after.other_config) == (frozenset({"pool-a"}), True)
    # Host 3 is somebody else's work.
    seen = cloud_after(before, clouded(h2=("Disconnected", "Maintenance"), h3=("Alert", "Maintenance")))
    assert connected(seen) == [("Up", "Enabled"), ("Up", "Enabled"), ("Alert", "Maintenance")]


def test_with_the_master_cloudstack_sees_every_host_again() -> None:
    before = left(("host_in_service", address(1)), ("cluster_managed", cloud().cluster.id), out=1)
    lost = clouded(h1=("Disconnected", "Maintenance"), h2=("Disconnected", "Enabled"), h3=("Alert", "Disabled"))
    seen = cloud_after(before, replace(lost, cluster=replace(lost.cluster, managed_state="Unmanaged")))
    assert seen.cluster.managed
    assert connected(seen) == [("Up", "Enabled"), ("Up", "Enabled"), ("Up", "Disabled")]


def test_a_host_that_does_not_live_is_not_wished_back() -> None:
    before = left(("host_in_service", address(2)), out=2, live=False)
    assert [host.enabled for host in pool_after(before).hosts] == [True, False, True]
    gone = clouded(h2=("Down", "Maintenance"))
    assert connected(cloud_after(before, gone)) == connected(gone)
    record = read_record(pool_after(before).other_config)
    assert record is not None
    assert record.ended
