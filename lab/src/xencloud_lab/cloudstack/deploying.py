# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new instance: a place, a disk on shared storage, and a first start."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from .errors import AgentUnavailable, NoCapacity, OperationFailed
from .operations import when
from .rows import Cluster, Host, Instance, Zone
from .xen import FAILURES, Session

if t.TYPE_CHECKING:
    from .manager import ManagementServer

ROOT_BYTES = 10 * 1024**3


class Deploy:
    """From the row of an instance to its first run."""

    def __init__(self, server: ManagementServer, vm: Instance, zone: Zone, target: Host | None) -> None:
        self.server = server
        self.vm = vm
        self._zone = zone
        self._target = target
        self._completion = Completion()

    def begin(self) -> Completion:
        """Find a place, then make the disk there.

        :raises NoCapacity: there is no place.
        :raises AgentUnavailable: no pool can be commanded.
        """
        host = self._place()
        self.vm.cluster = host.cluster
        storage = next((s for s in self.server.tables.storage if s.cluster is host.cluster and s.shared), None)
        if storage is None:
            raise NoCapacity(f"Unable to create a deployment for VM instance {self.vm.name}")
        self.vm.storage, self.vm.disk_bytes = storage, ROOT_BYTES
        session = self.server.hosts.reach(host)[0]
        when(self._make_disk(session, storage.name), self._made, session, self.server.epoch)
        return self._completion

    def _place(self) -> Host:
        if self._target is not None:
            return self._target
        for cluster in self._clusters():
            self.vm.cluster = cluster
            found = self.server.planner.suitable(self.vm, self.server.now)
            if found:
                return found[0]
        raise NoCapacity(f"Unable to create a deployment for VM instance {self.vm.name}")

    def _clusters(self) -> list[Cluster]:
        clusters = [c for c in self.server.tables.clusters if c.pod.zone is self._zone]
        return [c for c in clusters if c.managed and c.allocation_state == "Enabled"]

    def _make_disk(self, session: Session, storage: str) -> t.Any:
        srs = session.must("SR.get_by_name_label", storage)
        if not srs:
            raise AgentUnavailable(f"the pool has no storage {storage}")
        record = {
            "name_label": f"ROOT-{self.vm.id}",
            "name_description": "",
            "SR": srs[0],
            "virtual_size": str(ROOT_BYTES),
            "type": "user",
            "sharable": False,
            "read_only": False,
            "other_config": {},
        }
        try:
            return session.begin("VDI.create", record)
        except FAILURES as error:
            raise AgentUnavailable(f"VDI.create: {error}") from error

    def _made(self, session: Session, epoch: int, made: Completion) -> None:
        if epoch != self.server.epoch:
            return
        if made.error is not None:
            self._completion.reject(OperationFailed(f"Unable to create a volume: {made.error}"))
            return
        try:
            self.vm.disks = [str(session.must("VDI.get_uuid", made.value))]
        except AgentUnavailable as error:
            self._completion.reject(error)
            return
        self.server.instances.start(self.vm, self._target).then(self._started)

    def _started(self, ended: Completion) -> None:
        if ended.error is not None:
            self._completion.reject(ended.error)
        else:
            self._completion.resolve(self.vm)
