# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes either CloudStack or the pool's HA the one that restarts VMs.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .._argspec import ArgumentSpec, cloudstack_spec, waiting_spec, xapi_spec
from .._cloudstack.picture import read_cloud
from .._cloudstack.settings import read_setting
from .._maintenance.captains import CloudHabits, still_done_by_cloudstack
from .._maintenance.cluster import CloudPicture
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._maintenance.ha import busy
from .._maintenance.protection import (
    Change,
    Figures,
    Protection,
    describe_unknown,
    figure_problems,
    figure_warnings,
    plan_protection,
    protected_refs,
    unknown_warnings,
)
from .._maintenance.waiter import NotYet
from .._xapi.client import XapiClient
from .._xapi.errors import ConnectionLost, XapiError
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(600)
    | ArgumentSpec(
        options={
            "mode": {"type": "str", "choices": ["cloudstack", "xenserver"], "required": True},
            "cluster": {"type": "str"},
            "allow_overcommit": {"type": "bool", "default": False},
            "batch": {"type": "int", "default": 100},
        }
    )
)

_SET = "VM.set_ha_restart_priority"
# What has become of a VM meanwhile: it was destroyed, so nobody restarts it.
_GONE = ("HANDLE_INVALID", "UUID_INVALID")


def run(context: Context) -> Outcome:
    """Look at both captains, refuse what cannot be kept, then change every VM or none."""
    pool = read_pool(context.xapi)
    if context.params["batch"] < 1:
        raise MaintenanceError(f"{pool.label}: batch is {context.params['batch']}. Give 1 or more.")
    cloud = read_cloud(context.cloudstack, context.params["cluster"], [host.address for host in pool.hosts])
    made = plan_protection(pool, cloud, context.params["mode"])
    native = context.params["mode"] == "xenserver"
    figures = _figures(context.xapi, pool, made)
    if native:
        _require_possible(context, pool, made, figures)
    if made.changes and not context.check_mode:
        _Work(context, pool).carry_out(made)
    return _outcome(made, figures, _habits(context, pool, cloud) if native else [], native)


def _outcome(made: Protection, figures: Figures, habits: list[str], native: bool) -> Outcome:
    return Outcome(
        changed=bool(made.changes),
        result={
            "changes": [change.as_dict() for change in made.changes],
            "protected": sorted(vm.name for vm in made.protected),
            "left_alone": [describe_unknown(vm) for vm in made.unknown],
            "plan": figures.as_dict(),
            "cloudstack_still_does": habits,
        },
        before={change.name: change.before for change in made.changes},
        after={change.name: change.after for change in made.changes},
        warnings=[*habits[:1], *(figure_warnings(figures) if native else []), *unknown_warnings(made)],
    )


def _figures(xapi: XapiClient, pool: Pool, made: Protection) -> Figures:
    """XAPI's own planner is asked, which changes nothing (xapi.md 2.6)."""

    def most(vms: dict[str, str]) -> int:
        method = "pool.ha_compute_hypothetical_max_host_failures_to_tolerate"
        return int(xapi.call(method, vms, about=pool.label))

    return Figures(pool.ha.host_failures_to_tolerate, most(protected_refs(pool)), most(protected_refs(pool, made)))


def _require_possible(context: Context, pool: Pool, made: Protection, figures: Figures) -> None:
    problems = [] if pool.ha.enabled else ["pool HA is off, so nobody would restart these VMs (pool_ha switches it on)"]
    problems += busy(pool)
    problems += [problem for change in made.changes if change.after for problem in _not_agile(context.xapi, change)]
    if made.changes:
        problems += figure_problems(pool, figures, context.params["allow_overcommit"])
    refuse(
        f"{pool.label}: its HA cannot take over its VMs",
        problems,
        "Nothing was changed. Remove these causes, then run this again.",
    )


def _not_agile(xapi: XapiClient, change: Change) -> list[str]:
    """A VM that only one host can run is not restarted when that host fails (xapi.md 7.3)."""
    try:
        xapi.call("VM.assert_agile", change.ref, about=change.name)
    except XapiError as error:
        return [] if error.code in _GONE else [error.message.rstrip(".")]
    return []


def _habits(context: Context, pool: Pool, cloud: CloudPicture) -> list[str]:
    client, zone = context.cloudstack, cloud.cluster.zone_id
    habits = CloudHabits(
        vm_ha=read_setting(client, "vm.ha.enabled", zoneid=zone),
        restarts_on_running_host=read_setting(client, "ha.vm.restart.hostup"),
        heartbeat_timeout=read_setting(client, "xenserver.heartbeat.timeout", "xen.heartbeat.timeout"),
    )
    return still_done_by_cloudstack(habits, pool.ha.restarts_after_shutdown_inside)


@dataclass
class _Work:
    """All or nothing: what cannot be finished is put back, because a mixture has two captains."""

    context: Context
    pool: Pool
    done: list[Change] = field(default_factory=list)

    def carry_out(self, made: Protection) -> None:
        deadline, size = Deadline(self.context), self.context.params["batch"]
        for first in range(0, len(made.changes), size):
            batch = made.changes[first : first + size]
            try:
                for change in batch:
                    self._set(deadline, change, change.after)
                    self.done.append(change)
            except MaintenanceError as error:
                raise self._put_back(error) from None
            self._report(len(made.changes))
        self._verify(deadline)

    def _report(self, number: int) -> None:
        kept = sum(1 for change in self.done if change.after)
        to_whom = f"{kept} to the pool's HA, {len(self.done) - kept} to CloudStack"
        self.context.report(f"{self.pool.label} {len(self.done)}/{number} VMs: {to_whom}")

    def _set(self, deadline: Deadline, change: Change, priority: str) -> None:
        """Setting it twice does no harm, so a lost answer is followed by the same call."""

        def attempt(_pool: Pool | None = None) -> bool:
            try:
                self.context.xapi.call(_SET, change.ref, priority, about=change.name)
            except XapiError as error:
                if error.code not in _GONE:
                    raise
            return True

        try:
            attempt()
        except ConnectionLost:
            deadline.wait_for_pool(f"{change.name}: setting its ha_restart_priority", attempt)

    def _put_back(self, error: MaintenanceError) -> MaintenanceError:
        deadline, left = Deadline(self.context), []
        for change in reversed(self.done):
            try:
                self._set(deadline, change, change.before)
            except MaintenanceError as trouble:
                left.append(f"{change.name} still has ha_restart_priority {change.after!r} ({trouble.message})")
        what = f"{'; '.join(left)}. Run this again." if left else "The priorities of the others are as they were."
        return MaintenanceError(f"{error.message} {what}", changes=[change.as_dict() for change in self.done])

    def _verify(self, deadline: Deadline) -> None:
        wanted = {change.uuid: change for change in self.done}

        def wrong(pool: Pool) -> list[str]:
            present = [vm for vm in pool.vms if vm.uuid in wanted]
            return [wanted[vm.uuid].name for vm in present if vm.ha_restart_priority != wanted[vm.uuid].after]

        deadline.wait_for_pool(
            f"{self.pool.label}: reading the priorities back",
            lambda pool: _still(wrong(pool)),
            "Look who else sets ha_restart_priority, then run this again.",
        )
        if any(change.after for change in self.done):
            # It answers the maximum, and writes the pool's figures anew on the way.
            self.context.xapi.call("pool.ha_compute_max_host_failures_to_tolerate", about=self.pool.label)


def _still(names: list[str]) -> bool | NotYet:
    return NotYet(f"another value on {', '.join(names)}") if names else True
