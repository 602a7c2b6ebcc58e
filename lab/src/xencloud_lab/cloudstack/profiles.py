# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CloudStack versions differ in (``cloudstack.md`` 7): one place that knows since when.

The rest of the lab asks a ``Profile`` what its version does, never for the version itself.
"""

from __future__ import annotations

from dataclasses import dataclass

Version = tuple[int, int, int]

NAMED: tuple[str, ...] = ("4.22", "4.19", "4.14", "4.11", "4.4")
"""The versions that the reference describes, newest first."""

# Rows of hypervisor_capabilities: since when, hypervisor version, guests a host (``cloudstack.md`` 6).
_GUESTS: tuple[tuple[Version, str, int], ...] = (
    *(((4, 11, 0), version, 500) for version in ("6.5.0", "7.0.0", "7.1.0", "7.2.0", "7.5.0")),
    *(((4, 13, 0), version, 1000) for version in ("7.1.1", "7.1.2", "7.6.0", "8.0.0")),
    ((4, 15, 0), "8.1.0", 1000),
    ((4, 15, 1), "8.2.0", 1000),
    ((4, 17, 0), "8.2.1", 1000),
    ((4, 20, 1), "8.3.0", 1000),
    ((4, 20, 1), "8.4.0", 1000),
)
_UNKNOWN_GUESTS = 50
_OWN_CLASSES = {"8.3": "XcpServer83Resource", "8.4": "Xenserver84Resource"}
_COMMON_CLASS = "XenServer650Resource"


@dataclass(frozen=True, slots=True)
class Profile:
    """One version's behaviour."""

    version: Version

    def since(self, *version: int) -> bool:
        """Whether this is that version or a newer one."""
        return self.version >= version

    @property
    def name(self) -> str:
        """The newest version of the reference that is not newer."""
        return next(name for name in NAMED if _key(name) <= self.version)

    # prepareHostForMaintenance ----------------------------------------------------------------

    @property
    def prepare_prefix(self) -> str:
        """What errors of prepareHostForMaintenance begin with."""
        return "Failed to prepare host for maintenance due to: " if self.since(4, 14) else ""

    @property
    def has_eipfm(self) -> bool:
        """ErrorInPrepareForMaintenance exists; without it the first failure is ErrorInMaintenance."""
        return self.since(4, 14)

    @property
    def guards_transition(self) -> bool:
        """Prepare refuses VMs in transition, and a repeated call with a clear text."""
        return self.since(4, 14)

    @property
    def ignores_maintain_failure(self) -> bool:
        """A host that did not get MaintainCommand goes to maintenance all the same."""
        return not self.since(4, 11)

    @property
    def asks_for_ha(self) -> bool:
        """Prepare needs ``vm.ha.enabled``, and a Down host may go straight to Maintenance."""
        return self.since(4, 19)

    @property
    def stops_on_last_host(self) -> bool:
        """Preparing the last usable host stops its VMs instead of failing."""
        return not self.since(4, 22)

    @property
    def offers_last_host_in_maintenance(self) -> bool:
        """The planner may choose the last host of a VM although it is in maintenance (issue 12045)."""
        return self.since(4, 22) and not self.since(4, 23)

    @property
    def migration_retries(self) -> str:
        """The setting that says how often a migration off a host is tried."""
        return "vm.ha.migration.max.retries" if self.since(4, 14) else "max.retries"

    # hosts ------------------------------------------------------------------------------------

    @property
    def has_degraded(self) -> bool:
        return self.since(4, 16)

    @property
    def full_status_machine(self) -> bool:
        """Hosts in Alert or Down follow HostDown and ShutdownRequested (``cloudstack.md`` 2.1)."""
        return self.since(4, 11)

    @property
    def deletes_disabled(self) -> bool:
        """The resource state Disabled knows DeleteHost."""
        return self.since(4, 11)

    @property
    def alert_restarts_vms(self) -> bool:
        """A host that falls to Alert has its VMs restarted elsewhere."""
        return not self.since(4, 11)

    @property
    def fresh_heartbeat_is_up(self) -> bool:
        """A fresh heartbeat counts as proof that the host is Up."""
        return not self.since(4, 11)

    @property
    def restarts_on_running_host(self) -> bool:
        """``ha.vm.restart.hostup`` exists."""
        return self.since(4, 5)

    # hypervisors ------------------------------------------------------------------------------

    def guests_allowed(self, hypervisor_version: str) -> int:
        """How many guests a host of this version may run."""
        return self._guests.get(hypervisor_version, _UNKNOWN_GUESTS)

    def moves_storage(self, hypervisor_version: str) -> bool:
        """Whether there is a row of capabilities for this version, and so storage motion."""
        return hypervisor_version in self._guests

    @property
    def capabilities(self) -> list[tuple[str, int]]:
        """The rows of listHypervisorCapabilities: hypervisor version and guests a host."""
        return [("default", _UNKNOWN_GUESTS), *self._guests.items()]

    @property
    def _guests(self) -> dict[str, int]:
        return {version: guests for since, version, guests in _GUESTS if self.since(*since)}

    def keeps_halted_vms(self, hypervisor_version: str) -> bool:
        """Whether a VM that CloudStack stops keeps its record in XAPI (``cloudstack.md`` 1.8)."""
        return self.since(4, 20, 1) and hypervisor_version.startswith("8.")

    def resource_class(self, hypervisor_version: str) -> str:
        """The class that works for a host of this version, part of the tag of its scripts."""
        own = _OWN_CLASSES.get(hypervisor_version[:3]) if self.since(4, 20, 1) else None
        return own or _COMMON_CLASS

    # API --------------------------------------------------------------------------------------

    @property
    def has_autoselect(self) -> bool:
        """Migrations may leave the target to CloudStack."""
        return self.since(4, 16)

    @property
    def queues_by_target(self) -> bool:
        """``concurrent.migrations.per.target.datastore`` counts migrations to a host too."""
        return self.since(4, 15)

    @property
    def says_instance(self) -> bool:
        """Texts say Instance for VM."""
        return self.since(4, 23)

    @property
    def server_id_is_uuid(self) -> bool:
        """``managementserverid`` is a uuid, not a number."""
        return self.since(4, 22)

    @property
    def overcommits_memorytotal(self) -> bool:
        """``listHosts.memorytotal`` is multiplied by the memory overcommit."""
        return self.since(4, 22)

    @property
    def load_field(self) -> str:
        """The name of the CPU load in listHosts."""
        return "cpuloadaverage" if self.since(4, 14) else "averageload"

    @property
    def allocated_as_share(self) -> bool:
        """findHostsForMigration tells ``memoryallocated`` as a percentage in text."""
        return self.since(4, 11) and not self.since(4, 22)

    @property
    def lists_projects_beside(self) -> bool:
        """``projectid=-1`` with listall means project VMs too, not project VMs alone."""
        return self.since(4, 14)

    @property
    def has_roles(self) -> bool:
        """Unknown and forbidden commands are a 401; before dynamic roles they were a 432."""
        return self.since(4, 9)

    @property
    def url_in_add_host_error(self) -> bool:
        return self.since(4, 16)


def profile_for(version: str) -> Profile:
    """The behaviour of a version.

    :raises ValueError: for a version older than all that the reference knows, or no version at all.
    """
    wanted = _key(version)
    if wanted < _key(NAMED[-1]):
        raise ValueError(f"CloudStack {version} is older than {NAMED[-1]}. The lab models nothing older")
    if wanted[0] > 4:
        raise ValueError(f"CloudStack {version} is no version that the lab knows. Write one like 4.22.0.0")
    return Profile(wanted)


def _key(version: str) -> Version:
    numbers = version.split(".")
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
        raise ValueError(f"CloudStack {version} is no version. Write it like 4.22.0.0")
    major, minor, patch = (*map(int, numbers), 0)[:3]
    return major, minor, patch
