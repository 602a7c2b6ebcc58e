# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and stopping guests, as a master orders it and a host does it."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import alerts, guest_rows, operations, storage_rows
from .dbsync import domid
from .errors import XapiError
from .model import NULL
from .rows import MIB, host_ref, machine_of, pool_row, set_halted, set_running

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from .database import Database


class Start:
    """A VM starts or resumes on a host that has been chosen and checked.

    :ivar resuming: it comes back from its suspend image.
    """

    def __init__(
        self,
        pool: Pool,
        db: Database,
        vm: str,
        host: str,
        entry: operations.Operation | None = None,
        *,
        paused: bool = False,
    ) -> None:
        self.done = Completion()
        self._pool = pool
        self._db = db
        self._vm = vm
        self._host = host
        self._entry = entry
        self._paused = paused
        self.resuming = db.row("VM", vm)["power_state"] == "Suspended"
        self._on_host: operations.Operation | None = None

    def submit(self) -> Completion:
        """Reserve the memory and begin."""
        durations = self._pool.world.durations
        self._db.set("VM", self._vm, scheduled_to_be_resident_on=self._host)
        if self._entry is not None:
            name = "vm_resume" if self.resuming else "vm_start"
            self._on_host = operations.Operation(self._db, "host", self._host, name, self._entry.key)
        memory_mib = self._db.row("VM", self._vm)["memory_static_max"] // MIB
        seconds = durations.suspend(memory_mib) if self.resuming else durations.vm_start
        self._pool.world.timeline.after(seconds, self._started)
        return self.done

    def _started(self) -> None:
        db, vm = self._db, self._vm
        machine = machine_of(self._pool.world, db, self._host)
        if not db.exists("VM", vm) or not machine.powered:
            self._give_up()
            return
        row = db.row("VM", vm)
        if row["uuid"] not in machine.domains:
            machine.start_domain(row["uuid"], row["name_label"], row["memory_static_max"] // MIB)
        self._write(machine)
        self._finish()
        self.done.resolve()

    def _write(self, machine: Machine) -> None:
        """The database says that it runs."""
        db, vm, now = self._db, self._vm, self._pool.world.timeline.now
        set_running(db, vm, self._host, domid(db, vm))
        guest_rows.started(db, vm, now)
        if self._paused:
            machine.domains[db.row("VM", vm)["uuid"]].paused = True
            db.set("VM", vm, power_state="Paused")
        if db.row("VM", vm)["ha_restart_priority"] == "restart":
            db.set("VM", vm, ha_always_run=True)
        if self.resuming:
            drop_suspend_image(db, vm)
        alerts.vm_started(db, now, vm, "VM_RESUMED" if self.resuming else "VM_STARTED")

    def _give_up(self) -> None:
        if self._db.exists("VM", self._vm):
            self._db.set("VM", self._vm, scheduled_to_be_resident_on=NULL)
        self._finish()
        self.done.reject(XapiError("CANNOT_CONTACT_HOST", self._host))

    def _finish(self) -> None:
        for entry in (self._entry, self._on_host):
            if entry is not None:
                entry.end()
        if self._db.exists("VM", self._vm):
            operations.refresh_vm(self._db, self._vm)


def drop_suspend_image(db: Database, vm: str) -> None:
    """The disk with the memory of a VM that was suspended has no use any more."""
    vdi = db.row("VM", vm)["suspend_VDI"]
    db.set("VM", vm, suspend_VDI=NULL)
    if db.exists("VDI", vdi):
        storage_rows.destroy_vdi(db, vdi)


class Stop:
    """A VM stops after a while: its domain ends, then the database says Halted.

    A clean shutdown of a guest that does not listen fails; ``then_hard`` ends it all the same.
    """

    def __init__(self, pool: Pool, machine: Machine, vm_uuid: str, why: str, *, clean: bool, then_hard: bool) -> None:
        self.done = Completion()
        self._pool = pool
        self._machine = machine
        self._uuid = vm_uuid
        self._why = why
        self._clean = clean
        self._then_hard = then_hard
        self._entry: operations.Operation | None = None

    def submit(self, entry: operations.Operation | None = None) -> Completion:
        """Begin; ``entry`` is taken out of current_operations at the end."""
        self._entry = entry
        durations = self._pool.world.durations
        domain = self._machine.domains.get(self._uuid)
        deaf = self._clean and domain is not None and domain.ignores_shutdown
        seconds = durations.vm_clean_shutdown if self._clean else durations.vm_hard_shutdown
        self._pool.world.timeline.after(durations.vm_shutdown_limit if deaf else seconds, self._ended, deaf)
        return self.done

    def _ended(self, deaf: bool) -> None:
        if deaf and not self._then_hard:
            self._finish()
            self.done.reject(XapiError("VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT", self._vm() or NULL))
            return
        self._machine.stop_domain(self._uuid, self._why)
        vm, db = self._vm(), self._db()
        if db is not None and vm is not None and db.row("VM", vm)["resident_on"] in (NULL, self._host(db)):
            set_halted(db, vm)
            db.set("VM", vm, ha_always_run=False)
            alerts.create(db, self._pool.world.timeline.now, "VM_SHUTDOWN", 5, "VM", vm)
        self._finish()
        self.done.resolve()

    def _finish(self) -> None:
        if self._entry is not None:
            self._entry.end()
        db, vm = self._db(), self._vm()
        if db is not None and vm is not None:
            operations.refresh_vm(db, vm)

    def _host(self, db: Database) -> str:
        return host_ref(db, self._machine)

    def _vm(self) -> str | None:
        db = self._db()
        return next(iter(db.find("VM", uuid=self._uuid)), None) if db else None

    def _db(self) -> Database | None:
        master = self._pool.master()
        return master.toolstack.db if master else None


def halted_inside(master: Machine, vm_uuid: str) -> None:
    """A guest has shut itself down: Halted, and still to be restarted if HA protects it (``xapi.md`` 2.1, 7.3)."""
    db = master.toolstack.db
    vm = next(iter(db.find("VM", uuid=vm_uuid)), None) if db is not None else None
    if db is None or vm is None:
        return
    set_halted(db, vm)
    if not pool_row(db).get("ha_reboot_vm_on_internal_shutdown", True):
        db.set("VM", vm, ha_always_run=False)
    alerts.create(db, master.world.timeline.now, "VM_SHUTDOWN", 5, "VM", vm)
    operations.refresh_vm(db, vm)
