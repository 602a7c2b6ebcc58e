# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VMs: who would restart them, where they are, whether they stand still.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ..matching import Estate, VmPair
from ..protection import captain_of, declared_captain
from .captains import doubly_protected, is_cloudstacks
from .model import Check, Finding, Scope


def protected_vms(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A VM that both restart may run twice and lose its disk (cloudstack.md 5.4)."""
    doubly = doubly_protected(estate)
    if doubly and declared_captain(estate.pool) == captain_of(estate.pool, estate.cloud) == "xenserver":
        yield _native_ha(estate, len(doubly))
        return
    for pair in doubly:
        yield Finding(
            "two_captains",
            "blocker",
            pair.label,
            f"pool HA would restart it (ha_restart_priority {pair.vm.ha_restart_priority}), and so would CloudStack",
            "Clear its ha_restart_priority; the role vm_protection does so for all VMs.",
        )


def _native_ha(estate: Estate, number: int) -> Finding:
    """Exactly the VMs with an HA offering: somebody wants it so, and nothing of it is half done."""
    inside = "; a guest that is shut down from inside is started again" if _revives(estate) else ""
    return Finding(
        "native_ha",
        "warning",
        estate.pool.label,
        f"pool HA restarts the {number} VMs with an HA offering, and CloudStack goes on restarting them, too{inside}",
        "Know what CloudStack still does, or run vm_protection with the mode cloudstack.",
    )


def _revives(estate: Estate) -> bool:
    """Pool HA cannot tell a guest that halts itself from a crash, unless the pool was told not to care (S11)."""
    return estate.pool.ha.restarts_after_shutdown_inside


def vm_transitions(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Nothing can be planned with a VM that is on its way."""
    for instance in estate.cloud.instances:
        if instance.in_transition:
            yield Finding(
                "vm_in_transition",
                "blocker",
                instance.name,
                f"CloudStack has it in state {instance.state}",
                "Wait until this is over; look at it in CloudStack if it stays so.",
            )
        if instance.state in ("Error", "Unknown"):
            yield Finding(
                "vm_in_error",
                "blocker",
                instance.name,
                f"CloudStack has it in state {instance.state}",
                "Find out in CloudStack what happened to it, and destroy or start it.",
            )
    for pair in estate.vms:
        if pair.vm.current_operations:
            operations = ", ".join(sorted(set(pair.vm.current_operations.values())))
            yield Finding(
                "vm_in_transition",
                "blocker",
                pair.label,
                f"XAPI is working on it ({operations})",
                "Wait until this is over.",
            )


def vm_places(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Both must see each VM on the same host, or CloudStack sends its command to the wrong one (cloudstack.md 1.8)."""
    for pair in estate.vms:
        finding = _misplaced(estate, pair)
        if finding is not None:
            yield finding
    for ghost in estate.ghosts:
        yield Finding(
            "vm_missing",
            "blocker",
            ghost.name,
            f"CloudStack has it running on {ghost.host_name or 'a host'}, but the pool runs no {ghost.instance_name}",
            "Wait two minutes for CloudStack to notice; if it stays so, correct its state in CloudStack.",
        )


def _misplaced(estate: Estate, pair: VmPair) -> Finding | None:
    if pair.instance is None:
        if not pair.looks_like_cloudstack:
            return None
        return Finding(
            "vm_unknown_to_cloudstack",
            "warning",
            pair.vm.name,
            "it is named like a VM of CloudStack, but CloudStack does not know it as running here",
            "It will be moved by XAPI; find out whose it is.",
        )
    here = next((host.cloud for host in estate.hosts if host.pool.ref == pair.vm.host), None)
    if here is None or pair.instance.host == here.id or pair.instance.in_transition:
        return None
    return Finding(
        "vm_elsewhere",
        "blocker",
        pair.label,
        f"the pool runs it on {here.name}, but CloudStack has it on {pair.instance.host_name or 'no host'}",
        "Wait two minutes for CloudStack to notice, then run this again.",
    )


def tied_vms(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What XAPI will not migrate is found out before a host is emptied, and not in the middle of it."""
    told = {refusal.vm for refusal in estate.facts.refusals} if scope.looking else frozenset[str]()
    for host in estate.pool.hosts:
        emptied = host.ref in scope.work
        for pair in estate.vms_on(host):
            if pair.vm.tie and host.live and (emptied or scope.looking) and pair.vm.ref not in told:
                yield Finding(
                    "vm_cannot_leave",
                    "blocker" if emptied else "warning",
                    pair.label,
                    f"it cannot leave {host.name}: {pair.vm.tie}",
                    "Remove that cause, or stop it before its host is worked on.",
                )


def twins(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Two captains that both restarted a VM leave two of one name on the same disks (cloudstack.md 5.4)."""
    names = Counter(pair.vm.name for pair in estate.vms if is_cloudstacks(pair))
    for name, number in sorted(names.items()):
        if number > 1:
            places = [host.name for host in estate.pool.hosts for pair in estate.vms_on(host) if pair.vm.name == name]
            yield Finding(
                "vm_runs_twice",
                "blocker",
                name,
                f"{number} VMs of this name run in the pool, on {' and '.join(places)}, probably on the same disks",
                "Stop one of them at once, and check the file systems in it.",
            )


def protected_halted_vms(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Pool HA forgets a VM that was stopped, and protects it again as soon as it is started (xapi.md 7.3)."""
    for vm in estate.pool.vms:
        if vm.power_state == "Halted" and vm.ha_restart_priority and VmPair(vm, None).looks_like_cloudstack:
            yield Finding(
                "vm_protected_halted",
                "warning",
                vm.name,
                f"it is halted and has ha_restart_priority {vm.ha_restart_priority}, so pool HA will protect it "
                "as soon as it is started",
                "Clear its ha_restart_priority.",
            )


CHECKS: tuple[Check, ...] = (protected_vms, vm_transitions, vm_places, tied_vms, twins)
STANDING: tuple[Check, ...] = (protected_halted_vms,)
