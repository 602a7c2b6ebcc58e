# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an estate file says: pools, hosts, storage, guests and the CloudStack above them.

Written by hand, so nearly everything has a default; read by ``estate_file.load``.
"""

from __future__ import annotations

import datetime
import typing as t

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from . import estate_rules as rules
from .estate_groups import single_hosts, single_pools
from .fault_spec import FaultSpec

GIB_IN_MIB = 1024
Guidance = t.Literal["reboot", "toolstack", "device_model", "vm"]
Refusal = t.Literal[
    "vm_running", "iso_mounted", "out_of_space", "wrong_version", "unknown_error", "apply_failed", "livepatch_failed"
]
Owner = t.Literal["user", "router", "internal_lb", "console_proxy", "secondary_storage", "pool"]


class Spec(BaseModel):
    """A part of an estate file; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Ports(Spec):
    """TCP ports: one for every HTTPS address, one for the lab's own control."""

    https: int = Field(default=443, ge=1, le=65535)
    control: int = Field(default=8700, ge=0, le=65535)


class UserSpec(Spec):
    """Somebody else who may call CloudStack's API."""

    name: str
    api_key: str
    api_secret: str
    role: t.Literal["Root Admin", "Read-Only Admin", "User"] = "Root Admin"
    password: str = ""


class CloudStackSpec(Spec):
    """The management server."""

    address: str
    version: str = "4.22.0.0"
    api_key: str = "demo-key"
    api_secret: str = "demo-secret"  # a made-up key of a made-up server
    zone: str = "zone1"
    pod: str = "pod1"
    users: tuple[UserSpec, ...] = ()
    settings: dict[str, str] = {}

    @field_validator("address")
    @classmethod
    def address_of_this_machine(cls, value: str) -> str:
        return rules.loopback(value)

    @field_validator("version")
    @classmethod
    def version_is_modelled(cls, value: str) -> str:
        return rules.cloudstack_version(value)

    @model_validator(mode="after")
    def settings_are_modelled(self) -> CloudStackSpec:
        rules.cloudstack_settings(self.version, self.settings)
        return self

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
    zone: str | None = None
    pod: str | None = None
    allocation_state: t.Literal["Enabled", "Disabled"] = "Enabled"
    managed_state: t.Literal["Managed", "Unmanaged"] = "Managed"


class BondSpec(Spec):
    """Network cards of a host that carry storage (or the management) as one, some of them perhaps without a link.

    ``address`` is the host's in the storage network.
    """

    nics: int = Field(default=2, ge=2, le=4)
    links_up: int = Field(default=2, ge=0)
    management: bool = False
    address: str = ""

    @model_validator(mode="after")
    def links_exist(self) -> BondSpec:
        if self.links_up > self.nics:
            raise ValueError(f"links_up is {self.links_up}, but there are {self.nics} nics")
        return self


class HostSpec(Spec):
    """One server, or ``count`` alike: numbered, with addresses from this one on."""

    name: str
    address: str
    count: int = Field(default=1, ge=1, le=64)
    memory_gib: float = Field(default=64, gt=0)
    dom0_gib: float = Field(default=4, gt=0)
    cpus: int = Field(default=16, ge=1)
    master: bool = False
    power: t.Literal["on", "off"] = "on"
    enabled: bool = True
    updated: bool = False
    tags: tuple[str, ...] = ()
    clock_ahead_s: float = 0
    bond: BondSpec | None = None
    certificate_days: float | None = None

    @field_validator("address")
    @classmethod
    def address_of_this_machine(cls, value: str) -> str:
        return rules.loopback(value)

    def names(self) -> list[str]:
        """The names of the servers: ``xen`` alone, or ``xen-1`` to ``xen-8``."""
        return numbered(self.name, self.count)


class StorageSpec(Spec):
    """One storage repository; ``hosts`` (default: all) have it plugged, ``server`` is where they reach it."""

    name: str
    type: t.Literal["nfs", "lvmoiscsi", "lvmohba", "ext", "lvm", "iso"] = "nfs"
    shared: bool = True
    size_gib: float = Field(default=1000, gt=0)
    hosts: tuple[str, ...] | None = None
    server: str = ""


class HaSpec(Spec):
    """Pool HA at the start."""

    enabled: bool = False
    timeout: int | None = Field(default=None, ge=10)
    heartbeat_sr: str | None = None
    host_failures_to_tolerate: int = Field(default=0, ge=0)


class UpdateSpec(Spec):
    """Something that waits to be installed: a package, a hotfix or an update, as the product has it.

    ``sets`` is what ``software_version`` shows with it, ``guidance`` what has to follow; without
    one it is a reboot, or a restart of the toolstack for what only that runs.
    """

    name: str
    version: str = "1.0"
    release: str = "1"
    sets: dict[str, str] = {}
    uuid: str | None = None
    guidance: tuple[Guidance, ...] | None = None
    recommended: tuple[Guidance, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    livepatch: bool = False
    homogeneous: bool = False
    size_mib: float = Field(default=20, gt=0)
    refuses: Refusal | None = None
    uploaded: bool = False


class VmSpec(Spec):
    """``count`` guests alike (or ``per_host``), spread over the hosts of ``on`` in turn (default: all)."""

    name: str
    count: int = Field(default=1, ge=1)
    per_host: int | None = Field(default=None, ge=1)
    memory_gib: float = Field(default=2, gt=0)
    vcpus: int = Field(default=1, ge=1)
    on: tuple[str, ...] | None = None
    disk_sr: str | None = None
    disk_gib: float = Field(default=10, gt=0)
    power: t.Literal["running", "halted"] = "running"
    owner: Owner = "user"
    ha: bool = False
    priority: t.Literal["", "restart", "best-effort"] = ""
    project: str | None = None
    affinity: str | None = None
    guest_tools: bool = True
    tags: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """The names of the guests: ``web`` alone, or ``web-1`` to ``web-8``."""
        return numbered(self.name, self.count)


class PoolSpec(Spec):
    """One pool and everything in it, or ``count`` alike."""

    name: str
    count: int = Field(default=1, ge=1)
    product: str = "xcp-ng-8.3"
    password: str = "lab-password"  # of a server that does not exist
    edition: str | None = None
    licence_days: float | None = None
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

    def hosts_of(self, vm: VmSpec) -> list[str]:
        """The hosts that these guests are spread over, in turn."""
        powered = [host.name for host in self.hosts if host.power == "on"]
        return list(vm.on or powered or [host.name for host in self.hosts])

    @field_validator("product")
    @classmethod
    def product_is_modelled(cls, value: str) -> str:
        return rules.product(value)

    @model_validator(mode="after")
    def names_fit(self) -> PoolSpec:
        """Everything that is referred to by name exists, once; and what there is makes sense."""
        rules.pool_names(self)
        rules.pool_sense(single_hosts(self))
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

    @field_validator("pools")
    @classmethod
    def written_out(cls, pools: tuple[PoolSpec, ...]) -> tuple[PoolSpec, ...]:
        """Each pool and host on its own; unique over the estate."""
        entries = [(i, single) for i, pool in enumerate(pools) for single in single_pools(single_hosts(pool))]
        rules.across_pools(pools, entries)
        return tuple(pool for _place, pool in entries)

    @model_validator(mode="after")
    def fits_together(self) -> Estate:
        rules.estate_sense(self)
        return self


def numbered(name: str, count: int) -> list[str]:
    """The name alone, or with numbers from 1 on."""
    return [name] if count == 1 else [f"{name}-{n}" for n in range(1, count + 1)]
