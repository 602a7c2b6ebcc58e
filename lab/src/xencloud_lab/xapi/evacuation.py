# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""host.evacuate: the plan with its rules, then the migrations (``xapi.md`` 5.4)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import operations, upgrade
from .errors import XapiError
from .migration import Migration
from .placement import assert_can_boot_here, footprint, free_memory
from .rows import guests_on, is_protected, machine_of, pool_row

if t.TYPE_CHECKING:
    from ..pools import Pool
    from .database import Database
    from .registry import Call

Plan = dict[str, str | XapiError]


def plan(pool: Pool, db: Database, host: str, *, ignore_ha: bool = False) -> Plan:
    """For each guest on the host where it would go, or why it cannot."""
    vms = guests_on(db, host)
    targets = _targets(db, host)
    if not targets:
        return {vm: XapiError("NO_HOSTS_AVAILABLE", vm) for vm in vms}
    result: Plan = {}
    for vm in vms:
        obstacle = _obstacle(pool, db, vm, targets, ignore_ha=ignore_ha)
        if obstacle is not None:
            result[vm] = obstacle
    result.update(_pack(db, [vm for vm in vms if vm not in result], targets))
    return result


def obstacles(pool: Pool, db: Database, host: str) -> dict[str, XapiError]:
    """Only the guests that cannot go, and why."""
    return {vm: place for vm, place in plan(pool, db, host).items() if isinstance(place, XapiError)}


def _targets(db: Database, host: str) -> list[str]:
    others = [other for other, row in db.rows("host").items() if other != host and row["enabled"]]
    return [other for other in others if upgrade.not_lower(db, host, other)]


def _obstacle(pool: Pool, db: Database, vm: str, targets: list[str], *, ignore_ha: bool) -> XapiError | None:
    """A guest must suit every target, memory aside; with HA on it must be protected."""
    if pool_row(db)["ha_enabled"] and not ignore_ha and not is_protected(db.row("VM", vm)):
        return XapiError(pool.profile.unprotected_code, vm)
    try:
        for target in targets:
            assert_can_boot_here(db, vm, target, memory=False)
        operations.assert_vm(db, vm, "pool_migrate")
    except XapiError as reason:
        return reason
    return None


def _pack(db: Database, vms: list[str], targets: list[str]) -> Plan:
    free = {host: free_memory(db, host) for host in targets}
    result: Plan = {}
    for vm in sorted(vms, key=lambda v: -footprint(db.row("VM", v))):
        size, host = footprint(db.row("VM", vm)), max(free, key=lambda h: free[h])
        if free[host] < size:
            result[vm] = XapiError("HOST_NOT_ENOUGH_FREE_MEMORY", vm)
        else:
            result[vm] = host
            free[host] -= size
    return result


class Evacuation:
    """The migrations of a plan, so many in flight at once; the first failure ends it.

    Migrations that have begun by then run on (``xapi.md`` 5.4).
    """

    def __init__(self, call: Call, host: str, places: dict[str, str], batch: int) -> None:
        self.done = Completion()
        self._call = call
        self._host = host
        self._waiting = list(places.items())
        self._total = max(len(places), 1)
        self._ended = 0
        self._in_flight = 0
        self._batch = batch
        self._entry = operations.begin(call, "host", host, "evacuate")

    def submit(self) -> Completion:
        """Begin."""
        self._fill()
        return self.done

    def _fill(self) -> None:
        while self._waiting and self._in_flight < self._batch and not self.done.done:
            self._migrate(*self._waiting.pop(0))
        if not self._waiting and self._in_flight == 0:
            self._finish(self._leftovers())

    def _migrate(self, vm: str, target: str) -> None:
        db, world = self._call.db, self._call.world
        try:
            operations.assert_vm(db, vm, "pool_migrate")
            assert_can_boot_here(db, vm, target)
        except XapiError as error:
            if error.code not in ("VM_BAD_POWER_STATE", "HANDLE_INVALID"):
                self._finish(error)
            return
        entry = operations.begin(self._call, "VM", vm, "pool_migrate")
        source = machine_of(world, db, self._host)
        self._in_flight += 1
        migration = Migration(world.pool_of(source), vm, source, machine_of(world, db, target), entry)
        migration.submit().then(self._migrated)

    def _migrated(self, result: Completion) -> None:
        self._in_flight -= 1
        self._ended += 1
        self._call.progress(self._ended / self._total)
        if isinstance(result.error, XapiError):
            self._finish(result.error)
        else:
            self._fill()

    def _leftovers(self) -> XapiError | None:
        left = guests_on(self._call.db, self._host) if self._call.db.exists("host", self._host) else []
        if not left:
            return None
        return XapiError("INTERNAL_ERROR", f"evacuate: {len(left)} VMs are still resident on {self._host}")

    def _finish(self, error: XapiError | None) -> None:
        if self.done.done:
            return
        self._entry.end()
        if error is None:
            self.done.resolve()
        else:
            self.done.reject(error)
