# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pool.eject: out of the pool's database at once, then a reboot into a pool of one's own (``xapi.md`` 4.2)."""

from __future__ import annotations

import typing as t
import uuid

from ..pools import Pool
from ..storage import Storage
from ..timeline import Completion
from . import generations, operations, roles
from .database import Database
from .errors import XapiError
from .forward import machine_for
from .model import NULL
from .populate import Populate
from .rows import guests_on, is_live, pool_ref, pool_row

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .registry import Call


def assert_may_go(db: Database, host: str) -> None:
    """The refusals in the order that was seen.

    :raises XapiError: the first that applies.
    """
    if not db.exists("host", host) or not is_live(db, host):
        raise XapiError("HOST_OFFLINE", host)
    if host == pool_row(db)["master"]:
        raise XapiError("INTERNAL_ERROR", "Xapi_pool.Cannot_eject_master")
    if pool_row(db)["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    if "apply_updates" in pool_row(db)["current_operations"].values():
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    if guests_on(db, host):
        raise XapiError("OPERATION_NOT_ALLOWED", "VM resident on host")


class Ejection:
    """One pool.eject; it waits for a pool operation that is going on."""

    def __init__(self, call: Call, host: str) -> None:
        self.done = Completion()
        self._call = call
        self._host = host

    def submit(self) -> Completion:
        """Begin, or wait for the operation that is in the way."""
        db = self._call.db
        waits_for = {*operations.POOL_BLOCKING, *operations.POOL_WAITING}
        if waits_for & set(pool_row(db)["current_operations"].values()) and db.exists("host", self._host):
            self._call.toolstack.later(self._call.world.durations.eject_wait, self.submit)
            return self.done
        try:
            self._begin()
        except XapiError as error:
            self.done.reject(error)
        return self.done

    def _begin(self) -> None:
        call, db = self._call, self._call.db
        assert_may_go(db, self._host)
        machine = machine_for(call.world, db, self._host)
        entry = operations.begin(call, "pool", pool_ref(db), "eject")
        call.toolstack.later(call.world.durations.eject, self._go, machine, entry)

    def _go(self, machine: Machine, entry: operations.Operation) -> None:
        db = self._call.db
        entry.end()
        try:
            assert_may_go(db, self._host)
        except XapiError as error:
            self.done.reject(error)
            return
        local = forget_host(db, self._host)
        timeline = self._call.world.timeline
        timeline.after(self._call.world.durations.fuse, NewPool(machine, local).begin)
        self.done.resolve()


def forget_host(db: Database, host: str) -> list[str]:
    """Everything of this host leaves the database; uuids of the SRs that only it had."""
    only_here = [sr for sr in _srs(db, host) if len(db.related("SR", sr, "PBDs")) == 1]
    uuids = [str(db.row("SR", sr)["uuid"]) for sr in only_here]
    for cls, field in (("PBD", "PBDs"), ("PIF", "PIFs"), ("host_cpu", "host_CPUs"), ("VM", "resident_VMs")):
        for ref in db.related("host", host, field):
            db.destroy(cls, ref)
    for sr in only_here:
        _forget_sr(db, sr)
    db.destroy("host_metrics", db.row("host", host)["metrics"])
    generations.host_gone(db, host)
    db.destroy("host", host)
    return uuids


def _srs(db: Database, host: str) -> list[str]:
    return [str(db.row("PBD", pbd)["SR"]) for pbd in db.related("host", host, "PBDs")]


def _forget_sr(db: Database, sr: str) -> None:
    for vdi in db.related("SR", sr, "VDIs"):
        for vbd in db.related("VDI", vdi, "VBDs"):
            db.set("VBD", vbd, VDI=NULL, empty=db.row("VBD", vbd)["type"] == "CD")
        db.destroy("VDI", vdi)
    db.destroy("SR", sr)


class NewPool:
    """A host that was ejected: first-boot state, a reboot, and its own pool with the same host uuid."""

    def __init__(self, machine: Machine, local_srs: list[str]) -> None:
        self._machine = machine
        self._local_srs = local_srs

    def begin(self) -> None:
        """The reset script runs, then the machine reboots."""
        machine, world = self._machine, self._machine.world
        if not machine.powered:
            return
        toolstack = machine.toolstack
        toolstack.stop()
        pool = Pool.of_its_own(machine)
        toolstack.db_copy, toolstack.committed, toolstack.ha_armed = None, None, False
        toolstack.auto_enable = True
        roles.become_master(toolstack, self._database(pool))
        world.book.ha_changed(pool.name, False)
        machine.shut_down(then_boot=True)

    def _database(self, pool: Pool) -> Database:
        machine, world = self._machine, self._machine.world
        db = Database(world.random, pool.profile.release)
        rows = Populate(db, pool.profile, world.timeline.now)
        rows.pool("")
        host = rows.host(machine, enabled=False, live=True, tags=[])
        db.set("pool", pool_ref(db), master=host)
        for sr_uuid in self._local_srs:
            self._wipe(rows, sr_uuid)
        operations.refresh_all(db)
        return db

    def _wipe(self, rows: Populate, sr_uuid: str) -> None:
        """The same disks, formatted: a new SR."""
        world = self._machine.world
        old = world.storage.pop(sr_uuid, None)
        if old is None:
            return
        fresh = str(uuid.UUID(int=world.random.getrandbits(128), version=4))
        array = Storage(fresh, old.name, old.type, old.shared, old.size_bytes, {self._machine.name})
        world.storage[fresh] = array
        rows.sr(array, "Local storage", [self._machine])
