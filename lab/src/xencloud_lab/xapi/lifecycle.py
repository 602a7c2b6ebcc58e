# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reboot, pause and suspend of guests: what happens on the host, and what the database says after it."""

from __future__ import annotations

import typing as t

from . import alerts, guest_rows, storage_rows
from .dbsync import domid
from .errors import XapiError
from .rows import MIB, host_ref, set_halted, set_running

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..world import World
    from .database import Database


class Guest:
    """A guest on the machine where it runs, for work that ends later.

    :ivar why: what the book of truth is told.
    """

    def __init__(self, world: World, db: Database, vm: str, machine: Machine, why: str) -> None:
        self._world = world
        self._db = db
        self._vm = vm
        self._machine = machine
        self._uuid = str(db.row("VM", vm)["uuid"])
        self.why = why

    def _assert_there(self) -> None:
        """The guest may have died while somebody worked on it, or the master who ordered the work.

        :raises XapiError: HANDLE_INVALID, CANNOT_CONTACT_HOST, or VM_BAD_POWER_STATE.
        """
        row = self._db.row("VM", self._vm)
        master = self._world.pool_of(self._machine).master()
        if master is None or master.toolstack.db is not self._db or not self._machine.answers():
            raise XapiError("CANNOT_CONTACT_HOST", row["resident_on"])
        if self._uuid not in self._machine.domains:
            raise XapiError("VM_BAD_POWER_STATE", self._vm, "running", "halted")

    def reboot(self) -> None:
        """One domain ends, another begins."""
        self._assert_there()
        db, vm = self._db, self._vm
        row = db.row("VM", vm)
        self._machine.stop_domain(self._uuid, self.why)
        self._machine.start_domain(self._uuid, row["name_label"], row["memory_static_max"] // MIB)
        set_halted(db, vm)
        set_running(db, vm, host_ref(db, self._machine), domid(db, vm))
        guest_rows.started(db, vm, self._world.timeline.now)
        alerts.create(db, self._world.timeline.now, "VM_REBOOTED", 5, "VM", vm)

    def pause(self, paused: bool) -> None:
        """Freeze the guest, or let it go on."""
        self._assert_there()
        self._machine.domains[self._uuid].paused = paused
        self._db.set("VM", self._vm, power_state="Paused" if paused else "Running")

    def suspend(self, sr: str) -> None:
        """Memory to a disk of its own, then the domain ends."""
        self._assert_there()
        db, vm = self._db, self._vm
        row = db.row("VM", vm)
        vdi = storage_rows.create_vdi(
            db, sr, f"Suspend image {row['name_label']}", int(row["memory_static_max"]), kind="suspend"
        )
        self._machine.stop_domain(self._uuid, self.why)
        set_halted(db, vm)
        db.set("VM", vm, power_state="Suspended", suspend_VDI=vdi, ha_always_run=False)
        alerts.create(db, self._world.timeline.now, "VM_SUSPENDED", 5, "VM", vm)
