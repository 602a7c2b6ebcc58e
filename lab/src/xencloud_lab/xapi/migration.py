# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live migration: memory moves for a while, then the guest runs elsewhere.

The transfer is the work of the source machine: it goes on when the master restarts, and the
database learns of its end from whoever is master then (``xapi.md`` 5.4, 7.1, 10).
"""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import alerts, guidance, operations
from .dbsync import domid
from .errors import XapiError
from .model import NULL
from .rows import host_ref, set_running

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from .database import Database

WORKERS = 4


class Migration:
    """One live migration, waiting for one of the source's four workers or running.

    :ivar done: resolved when the guest runs on the target and the database says so.
    """

    def __init__(self, pool: Pool, vm: str, source: Machine, target: Machine, entry: operations.Operation) -> None:
        self.pool = pool
        self.vm = vm
        self.source = source
        self.target = target
        self.done = Completion()
        self.running = False
        self._entry = entry
        self._on_target: operations.Operation | None = None
        self._uuid = ""

    def submit(self) -> Completion:
        """Queue it, and reserve the memory on the target."""
        db = self._db()
        assert db is not None
        target = host_ref(db, self.target)
        db.set("VM", self.vm, scheduled_to_be_resident_on=target)
        self._on_target = operations.Operation(db, "host", target, "vm_migrate", self._entry.key)
        self._uuid = str(db.row("VM", self.vm)["uuid"])
        self.source.migrations.append(self)
        self._pump()
        return self.done

    def cancel(self, task: str) -> None:
        """The guest stays where it is."""
        if self in self.source.migrations:
            self.source.migrations.remove(self)
            self._pump()
            self._fail(XapiError("TASK_CANCELLED", task))

    def source_died(self) -> None:
        """The source lost power, and the guest with it."""
        self._fail(self._failure("the source host went away"))

    def _pump(self) -> None:
        running = sum(m.running for m in self.source.migrations)
        for migration in self.source.migrations:
            if running >= WORKERS:
                break
            if not migration.running:
                migration.begin()
                running += 1

    def begin(self) -> None:
        """A worker is free: start the transfer."""
        self.running = True
        domain = self.source.domains.get(self._uuid)
        if domain is not None and domain.never_migrates:
            return
        memory_mib = domain.memory_mib if domain else 0
        self.pool.world.timeline.after(self.pool.world.durations.migration(memory_mib), self._transferred)

    def _transferred(self) -> None:
        if self.done.done or self not in self.source.migrations:
            return
        self.source.migrations.remove(self)
        self._pump()
        refusal = self._refusal()
        if refusal is not None:
            self.pool.world.book.migration_failed(self._uuid, self.source.name, self.target.name, refusal)
            self._fail(self._failure(refusal))
            return
        self.source.hand_over(self._uuid, self.target)
        self._write()

    def _refusal(self) -> str | None:
        if self._uuid not in self.source.domains:
            return "the domain is gone"
        if not self.target.powered:
            return "the target host does not answer"
        return None

    def _write(self) -> None:
        db = self._db()
        if db is None:
            self.pool.world.timeline.after(self.pool.world.durations.master_retry, self._write)
            return
        if db.exists("VM", self.vm):
            set_running(db, self.vm, host_ref(db, self.target), domid(db, self.vm))
            guidance.device_model_is_new(db, self.vm)
            alerts.create(db, self.pool.world.timeline.now, "VM_MIGRATED", 5, "VM", self.vm)
            operations.refresh_vm(db, self.vm)
        self._end_entries()
        self.done.resolve()

    def _fail(self, error: XapiError) -> None:
        db = self._db()
        if db is not None and db.exists("VM", self.vm):
            db.set("VM", self.vm, scheduled_to_be_resident_on=NULL)
        self._end_entries()
        self.done.reject(error)

    def _end_entries(self) -> None:
        self._entry.end()
        if self._on_target is not None:
            self._on_target.end()

    def _failure(self, why: str) -> XapiError:
        db = self._db()
        hosts = [host_ref(db, m) for m in (self.source, self.target)] if db else [NULL, NULL]
        return XapiError("VM_MIGRATE_FAILED", self.vm, *hosts, why)

    def _db(self) -> Database | None:
        master = self.pool.master()
        return master.toolstack.db if master else None
