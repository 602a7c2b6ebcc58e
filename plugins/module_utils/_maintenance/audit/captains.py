# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who would act on his own right now: elect a master, restart a VM.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..estate import Pool
from ..facts import Facts
from ..matching import Estate, VmPair

Captains = dict[str, t.Any]


def captains_of(estate: Estate) -> Captains:
    """The two captains: ``master`` is who elects a new one, ``vms`` who restarts the VMs that CloudStack owns."""
    return {"master": _elector(estate.pool), "vms": _restarter(estate)}


def doubly_protected(estate: Estate) -> list[VmPair]:
    """VMs of CloudStack that pool HA restarts, or would as soon as it is on."""
    return [pair for pair in estate.vms if pair.vm.ha_restart_priority and is_cloudstacks(pair)]


def is_cloudstacks(pair: VmPair) -> bool:
    """CloudStack owns it, or its name says so while CloudStack has it elsewhere."""
    return pair.instance is not None or pair.looks_like_cloudstack


def cloudstack_restarts(facts: Facts) -> bool:
    """CloudStack's VM HA is on; it cannot be switched off in releases without the setting."""
    return (facts.settings or {}).get("vm.ha.enabled", "true") != "false"


def _elector(pool: Pool) -> str:
    """Only a host that takes part in HA can follow its master (xapi.md 3.3)."""
    heirs = [host for host in pool.hosts if host.live and not host.is_master and pool.armed(host)]
    return "pool_ha" if heirs else "nobody"


def _restarter(estate: Estate) -> str:
    """CloudStack restarts only in a cluster that it manages (cloudstack.md 5)."""
    cloudstack = estate.cloud.cluster.managed and cloudstack_restarts(estate.facts)
    pool_ha = estate.pool.ha.enabled and bool(doubly_protected(estate))
    if cloudstack and pool_ha:
        return "both"
    if pool_ha:
        return "pool_ha"
    return "cloudstack" if cloudstack else "nobody"
