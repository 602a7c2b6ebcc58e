# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who restarts a VM after a failure: the HA of its pool, or CloudStack; never a mixture (origins O2, O3).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .cluster import CloudPicture, Instance
from .estate import Pool, Vm
from .matching import VmPair

Captain = t.Literal["cloudstack", "xenserver"]

RESTART = "restart"
HA_OFF = "pool HA is off, so it would restart no VM"
# In the pool's other_config, while pool HA restarts VMs because somebody decided so.
CAPTAIN_KEY = "xencloud.vm_captain"
# A VM in one of these will not run again, whatever its offering says.
_GONE = frozenset({"Destroyed", "Expunging", "Error"})


@dataclass(frozen=True, slots=True)
class Change:
    """One VM whose ``ha_restart_priority`` has to change."""

    ref: str
    uuid: str
    name: str
    before: str
    after: str

    def as_dict(self) -> dict[str, str]:
        """The change as playbooks see it."""
        return {"vm": self.name, "uuid": self.uuid, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Protection:
    """What makes one captain of two: the changes, and what the pool's HA protects afterwards.

    ``unknown`` are the VMs that CloudStack does not own; they stay as they are.
    """

    changes: tuple[Change, ...]
    protected: tuple[Vm, ...]
    unknown: tuple[Vm, ...]


def plan_protection(pool: Pool, cloud: CloudPicture, captain: Captain) -> Protection:
    """Every VM of CloudStack gets the priority that its captain demands."""
    owned = {each.instance_name: each for each in (*cloud.hostless, *cloud.instances)}
    vms = [vm for vm in pool.vms if not vm.is_control_domain]
    changes = (_change(vm, owned[vm.name], captain) for vm in vms if vm.name in owned)
    return Protection(
        changes=_in_order(changes),
        protected=tuple(vm for vm in vms if vm.name in owned and priority_of(owned[vm.name], captain) == RESTART),
        unknown=tuple(vm for vm in vms if vm.name not in owned),
    )


def restored(pool: Pool, before: t.Mapping[str, t.Any]) -> tuple[Change, ...]:
    """The changes that bring back the priorities of these VMs, by uuid; VMs that are gone need none."""
    present = [vm for vm in pool.vms if vm.uuid in before]
    changes = [Change(vm.ref, vm.uuid, vm.name, vm.ha_restart_priority, str(before[vm.uuid])) for vm in present]
    return _in_order(changes)


def _in_order(changes: t.Iterable[Change]) -> tuple[Change, ...]:
    """What is given up first makes room for what is promised."""
    return tuple(sorted((each for each in changes if each.before != each.after), key=lambda each: each.after))


def priority_of(instance: Instance, captain: Captain) -> str:
    """What ``ha_restart_priority`` has to be: system VMs and routers always stay with CloudStack."""
    native = captain == "xenserver" and instance.kind == "user" and instance.state not in _GONE
    return RESTART if native and instance.ha_enabled else ""


def declared_captain(pool: Pool) -> Captain:
    """Who was decided to restart VMs: CloudStack, unless the role said otherwise."""
    return "xenserver" if pool.other_config.get(CAPTAIN_KEY) == "xenserver" else "cloudstack"


def captain_of(pool: Pool, cloud: CloudPicture) -> Captain | None:
    """Who restarts VMs now, as the priorities say; None when they are a mixture."""
    captains: tuple[Captain, ...] = ("cloudstack", "xenserver")
    return next((captain for captain in captains if not plan_protection(pool, cloud, captain).changes), None)


def _change(vm: Vm, instance: Instance, captain: Captain) -> Change:
    return Change(vm.ref, vm.uuid, _label(vm, instance), vm.ha_restart_priority, priority_of(instance, captain))


def _label(vm: Vm, instance: Instance) -> str:
    return vm.name if instance.name == vm.name else f"{instance.name} ({vm.name})"


def protected_refs(pool: Pool, made: Protection | None = None) -> dict[str, str]:
    """What XAPI's planner is asked about: the running VMs with ``restart``, now or after the changes."""
    after = {change.ref: change.after for change in made.changes} if made else {}
    priorities = {vm.ref: after.get(vm.ref, vm.ha_restart_priority) for vm in pool.vms if vm.power_state == "Running"}
    return {ref: priority for ref, priority in priorities.items() if priority == RESTART}


def describe_unknown(vm: Vm) -> dict[str, str]:
    """A VM that is left alone, as playbooks see it."""
    return {"vm": vm.name, "uuid": vm.uuid, "ha_restart_priority": vm.ha_restart_priority}


def unknown_warnings(made: Protection) -> list[str]:
    """VMs that the pool restarts, or that somebody may take for CloudStack's."""
    protected = sorted(vm.name for vm in made.unknown if vm.ha_restart_priority)
    alike = sorted(
        vm.name for vm in made.unknown if not vm.ha_restart_priority and VmPair(vm, None).looks_like_cloudstack
    )
    warnings = []
    if protected:
        warnings.append(f"CloudStack does not own {', '.join(protected)}: protected by the pool, and left so.")
    if alike:
        warnings.append(f"{', '.join(alike)} are named like VMs of CloudStack, which does not know them; left alone.")
    return warnings


@dataclass(frozen=True, slots=True)
class Figures:
    """What XAPI's failover planner says; ``most`` is how many host failures there would be a place for."""

    tolerate: int
    most_before: int
    most_after: int

    @property
    def overcommitted(self) -> bool:
        """More is promised than can be kept."""
        return self.most_after < self.tolerate

    def as_dict(self) -> dict[str, t.Any]:
        """The figures as playbooks see them."""
        return {
            "host_failures_to_tolerate": self.tolerate,
            "possible_before": self.most_before,
            "possible_after": self.most_after,
            "overcommitted": self.overcommitted,
        }


def figure_problems(pool: Pool, figures: Figures, allowed: bool) -> list[str]:
    """Why the pool could not keep what it would promise."""
    if not figures.overcommitted:
        return []
    promise = f"with these VMs protected there is room for {figures.most_after} failed hosts, and HA is to tolerate "
    if not allowed:
        return [f"{promise}{figures.tolerate} (allow_overcommit says otherwise)"]
    if pool.ha.allow_overcommit or pool.ha.plan_exists_for == 0:
        return []
    # XAPI keeps a plan that exists, and refuses what would break it (xapi.md 2.6).
    return [f"{promise}{figures.tolerate}, which XAPI refuses as long as the pool's ha_allow_overcommit is false"]


def figure_warnings(figures: Figures) -> list[str]:
    """What is allowed, and should be known."""
    if figures.overcommitted:
        return [
            f"HA promises to tolerate {figures.tolerate} host failures, and has room for {figures.most_after}. "
            "Some protected VMs would stay down."
        ]
    if figures.tolerate == 0:
        return [
            "host_failures_to_tolerate is 0: nothing is reserved, and protected VMs are restarted only where room "
            "happens to be. Set it with xapi_pool_ha."
        ]
    return []
