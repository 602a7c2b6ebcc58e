# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether every host could be emptied, and whether the pool could lose one.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..matching import Estate
from ..moves import gib
from ..planner import Shortage
from ..schedule import stuck_by_host
from .hosts import has_target
from .model import Check, Finding, Scope

_NAMED = 5


def evacuations(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What the planner of a drain finds for each host, without asking anybody."""
    by_host = stuck_by_host(estate)
    for host in estate.pool.hosts:
        stuck = by_host[host.ref]
        # Without any host that could take them, that is said elsewhere, and once.
        if stuck and has_target(estate, host, scope):
            yield Finding(
                "cannot_evacuate",
                "warning",
                host.name,
                f"{len(stuck)} of its {len(estate.vms_on(host))} VMs find no place elsewhere: {_listed(stuck)}",
                "Make room, or change what ties them to this host; maintenance_plan with mode drain tells it VM by VM.",
            )


def _listed(stuck: t.Sequence[Shortage]) -> str:
    more = len(stuck) - _NAMED
    return ", ".join(_why(short) for short in stuck[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _why(short: Shortage) -> str:
    if short.missing_mib is None:
        return f"{short.load.name} (storage, version or anti-affinity forbids it)"
    return f"{short.load.name} ({max(short.missing_mib, 1)} MiB are missing)"


def refusals(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What XAPI itself says, beyond room: devices, drivers, blocked operations (xapi.md 5.4)."""
    labels = {pair.vm.ref: pair.label for pair in estate.vms}
    for refusal in estate.facts.refusals:
        if refusal.vm in labels and refusal.code not in ("HOST_NOT_ENOUGH_FREE_MEMORY", "NO_HOSTS_AVAILABLE"):
            yield Finding(
                "vm_cannot_leave",
                "warning",
                labels[refusal.vm],
                f"XAPI would not move it off {estate.pool.host(refusal.host).name}: {refusal.text or refusal.code}",
                "Remove that cause, or plan to stop it when its host is worked on.",
            )


def spare(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """N+1: when a host crashes, the others must have memory for what ran on it."""
    able = [pair.pool for pair in estate.hosts if pair.pool.live and pair.pool.enabled and pair.cloud.ready]
    free_mib = sum(host.memory_free_mib for host in able)
    for host in able:
        needed = sum(vm.footprint_mib for vm in estate.pool.guests_on(host))
        left = free_mib - host.memory_free_mib
        if needed > left:
            yield Finding(
                "no_spare_host",
                "warning",
                host.name,
                f"should it crash, its VMs need {gib(needed)}, and the other hosts have {gib(left)}",
                "Add a host or memory, or stop VMs.",
            )


CHECKS: tuple[Check, ...] = (evacuations, refusals, spare)
