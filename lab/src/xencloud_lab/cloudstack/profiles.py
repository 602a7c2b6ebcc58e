# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CloudStack versions differ in (``cloudstack.md`` 7): a table, so that a version is an entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One version's behaviour.

    :ivar prepare_prefix: what errors of prepareHostForMaintenance begin with.
    :ivar has_eipfm: ErrorInPrepareForMaintenance exists; without it the first failure is ErrorInMaintenance.
    :ivar guards_transition: prepare refuses VMs in transition, and a repeated call with a clear text.
    :ivar stops_on_last_host: preparing the last usable host stops its VMs instead of failing.
    :ivar alert_restarts_vms: a host that falls to Alert has its VMs restarted elsewhere.
    :ivar fresh_heartbeat_is_up: a fresh heartbeat counts as proof that the host is Up.
    :ivar has_autoselect: migrations may leave the target to CloudStack.
    :ivar server_id_is_uuid: ``managementserverid`` is a uuid, not a number.
    :ivar load_field: the name of the CPU load in listHosts.
    :ivar max_guests: guests a host, by hypervisor version (``cloudstack.md`` 6).
    """

    name: str
    prepare_prefix: str = "Failed to prepare host for maintenance due to: "
    has_eipfm: bool = True
    guards_transition: bool = True
    stops_on_last_host: bool = False
    alert_restarts_vms: bool = False
    fresh_heartbeat_is_up: bool = False
    has_autoselect: bool = True
    server_id_is_uuid: bool = True
    load_field: str = "cpuloadaverage"
    unknown_max_guests: int = 50
    max_guests: tuple[tuple[str, int], ...] = ()

    def guests_allowed(self, hypervisor_version: str) -> int:
        """How many guests a host of this version may run."""
        return dict(self.max_guests).get(hypervisor_version, self.unknown_max_guests)

    def moves_system_vms(self, hypervisor_version: str) -> bool:
        """Whether migrateSystemVm takes an explicit host: with autoselect came the need for storage motion (2.13)."""
        return not self.has_autoselect or hypervisor_version in dict(self.max_guests)


_OLD_ROWS = (("6.5.0", 500), ("7.0.0", 500), ("7.1.0", 500), ("7.2.0", 500), ("7.5.0", 500))
_ROWS_413 = (*_OLD_ROWS, ("7.6.0", 1000), ("8.0.0", 1000))
_ROWS_422 = (*_ROWS_413, ("8.1.0", 1000), ("8.2.0", 1000), ("8.2.1", 1000), ("8.3.0", 1000), ("8.4.0", 1000))

PROFILES: tuple[Profile, ...] = (
    Profile("4.22", max_guests=_ROWS_422),
    Profile(
        "4.14",
        stops_on_last_host=True,
        has_autoselect=False,
        server_id_is_uuid=False,
        max_guests=_ROWS_413,
    ),
    Profile(
        "4.11",
        prepare_prefix="",
        has_eipfm=False,
        guards_transition=False,
        stops_on_last_host=True,
        has_autoselect=False,
        server_id_is_uuid=False,
        load_field="averageload",
        max_guests=_OLD_ROWS,
    ),
    Profile(
        "4.4",
        prepare_prefix="",
        has_eipfm=False,
        guards_transition=False,
        stops_on_last_host=True,
        alert_restarts_vms=True,
        fresh_heartbeat_is_up=True,
        has_autoselect=False,
        server_id_is_uuid=False,
        load_field="averageload",
    ),
)


def profile_for(version: str) -> Profile:
    """The newest profile that is not newer than this version.

    :raises ValueError: for a version older than all of them, or no version at all.
    """
    wanted = _key(version)
    for profile in PROFILES:
        if _key(profile.name) <= wanted:
            return profile
    raise ValueError(f"CloudStack {version} is older than {PROFILES[-1].name}. The lab models nothing older")


def _key(version: str) -> tuple[int, int]:
    numbers = version.split(".")
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers[:2]):
        raise ValueError(f"CloudStack {version} is no version. Write it like 4.22.0.0")
    return int(numbers[0]), int(numbers[1])
