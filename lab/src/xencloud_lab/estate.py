# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an estate file says: pools, hosts, storage, guests and the CloudStack above them.

Written by hand, so nearly everything has a default; read by ``estate_file.load``.
"""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import typing as t

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .fault_spec import FaultSpec

GIB_IN_MIB = 1024
Owner = t.Literal["user", "router", "internal_lb", "console_proxy", "secondary_storage", "pool"]


class Spec(BaseModel):
    """A part of an estate file; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Ports(Spec):
    """TCP ports: one for every HTTPS address, one for the lab's own control."""

    https: int = Field(default=443, ge=1, le=65535)
    control: int = Field(default=8700, ge=0, le=65535)


class CloudStackSpec(Spec):
    """The management server."""

    address: str
    version: str = "4.22.0.0"
    api_key: str = "demo-key"
    api_secret: str = "demo-secret"  # a made-up key of a made-up server
    zone: str = "zone1"
    pod: str = "pod1"
    settings: dict[str, str] = {}

    @field_validator("settings", mode="before")
    @classmethod
    def as_text(cls, value: t.Any) -> t.Any:
        """Global settings are text in CloudStack; numbers and booleans may be written bare."""
        if not isinstance(value, dict):
            return value
        return {key: str(v).lower() if isinstance(v, bool) else str(v) for key, v in value.items()}


class ClusterSpec(Spec):
    """The CloudStack cluster that stands for a pool."""

    name: str
    allocation_state: t.Literal["Enabled", "Disabled"] = "Enabled"
    managed_state: t.Literal["Managed", "Unmanaged"] = "Managed"


class HostSpec(Spec):
    """One server."""

    name: str
    address: str
    memory_gib: float = Field(default=64, gt=0)
    dom0_gib: float = Field(default=4, gt=0)
    cpus: int = Field(default=16, ge=1)
    master: bool = False
    power: t.Literal["on", "off"] = "on"
    enabled: bool = True
    updated: bool = False
    tags: tuple[str, ...] = ()

    @field_validator("address")
    @classmethod
    def address_of_this_machine(cls, value: str) -> str:
        return loopback(value)


class StorageSpec(Spec):
    """One storage repository; ``hosts`` (default: all) have it plugged."""

    name: str
    type: t.Literal["nfs", "lvmoiscsi", "lvmohba", "ext", "lvm", "iso"] = "nfs"
    shared: bool = True
    size_gib: float = Field(default=1000, gt=0)
    hosts: tuple[str, ...] | None = None


class HaSpec(Spec):
    """Pool HA at the start."""

    enabled: bool = False
    timeout: int | None = Field(default=None, ge=10)
    heartbeat_sr: str | None = None
    host_failures_to_tolerate: int = Field(default=0, ge=0)


class UpdateSpec(Spec):
    """A package that waits to be installed, and what ``software_version`` shows with it."""

    name: str
    version: str
    release: str = "1"
    sets: dict[str, str] = {}


class VmSpec(Spec):
    """``count`` guests alike, spread over the hosts of ``on`` in turn (default: all)."""

    name: str
    count: int = Field(default=1, ge=1)
    memory_gib: float = Field(default=2, gt=0)
    vcpus: int = Field(default=1, ge=1)
    on: tuple[str, ...] | None = None
    disk_sr: str | None = None
    disk_gib: float = Field(default=10, gt=0)
    power: t.Literal["running", "halted"] = "running"
    owner: Owner = "user"
    ha: bool = False
    priority: t.Literal["", "restart", "best-effort"] = ""
    affinity: str | None = None
    guest_tools: bool = True
    tags: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """The names of the guests: ``web`` alone, or ``web-1`` to ``web-8``."""
        return [self.name] if self.count == 1 else [f"{self.name}-{n}" for n in range(1, self.count + 1)]


class PoolSpec(Spec):
    """One pool and everything in it."""

    name: str
    product: str = "xcp-ng-8.3"
    password: str = "lab-password"  # of a server that does not exist
    cluster: ClusterSpec | None = None
    hosts: tuple[HostSpec, ...] = Field(min_length=1)
    storage: tuple[StorageSpec, ...] = ()
    ha: HaSpec = HaSpec()
    updates: tuple[UpdateSpec, ...] = ()
    vms: tuple[VmSpec, ...] = ()

    @property
    def master(self) -> HostSpec:
        """The host marked ``master``, else the first."""
        return next((host for host in self.hosts if host.master), self.hosts[0])

    def shared_storage(self) -> StorageSpec | None:
        """The first shared SR: heartbeat and disks go there unless the file says otherwise."""
        return next((sr for sr in self.storage if sr.shared), None)

    @model_validator(mode="after")
    def names_fit(self) -> PoolSpec:
        """Everything that is referred to by name exists, once."""
        hosts = once(f"pool {self.name}: host", [host.name for host in self.hosts])
        storage = once(f"pool {self.name}: storage", [sr.name for sr in self.storage])
        if sum(host.master for host in self.hosts) > 1:
            raise ValueError("more than one host is marked as the master")
        for sr in self.storage:
            known(f"storage {sr.name}: host", sr.hosts or (), hosts)
        for vm in self.vms:
            known(f"VM {vm.name}: host", vm.on or (), hosts)
            known(f"VM {vm.name}: storage", [vm.disk_sr] if vm.disk_sr else [], storage)
        known("ha: storage", [self.ha.heartbeat_sr] if self.ha.heartbeat_sr else [], storage)
        return self


class Estate(Spec):
    """A whole estate file."""

    seed: int = 1
    start: datetime.datetime = datetime.datetime(2026, 11, 20, 2, tzinfo=datetime.UTC)
    ports: Ports = Ports()
    cloudstack: CloudStackSpec | None = None
    pools: tuple[PoolSpec, ...] = Field(min_length=1)
    durations: dict[str, float] = {}
    faults: tuple[FaultSpec, ...] = ()

    @property
    def start_time(self) -> float:
        """The world's first moment, in seconds since 1970; UTC unless the file says otherwise."""
        start = self.start if self.start.tzinfo else self.start.replace(tzinfo=datetime.UTC)
        return start.timestamp()

    @model_validator(mode="after")
    def names_fit(self) -> Estate:
        """Pools, hosts and addresses are unique over the estate, and clusters have their CloudStack."""
        once("pool", [pool.name for pool in self.pools])
        hosts = list(itertools.chain.from_iterable(pool.hosts for pool in self.pools))
        once("host", [host.name for host in hosts])
        servers = [self.cloudstack.address] if self.cloudstack else []
        once("address", [host.address for host in hosts] + servers)
        if self.cloudstack is None and any(pool.cluster for pool in self.pools):
            raise ValueError("a pool has a cluster, but there is no cloudstack section")
        return self


def loopback(value: str) -> str:
    """An address that only this machine reaches: the lab listens nowhere else.

    :raises ValueError: for any other address.
    """
    if not ipaddress.ip_address(value).is_loopback:
        raise ValueError(f"{value} is not a loopback address (127.0.0.0/8)")
    return value


def once(what: str, names: t.Iterable[str]) -> set[str]:
    """The names as a set.

    :raises ValueError: when one is there twice.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} is there twice")
        seen.add(name)
    return seen


def known(what: str, names: t.Iterable[str], existing: set[str]) -> None:
    """All names exist.

    :raises ValueError: when one does not.
    """
    for name in names:
        if name not in existing:
            raise ValueError(f"{what} {name} does not exist (there are: {', '.join(sorted(existing)) or 'none'})")
