# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances that move together with their disk, inside the cluster (``cloudstack.md`` 2.13, 3.1)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from .errors import AgentUnavailable, NoCapacity, refused
from .operations import Migrate
from .rows import Host, Instance, StoragePool
from .states import VmState
from .xen import Record, Session

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class MigrateWithVolume(Migrate):
    """``Migrate`` by VM.migrate_send, with the disk going to this storage."""

    def __init__(self, server: ManagementServer, vm: Instance, target: Host, storage: StoragePool) -> None:
        super().__init__(server, vm, target)
        self._storage = storage

    def _ask(self, pool: Session, vm: str, record: Record, target: str) -> str:
        disks = [row["VDI"] for row in (pool.ask("VBD.get_record", v) for v in record["VBDs"]) if row["type"] == "Disk"]
        found = pool.ask("SR.get_by_name_label", self._storage.name)
        if not found:
            raise AgentUnavailable(f"the pool has no storage {self._storage.name}")
        ticket = pool.ask("host.migrate_receive", target, _management_network(pool, target), {})
        where = dict.fromkeys(disks, found[0])
        return str(pool.ask("Async.VM.migrate_send", vm, ticket, True, where, {}, {"live": "true"}))

    def end(self, state: VmState, host: Host | None) -> None:
        if host is self.target:
            self.vm.storage = self._storage
        super().end(state, host)


def _management_network(pool: Session, host: str) -> str:
    for record in pool.ask("PIF.get_all_records").values():
        if record["host"] == host and record["management"]:
            return str(record["network"])
    raise AgentUnavailable("the target host has no management interface")


def migrate(server: ManagementServer, vm: Instance, target: Host, storage: StoragePool | None) -> Completion:
    """Move it to this host, and its disk when there is another storage for it."""
    if storage is None or storage is vm.storage:
        return server.instances.migrate(vm, target)
    return MigrateWithVolume(server, vm, target, storage).begin()


def place_for(server: ManagementServer, vm: Instance, target: Host) -> StoragePool | None:
    """Where the disk goes on this host: None when it need not move.

    :raises NoCapacity: it must, and there is no storage for it.
    """
    if not vm.uses_local_storage:
        return None
    for pool in server.tables.storage:
        if pool.host is target and _free(server, pool) >= vm.disk_bytes:
            return pool
    raise NoCapacity(f"There is no suitable storage on host {target.name} for VM instance {vm.name}")


def _free(server: ManagementServer, pool: StoragePool) -> int:
    return pool.size_bytes - sum(vm.disk_bytes for vm in server.tables.instances if vm.storage is pool)


class MoveAway:
    """Instances leave a host with their local disks one after another, while the caller waits (3.1)."""

    def __init__(self, server: ManagementServer, vms: list[Instance]) -> None:
        self._server = server
        self._left = vms
        self.completion = Completion()

    def begin(self) -> Completion:
        self._next()
        return self.completion

    def _next(self) -> None:
        if not self._left:
            self.completion.resolve(None)
            return
        try:
            self._move(self._left.pop(0)).then(self._moved, self._server.epoch)
        except NoCapacity as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.completion.reject(refused(f"{self._server.profile.prepare_prefix}{error}"))

    def _move(self, vm: Instance) -> Completion:
        target = self._server.planner.choose(vm, self._server.now, self._without_room(vm))
        return migrate(self._server, vm, target, place_for(self._server, vm, target))

    def _without_room(self, vm: Instance) -> list[Host]:
        return [host for host in self._server.tables.hosts_of(vm.cluster) if not has_place(self._server, vm, host)]

    def _moved(self, epoch: int, ended: Completion) -> None:
        if epoch != self._server.epoch:
            return
        if ended.error is not None:
            self._fail(ended.error)
        else:
            self._next()


def has_place(server: ManagementServer, vm: Instance, host: Host) -> bool:
    """Whether the disk is seen from this host, or can go there."""
    try:
        place_for(server, vm, host)
    except NoCapacity:
        return False
    return True
