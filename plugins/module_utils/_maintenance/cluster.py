# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack's view of a pool, as plain data.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .errors import MaintenanceError

Kind = t.Literal["user", "router", "system"]

# ResourceState.isMaintenanceState (cloudstack.md 2.2): what cancelHostMaintenance takes back.
PREPARING = frozenset({"PrepareForMaintenance", "ErrorInPrepareForMaintenance"})
MAINTENANCE_STATES = PREPARING | {"Maintenance", "ErrorInMaintenance"}
# A VM in one of these is between two hosts or two power states (cloudstack.md 2.12).
TRANSITIONS = frozenset({"Starting", "Stopping", "Migrating", "Restoring", "BackingUp", "Expunging"})


@dataclass(frozen=True, slots=True)
class Cluster:
    """What CloudStack calls a pool."""

    id: str
    name: str
    zone_id: str
    zone: str
    pod: str
    managed_state: str
    allocation_state: str

    @property
    def managed(self) -> bool:
        """CloudStack talks to the hosts of this cluster."""
        return self.managed_state == "Managed"

    @property
    def enabled(self) -> bool:
        """CloudStack may place VMs here."""
        return self.allocation_state == "Enabled"


@dataclass(frozen=True, slots=True)
class CsHost:
    """A hypervisor host as CloudStack sees it; ``state`` is the connection, ``resource_state`` the admin's will.

    ``version`` is the product's when CloudStack last connected. ``power`` is what the host's management controller
    says, where CloudStack asks one: On, Off, Unknown or Disabled.
    """

    id: str
    name: str
    ip_address: str
    state: str
    resource_state: str
    cluster_id: str
    tags: frozenset[str]
    for_ha_only: bool
    memory_total_mib: int
    memory_allocated_mib: int
    zone_id: str = ""
    version: str = ""
    power: str = ""

    @property
    def ready(self) -> bool:
        """CloudStack may use this host as a target (cloudstack.md 2.13)."""
        return self.state == "Up" and self.resource_state == "Enabled"


@dataclass(frozen=True, slots=True)
class AffinityGroup:
    """A rule that CloudStack's planner keeps and an explicit migration does not (cloudstack.md 2.13)."""

    id: str
    name: str
    type: str

    @property
    def apart(self) -> bool:
        """Its members should be on different hosts."""
        return "anti-affinity" in self.type

    @property
    def strict(self) -> bool:
        """CloudStack refuses to break it."""
        return not self.type.startswith("non-strict")

    @property
    def together(self) -> bool:
        """Its members should share a host."""
        return "host affinity" in self.type


@dataclass(frozen=True, slots=True)
class Instance:
    """A VM that CloudStack owns."""

    id: str
    name: str
    instance_name: str
    kind: Kind
    state: str
    host: str | None
    host_name: str | None
    memory_mib: int
    ha_enabled: bool
    affinity_groups: tuple[AffinityGroup, ...]

    @property
    def in_transition(self) -> bool:
        """Its host field means nothing now."""
        return self.state in TRANSITIONS


@dataclass(frozen=True, slots=True)
class Job:
    """An asynchronous job that is still pending."""

    id: str
    command: str
    created: str
    instance_type: str
    instance_id: str


@dataclass(frozen=True, slots=True)
class CloudPicture:
    """Everything CloudStack says about one cluster at one moment.

    ``hostless`` are the VMs of its zone that are on no host: stopped ones, which the pool may still have a record of.
    """

    version: str
    cluster: Cluster
    hosts: tuple[CsHost, ...]
    instances: tuple[Instance, ...]
    jobs: tuple[Job, ...]
    hostless: tuple[Instance, ...] = ()


def version_key(version: str) -> tuple[int, ...]:
    """A CloudStack version that can be compared; ``4.22.0.0-SNAPSHOT`` counts as 4.22.0.0."""
    numbers = version.partition("-")[0].split(".")
    return tuple(int(part) for part in numbers if part.isdigit())


def find_cluster(clusters: t.Sequence[Cluster], wanted: str) -> Cluster:
    """The one cluster with this id or name."""
    found = [each for each in clusters if each.id == wanted] or [each for each in clusters if each.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(f"{each.id} in zone {each.zone}" for each in found))
        raise MaintenanceError(f"{wanted}: more than one cluster has this name ({ids}). Give the id.")
    raise MaintenanceError(f"{wanted}: CloudStack knows no cluster of this name or id. It has {_listed(clusters)}.")


def find_host(hosts: t.Sequence[CsHost], wanted: str) -> CsHost:
    """The one host with this id, address or name."""
    found = (
        [each for each in hosts if each.id == wanted]
        or [each for each in hosts if each.ip_address == wanted]
        or [each for each in hosts if each.name == wanted]
    )
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(f"{each.id} at {each.ip_address}" for each in found))
        raise MaintenanceError(f"{wanted}: more than one host has this name ({ids}). Give the address or the id.")
    raise MaintenanceError(f"{wanted}: CloudStack knows no host of this name, address or id. It has {_listed(hosts)}.")


def find_instance(instances: t.Sequence[Instance], wanted: str) -> Instance:
    """The one VM with this id or instance name (``i-2-7-VM``), or this name when only one has it."""
    found = (
        [each for each in instances if each.id == wanted]
        or [each for each in instances if each.instance_name == wanted]
        or [each for each in instances if each.name == wanted]
    )
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(each.instance_name for each in found))
        raise MaintenanceError(f"{wanted}: more than one VM has this name ({names}). Give the instance name or the id.")
    raise MaintenanceError(
        f"{wanted}: CloudStack knows no VM of this id or instance name in this zone. Look it up with cloudstack_info."
    )


def _listed(things: t.Iterable[Cluster | CsHost]) -> str:
    return ", ".join(sorted(each.name for each in things)) or "none"
