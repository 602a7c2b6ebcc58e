# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Others who act on the same hosts and VMs: balancers, other tools, people (peers.md I24, xapi.md 5.7).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..estate import AUTO_POWER_ON
from ..keeping import in_xencenter
from ..matching import Estate
from .model import Check, Finding, Scope, Severity


def movers(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Whoever moves or starts VMs by himself fills a host that is being emptied."""
    pool = estate.pool
    if pool.balanced:
        yield Finding(
            "wlb_on",
            _weight(scope),
            pool.label,
            "Workload Balancing is on and may move VMs",
            "Pause it while hosts are emptied.",
        )
    if (estate.facts.settings or {}).get("drs.automatic.enable") == "true":
        yield Finding(
            "drs_on",
            _weight(scope),
            estate.cloud.cluster.name,
            "CloudStack's DRS is on and may move VMs",
            "Pause it while hosts are emptied: set drs.automatic.enable of the cluster to false.",
        )
    starters = [vm for vm in pool.vms if vm.starts_with_host]
    if starters and pool.other_config.get(AUTO_POWER_ON) == "true":
        yield Finding(
            "auto_power_on",
            _weight(scope),
            pool.label,
            f"{len(starters)} VMs start by themselves with their host",
            "CloudStack starts its VMs; take auto_poweron away from them.",
        )


def _weight(scope: Scope) -> Severity:
    return "warning" if scope.work else "info"


def marks(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that XenCenter has put into maintenance."""
    for host in estate.pool.hosts:
        if in_xencenter(host):
            yield Finding(
                "xencenter_maintenance",
                "warning",
                host.name,
                "XenCenter has put it into its maintenance mode",
                "Let XenCenter end it, or find out who began it.",
            )


def pending_restarts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What was installed is not in use yet (xapi.md 6.5)."""
    for host in estate.pool.hosts:
        if host.reboot_required:
            yield Finding(
                "restart_pending",
                "info",
                host.name,
                "it was updated after its last start",
                "Restart it with the role rolling_patch.",
            )


STANDING: tuple[Check, ...] = (movers, marks, pending_restarts)
