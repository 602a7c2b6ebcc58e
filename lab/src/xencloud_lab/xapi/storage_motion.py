# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage motion: disks are copied while the VM runs, then its memory follows (``xapi.md`` 7.1).

The copies are made by the source machine; when the VM is gone at their end they are thrown away.
"""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import operations, storage_rows
from .errors import XapiError
from .migration import Migration
from .model import NULL
from .operations import Operation
from .rows import MIB, machine_of

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database
    from .registry import Call


class StorageMotion:
    """One VM on its way, with those of its disks that need a new place.

    :ivar done: ends with the reference of the VM.
    :ivar copies: the new disk of each old one.
    """

    def __init__(self, call: Call, vm: str, target: str, moves: dict[str, str]) -> None:
        self.done = Completion()
        self.copies: dict[str, str] = {}
        self._world = call.world
        self._pool = call.toolstack.pool
        self._vm = vm
        self._moves = moves
        self._source = call.db.row("VM", vm)["resident_on"]
        self._target = target
        self._entry = operations.begin(call, "VM", vm, "migrate_send")
        self._mirrors = [Operation(call.db, "VDI", vdi, "mirror", self._entry.key) for vdi in moves]
        self._memory: Migration | None = None
        if call.task is not None:
            call.on_cancel(self.cancel, call.task)

    def submit(self) -> Completion:
        """Make the new disks and begin to fill them."""
        db = self._db()
        assert db is not None
        for vdi, sr in self._moves.items():
            self.copies[vdi] = storage_rows.copy_vdi(db, vdi, sr)
        size = sum(int(db.row("VDI", vdi)["virtual_size"]) for vdi in self._moves)
        seconds = self._world.durations.disk_copy(size // MIB) if self._moves else 0.0
        self._world.timeline.after(seconds, self._copied)
        return self.done

    def cancel(self, task: str) -> None:
        """Nothing has moved."""
        if self.done.done:
            return
        if self._memory is not None:
            self._memory.cancel(task)
        else:
            self._fail(XapiError("TASK_CANCELLED", task))

    def _copied(self) -> None:
        db = self._db()
        if self.done.done:
            return
        if db is None:
            self._world.timeline.after(self._world.durations.master_retry, self._copied)
        elif not self._is_as_it_was(db):
            hosts = (self._source, self._target)
            self._fail(XapiError("VM_MIGRATE_FAILED", self._vm, *hosts, "the VM or one of its disks went away"))
        elif self._source in (NULL, self._target):
            self._finish()
        else:
            self._send_memory(db)

    def _is_as_it_was(self, db: Database) -> bool:
        disks = all(db.exists("VDI", ref) for pair in self.copies.items() for ref in pair)
        if not disks or not db.exists("VM", self._vm) or not db.exists("host", self._target):
            return False
        row = db.row("VM", self._vm)
        if self._source == NULL or row["resident_on"] != self._source:
            return bool(row["resident_on"] == self._source)
        return row["uuid"] in self._machine(db, self._source).domains

    def _send_memory(self, db: Database) -> None:
        machines = self._machine(db, self._source), self._machine(db, self._target)
        self._memory = Migration(self._pool, self._vm, *machines, self._entry)
        self._memory.submit().then(self._memory_sent)

    def _machine(self, db: Database, host: str) -> Machine:
        return machine_of(self._world, db, host)

    def _memory_sent(self, sent: Completion) -> None:
        if isinstance(sent.error, XapiError):
            self._fail(sent.error)
        else:
            self._finish()

    def _finish(self) -> None:
        """The VM uses the copies; the old disks go."""
        db = self._db()
        if db is None:
            self._world.timeline.after(self._world.durations.master_retry, self._finish)
            return
        self._end()
        for old, new in self.copies.items():
            if db.exists("VDI", old) and db.exists("VDI", new):
                _replace(db, old, new)
        if db.exists("VM", self._vm):
            operations.refresh_vm(db, self._vm)
        self.done.resolve(self._vm)

    def _fail(self, error: XapiError) -> None:
        db = self._db()
        self._end()
        for copy in self.copies.values():
            if db is not None and db.exists("VDI", copy):
                storage_rows.destroy_vdi(db, copy)
        self.done.reject(error)

    def _end(self) -> None:
        for entry in (*self._mirrors, self._entry):
            entry.end()

    def _db(self) -> Database | None:
        master = self._pool.master()
        return master.toolstack.db if master else None


def _replace(db: Database, old: str, new: str) -> None:
    for vbd in db.related("VDI", old, "VBDs"):
        db.set("VBD", vbd, VDI=new)
    for snapshot in db.related("VDI", old, "snapshots"):
        db.set("VDI", snapshot, snapshot_of=new)
    storage_rows.destroy_vdi(db, old)


class NewDisk:
    """The answer of VDI.pool_migrate: the copy that the VM uses now."""

    def __init__(self, motion: StorageMotion, vdi: str) -> None:
        self.done = Completion()
        self._motion = motion
        self._vdi = vdi

    def submit(self) -> Completion:
        """Begin."""
        self._motion.submit().then(self._ended)
        return self.done

    def _ended(self, motion: Completion) -> None:
        if motion.error is not None:
            self.done.reject(motion.error)
        else:
            self.done.resolve(self._motion.copies.get(self._vdi, self._vdi))
