# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of a pool that all decisions are made on: plain, frozen, without a client.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .errors import MaintenanceError

NULL_REF = "OpaqueRef:NULL"
# In other_config of a pool and of a VM: the VM starts with its host.
AUTO_POWER_ON = "auto_poweron"

Strings = t.Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HaState:
    """What pool HA is set to, and what it was set to last: disabling keeps all but ``enabled`` (``xapi.md`` 2.7)."""

    enabled: bool = False
    configuration: Strings = field(default_factory=dict)
    heartbeat_sr: str | None = None
    heartbeat_sr_name: str | None = None
    statefiles: tuple[str, ...] = ()
    host_failures_to_tolerate: int = 0
    plan_exists_for: int = 0
    allow_overcommit: bool = False
    overcommitted: bool = False
    restarts_after_shutdown_inside: bool = True
    # The time-out for tools that enable HA without saying one (other_config default_ha_timeout).
    pinned_timeout: str | None = None

    @property
    def timeout_s(self) -> int | None:
        """The explicit time-out; None when XAPI's own default is used."""
        text = self.configuration.get("timeout", "")
        return int(text) if text.strip().isdecimal() else None


@dataclass(frozen=True, slots=True)
class Sr:
    """A storage repository, the hosts that have it plugged, and how many virtual disks are on it.

    ``servers`` are the addresses by which hosts reach it; empty for Fibre Channel and local disks.
    """

    ref: str
    uuid: str
    name: str
    shared: bool = False
    kind: str = ""
    hosts: tuple[str, ...] = ()
    plugged_on: tuple[str, ...] = ()
    free_mib: int = 0
    can_hold_statefile: bool = False
    disks: int = 0
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Host:
    """A pool host as the master knows it; ``plugged_srs`` and ``unplugged_srs`` are SR references.

    ``updates`` are those that it has, where the product knows updates by name (7.1 to 8.2).
    """

    ref: str
    uuid: str
    name: str
    address: str
    enabled: bool = True
    live: bool = True
    is_master: bool = False
    software_version: Strings = field(default_factory=dict)
    boot_time: float = 0.0
    agent_start_time: float = 0.0
    patched_at: float | None = None
    memory_total_mib: int = 0
    memory_free_mib: int = 0
    statefiles: tuple[str, ...] = ()
    plugged_srs: tuple[str, ...] = ()
    unplugged_srs: tuple[str, ...] = ()
    current_operations: Strings = field(default_factory=dict)
    other_config: Strings = field(default_factory=dict)
    edition: str = ""
    licence: Strings = field(default_factory=dict)
    updates: frozenset[str] = frozenset()
    update_hash: str = ""
    multipathing: bool = False

    @property
    def reboot_required(self) -> bool:
        """True when packages were installed after the last boot (``xapi.md`` 6.5)."""
        return self.patched_at is not None and self.patched_at > self.boot_time


@dataclass(frozen=True, slots=True)
class Vm:
    """A VM that is neither template nor snapshot; hosts and SRs are references.

    ``bound_for`` is the host that is getting it while it migrates or starts, ``memory_mib`` the most the guest may
    use and ``overhead_mib`` what the hypervisor needs besides. ``tie`` says why XAPI does not offer to migrate it.
    """

    ref: str
    uuid: str
    name: str
    power_state: str = "Halted"
    host: str | None = None
    bound_for: str | None = None
    memory_mib: int = 0
    overhead_mib: int = 0
    ha_restart_priority: str = ""
    is_control_domain: bool = False
    srs: tuple[str, ...] = ()
    current_operations: Strings = field(default_factory=dict)
    starts_with_host: bool = False
    tie: str = ""

    @property
    def is_guest(self) -> bool:
        """True for what a drain has to move (``xapi.md`` 7.4)."""
        return not self.is_control_domain and self.power_state in ("Running", "Paused")

    @property
    def footprint_mib(self) -> int:
        """What a host must have free to take it in."""
        return self.memory_mib + self.overhead_mib


@dataclass(frozen=True, slots=True)
class XapiTask:
    """A pending task."""

    ref: str
    name: str
    status: str = "pending"
    progress: float = 0.0


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool, its hosts, VMs and storage; ``master`` is the master's reference.

    ``restrictions`` are what its licence allows and forbids, ``balanced`` says that Workload Balancing may move VMs.
    """

    ref: str
    uuid: str
    name: str
    master: str
    ha: HaState = field(default_factory=HaState)
    hosts: tuple[Host, ...] = ()
    vms: tuple[Vm, ...] = ()
    srs: tuple[Sr, ...] = ()
    tasks: tuple[XapiTask, ...] = ()
    other_config: Strings = field(default_factory=dict)
    current_operations: Strings = field(default_factory=dict)
    restrictions: Strings = field(default_factory=dict)
    balanced: bool = False

    @property
    def label(self) -> str:
        """What to call the pool: its name, or its master's when it has none, as is usual."""
        return self.name or self.master_host.name

    @property
    def rolling_upgrade(self) -> bool:
        """True while hosts differ in version (``xapi.md`` 6.6)."""
        if self.other_config.get("rolling_upgrade_in_progress") == "true":
            return True
        builds = {(h.software_version.get("platform_version"), h.software_version.get("xapi")) for h in self.hosts}
        return len(builds) > 1

    @property
    def master_host(self) -> Host:
        """The master."""
        return self.host(self.master)

    def host(self, ref: str) -> Host:
        """The host with this reference.

        :raises MaintenanceError: it has left the pool since somebody looked.
        """
        found = next((host for host in self.hosts if host.ref == ref), None)
        if found is None:
            raise self._gone("host")
        return found

    def sr(self, ref: str) -> Sr:
        """The SR with this reference.

        :raises MaintenanceError: it was removed since somebody looked.
        """
        found = next((sr for sr in self.srs if sr.ref == ref), None)
        if found is None:
            raise self._gone("storage")
        return found

    def _gone(self, kind: str) -> MaintenanceError:
        return MaintenanceError(
            f"{self.name or 'the pool'}: a {kind} that was there a moment ago is gone. "
            "Look who removed it, then run this again."
        )

    def armed(self, host: Host) -> bool:
        """True when HA is on and this host reaches the statefile; a host keeps the list after HA is switched off."""
        return self.ha.enabled and any(statefile in host.statefiles for statefile in self.ha.statefiles)

    def guests_on(self, host: Host) -> tuple[Vm, ...]:
        """The guests resident on a host, in order of their names."""
        return tuple(sorted((v for v in self.vms if v.is_guest and v.host == host.ref), key=lambda v: (v.name, v.uuid)))
