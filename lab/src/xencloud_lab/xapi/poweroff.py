# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What host.reboot and host.shutdown set going (``xapi.md`` 5.5, 2.9).

Ten seconds later the operating system goes down, and prepare_for_poweroff runs: (a) VMs that
prevent evacuation are shut down, (b) the rest is evacuated, (c) whatever is left is shut down,
(d) HA exclusion, (e) storage unplugged, (f) flags. Under HA (a) is every unprotected VM.
"""

from __future__ import annotations

import typing as t

from ..power import Power
from ..timeline import Completion
from . import dbsync, enabling, evacuation, liveness, operations
from .errors import XapiError
from .guests import Stop
from .migration import Migration
from .rows import host_ref, machine_of

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database


class PowerOff:
    """One host on its way down."""

    def __init__(self, machine: Machine, entry: operations.Operation | None, *, then_boot: bool) -> None:
        self._machine = machine
        self._entry = entry
        self._then_boot = then_boot
        self._pending = 0

    def submit(self) -> None:
        """The call has answered; the rest happens to the machine."""
        world = self._machine.world
        world.timeline.after(world.durations.reboot_delay, self._begin)

    def _begin(self) -> None:
        if self._machine.power is Power.ON:
            self._machine.power = Power.STOPPING
            self._stop_immovable()

    # (a) ----------------------------------------------------------------------------------

    def _stop_immovable(self) -> None:
        db = self._db()
        blocked = evacuation.obstacles(self._machine.toolstack.pool, db, self._host(db)) if db else {}
        uuids = [str(db.row("VM", vm)["uuid"]) for vm in blocked] if db else []
        self._stop([uuid for uuid in uuids if uuid in self._machine.domains], self._evacuate)

    def _stop(self, uuids: list[str], then: t.Callable[[], None]) -> None:
        self._pending = len(uuids)
        self._then = then
        for uuid in uuids:
            stop = Stop(self._machine.toolstack.pool, self._machine, uuid, "host shutdown", clean=True, then_hard=True)
            stop.submit().then(self._one_done)
        if not uuids:
            then()

    def _one_done(self, _result: Completion) -> None:
        self._pending -= 1
        if self._pending == 0 and self._machine.power is Power.STOPPING:
            self._then()

    # (b) ----------------------------------------------------------------------------------

    def _evacuate(self) -> None:
        db = self._db()
        places = evacuation.plan(self._machine.toolstack.pool, db, self._host(db)) if db else {}
        moves = {vm: place for vm, place in places.items() if isinstance(place, str)}
        self._pending, self._then = len(moves), self._stop_rest
        for vm, target in moves.items():
            self._migrate(db, vm, target)
        if not moves:
            self._stop_rest()

    def _migrate(self, db: Database | None, vm: str, target: str) -> None:
        assert db is not None
        try:
            operations.assert_vm(db, vm, "pool_migrate")
        except XapiError:
            self._one_done(Completion())
            return
        key = f"DummyRef:|{db.new_uuid()}|VM.pool_migrate"
        entry = operations.Operation(db, "VM", vm, "pool_migrate", key)
        machine = self._machine
        migration = Migration(machine.toolstack.pool, vm, machine, machine_of(machine.world, db, target), entry)
        migration.submit().then(self._one_done)

    # (c) to (f) ---------------------------------------------------------------------------

    def _stop_rest(self) -> None:
        self._stop(list(self._machine.domains), self._leave)

    def _leave(self) -> None:
        toolstack, db = self._machine.toolstack, self._db()
        toolstack.disabled_until_reboot = True
        if db is not None:
            enabling.disable(db, self._host(db))
            dbsync.unplug_storage(toolstack, db)
        if self._entry is not None:
            self._entry.end()
        liveness.going_down(toolstack)
        toolstack.pool.xhad.leave(self._machine)
        toolstack.stop()
        self._machine.shut_down(then_boot=self._then_boot)

    def _db(self) -> Database | None:
        db = self._machine.toolstack.database()
        return db if db is not None and db.find("host", uuid=self._machine.uuid) else None

    def _host(self, db: Database) -> str:
        return host_ref(db, self._machine)
