# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of CloudStack's database: what it believes. Every row has a number and a uuid."""

from __future__ import annotations

from dataclasses import dataclass, field

from .states import ON_A_HOST, Resource, Status, VmState

MIB = 1024 * 1024


@dataclass(slots=True, eq=False)
class Row:
    """What all rows have: ``id`` is the internal number, ``uuid`` the one that the API shows."""

    id: int
    uuid: str
    name: str
    created: float


@dataclass(slots=True, eq=False)
class Zone(Row):
    """A zone."""

    allocation_state: str = "Enabled"


@dataclass(slots=True, eq=False)
class Pod(Row):
    """A pod of a zone."""

    zone: Zone
    allocation_state: str = "Enabled"


@dataclass(slots=True, eq=False)
class Project(Row):
    """A project: its instances are not in the lists of accounts."""


@dataclass(slots=True, eq=False)
class Cluster(Row):
    """A pool, as CloudStack calls it.

    :ivar guid: the uuid of the pool that it is bound to.
    """

    pod: Pod
    guid: str
    password: str
    allocation_state: str = "Enabled"
    managed_state: str = "Managed"
    cpu_ratio: float = 1.0
    memory_ratio: float = 1.0

    @property
    def managed(self) -> bool:
        return self.managed_state == "Managed"


@dataclass(slots=True, eq=False)
class Host(Row):
    """A server.

    :ivar guid: its XAPI uuid; the API never shows it.
    :ivar attached: a management server owns the connection and pings it.
    :ivar set_up: the scripts of this CloudStack version are believed to be in its dom0.
    :ivar dedicated_to: the uuid of the domain that has it for itself.
    :ivar undetermined_since: since when it has been silent without anybody knowing why.
    """

    cluster: Cluster
    address: str
    guid: str
    cpus: int
    memory_bytes: int
    hypervisor_version: str
    status: Status = Status.UP
    resource: Resource = Resource.ENABLED
    attached: bool = False
    set_up: bool = True
    last_ping: float = 0.0
    disconnected: float | None = None
    undetermined_since: float | None = None
    tags: list[str] = field(default_factory=list)
    annotation: str = ""
    dedicated_to: str = ""

    @property
    def usable(self) -> bool:
        """Whether VMs may be placed here."""
        return self.status is Status.UP and self.resource is Resource.ENABLED and self.cluster.managed


@dataclass(slots=True, eq=False)
class Offering(Row):
    """A service offering.

    :ivar system_type: ``domainrouter``, ``consoleproxy`` ... for system offerings, else empty.
    :ivar host_tags: the tags that a host must have, all of them.
    :ivar details: ``pciDevice`` and ``vgpuType`` make it one with a GPU.
    """

    cpus: int
    cpu_mhz: int
    memory_mib: int
    ha: bool
    system_type: str = ""
    host_tags: list[str] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)

    @property
    def has_gpu(self) -> bool:
        """Whether maintenance stops its instances instead of moving them (``cloudstack.md`` 3.1)."""
        return bool({"pciDevice", "vgpuType"} & set(self.details))


@dataclass(slots=True, eq=False)
class StoragePool(Row):
    """Primary storage.

    :ivar host: whose disks these are, of local storage.
    """

    cluster: Cluster
    type: str
    shared: bool
    size_bytes: int
    host: Host | None = None


@dataclass(slots=True, eq=False)
class AffinityGroup(Row):
    """A group of instances that must not share a host."""

    type: str = "host anti-affinity"


@dataclass(slots=True, eq=False)
class Instance(Row):
    """A VM that CloudStack made: a user's, a router, or one of its own system VMs.

    :ivar name: the name_label in XAPI.
    :ivar disks: the uuids of its disks, known once its record has been destroyed.
    :ivar updates: counts changes of state or host; HA drops work that was planned for an older count.
    :ivar busy: an operation of this management server holds it.
    """

    kind: str
    display_name: str
    offering: Offering
    cluster: Cluster
    host: Host | None = None
    last_host: Host | None = None
    state: VmState = VmState.STOPPED
    storage: StoragePool | None = None
    disk_bytes: int = 0
    disks: list[str] = field(default_factory=list)
    group: AffinityGroup | None = None
    project: Project | None = None
    updates: int = 0
    changed: float = 0.0
    reported: float = 0.0
    busy: bool = False

    @property
    def is_system(self) -> bool:
        """Whether CloudStack runs it for itself; such VMs are always restarted by HA."""
        return self.kind != "user"

    @property
    def ha(self) -> bool:
        return self.is_system or self.offering.ha

    @property
    def uses_local_storage(self) -> bool:
        """Whether its disk is on storage of one host alone."""
        return self.storage is not None and not self.storage.shared

    @property
    def on_a_host(self) -> bool:
        return self.host is not None and self.state in ON_A_HOST


@dataclass(slots=True, eq=False)
class EventRow(Row):
    """One event; ``name`` is its type."""

    level: str
    description: str
    state: str
    resource_uuid: str | None
    resource_type: str | None
    start_uuid: str | None = None


@dataclass(slots=True, eq=False)
class AlertRow(Row):
    """One alert; ``name`` is ALERT.…."""

    type: int
    description: str
