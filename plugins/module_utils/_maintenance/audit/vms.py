# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VMs: who would restart them, where they are, whether they stand still.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..matching import Estate, VmPair
from .captains import doubly_protected
from .model import Check, Finding, Scope


def protected_vms(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A VM that both restart may run twice and lose its disk (cloudstack.md 5.4)."""
    for pair in doubly_protected(estate):
        yield Finding(
            "two_captains",
            "blocker",
            pair.label,
            f"pool HA would restart it (ha_restart_priority {pair.vm.ha_restart_priority}), and so would CloudStack",
            "Clear its ha_restart_priority.",
        )


def vm_transitions(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Nothing can be planned with a VM that is on its way."""
    for instance in estate.cloud.instances:
        if instance.in_transition or instance.state in ("Error", "Unknown"):
            yield Finding(
                "vm_in_transition",
                "blocker",
                instance.name,
                f"CloudStack has it in state {instance.state}",
                "Wait until this is over; look at it in CloudStack if it stays so.",
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


CHECKS: tuple[Check, ...] = (protected_vms, vm_transitions, vm_places)
