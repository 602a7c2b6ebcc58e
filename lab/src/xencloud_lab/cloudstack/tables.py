# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack's tables."""

from __future__ import annotations

import typing as t
from random import Random

from ..xapi.database import uuid_text
from .rows import (
    AffinityGroup,
    AlertRow,
    Cluster,
    EventRow,
    Host,
    Instance,
    Offering,
    Pod,
    Project,
    Row,
    StoragePool,
    Zone,
)
from .states import VmState

R = t.TypeVar("R", bound=Row)


class Table(t.Generic[R]):
    """Rows in the order of their numbers, found by uuid."""

    def __init__(self) -> None:
        self._by_uuid: dict[str, R] = {}
        self._last_id = 0

    def next_id(self) -> int:
        """The number of the next row."""
        self._last_id += 1
        return self._last_id

    def add(self, row: R) -> R:
        self._by_uuid[row.uuid] = row
        return row

    def get(self, uuid_text: str) -> R | None:
        """The row with this uuid."""
        return self._by_uuid.get(uuid_text)

    def remove(self, row: R) -> None:
        self._by_uuid.pop(row.uuid, None)

    def __iter__(self) -> t.Iterator[R]:
        return iter(self._by_uuid.values())

    def __len__(self) -> int:
        return len(self._by_uuid)


class Tables:
    """All of them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.zones: Table[Zone] = Table()
        self.pods: Table[Pod] = Table()
        self.clusters: Table[Cluster] = Table()
        self.hosts: Table[Host] = Table()
        self.offerings: Table[Offering] = Table()
        self.storage: Table[StoragePool] = Table()
        self.groups: Table[AffinityGroup] = Table()
        self.instances: Table[Instance] = Table()
        self.events: Table[EventRow] = Table()
        self.alerts: Table[AlertRow] = Table()
        self.projects: Table[Project] = Table()
        self.tags: dict[tuple[str, str], tuple[str, str]] = {}
        self._by_name: dict[str, Instance] = {}
        self._by_host: dict[int, dict[int, Instance]] = {}
        self.stopped: dict[int, Instance] = {}

    def new_uuid(self) -> str:
        """A uuid from the world's seed."""
        return uuid_text(self._random)

    def host_of(self, guid: str) -> Host | None:
        """The host with this XAPI uuid."""
        return next((host for host in self.hosts if host.guid == guid), None)

    def hosts_of(self, cluster: Cluster) -> list[Host]:
        return [host for host in self.hosts if host.cluster is cluster]

    def add_instance(self, vm: Instance) -> Instance:
        """A new instance, with its state and host."""
        self.instances.add(vm)
        self._by_name[vm.name] = vm
        self.put(vm, vm.state, vm.host)
        return vm

    def remove_instance(self, vm: Instance) -> None:
        """It is no more."""
        self.put(vm, VmState.EXPUNGING, None)
        self.instances.remove(vm)
        self._by_name.pop(vm.name, None)

    def put(self, vm: Instance, state: VmState, host: Host | None) -> None:
        """Write state and host of an instance: nobody else does, so that it is found by both."""
        if vm.host is not None:
            self._by_host.get(vm.host.id, {}).pop(vm.id, None)
        if host is not None:
            self._by_host.setdefault(host.id, {})[vm.id] = vm
        self.stopped.pop(vm.id, None)
        if state is VmState.STOPPED:
            self.stopped[vm.id] = vm
        vm.state, vm.host = state, host

    def named(self, name: str) -> Instance | None:
        """The instance with this name in XAPI."""
        return self._by_name.get(name)

    def instances_on(self, host: Host) -> list[Instance]:
        """Instances that the database has on this host."""
        return [vm for vm in self._by_host.get(host.id, {}).values() if vm.on_a_host]

    def members_of(self, group: AffinityGroup) -> list[Instance]:
        return [vm for vm in self.instances if vm.group is group]
