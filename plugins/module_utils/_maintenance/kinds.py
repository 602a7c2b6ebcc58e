# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of temporary changes that a run notes, and how to speak of them.

``maintenance_undo`` knows how to take back each of them.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

# A pool has one HA: its object is the pool's label, its ``before`` what ``restore`` takes.
POOL_HA = "pool_ha"
# Out of service in either system; the object is the host's address, its ``before`` what ``service_before`` gives.
HOST_IN_SERVICE = "host_in_service"
# The object is the id of the cluster in CloudStack.
CLUSTER_MANAGED = "cluster_managed"
# The object names some VMs for people; ``before`` are their priorities by uuid, as ``restore`` takes them.
VM_PROTECTION = "vm_protection"
# On its way out of the pool for good; the object is the host's address.
HOST_LEAVING = "host_leaving"
# On its way into the pool; the object is the host's address.
HOST_JOINING = "host_joining"
# Whose decision it is who restarts VMs; the object is the pool's label, ``before`` the decision as it was.
VM_CAPTAIN = "vm_captain"
KINDS = (HOST_JOINING, HOST_LEAVING, HOST_IN_SERVICE, CLUSTER_MANAGED, VM_PROTECTION, VM_CAPTAIN, POOL_HA)
# How a change ended: it was taken back, it arrived where it was meant to, or it stays half way for good.
RESTORED = ""
SETTLED = "settled"
STAYS = "stays"

# How a change ends when what it was before is not in service: the words for that, never the kind of an entry.
HOST_DISABLED_BEFORE = "host_disabled_before"
HOST_IN_MAINTENANCE_BEFORE = "host_in_maintenance_before"
HOST_OUT_BEFORE = "host_out_before"
HA_LEFT_ON = "ha_left_on"

# What is said of hosts.
_ENDS_OF_SERVICE = (HOST_DISABLED_BEFORE, HOST_IN_MAINTENANCE_BEFORE, HOST_OUT_BEFORE)
OF_A_HOST = (HOST_JOINING, HOST_LEAVING, HOST_IN_SERVICE, *_ENDS_OF_SERVICE)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said while the change lasts, when it is taken back, when it is not, and of the time between.

    ``settled`` when it arrived where it was meant to, ``stays`` when it stays half way for good.
    """

    changed: str
    restored: str
    still: str
    window: str
    settled: str = "{} is as it was asked for"
    stays: str = "{} stays changed"


_WORDS = {
    POOL_HA: Words(
        "HA of {} is off",
        "HA of {} is on again as it was",
        "HA of {} is still off",
        "without pool HA",
        "HA of {} is on as it was asked for",
        "HA of {} stays off",
    ),
    HOST_IN_SERVICE: Words(
        "{} is out of service",
        "{} is back in service",
        "{} is still out of service",
        "out of service",
        "{} will not be in service here again",
    ),
    HOST_DISABLED_BEFORE: Words(
        "{} is out of service",
        "{} is disabled in the pool, as it was before the run, and else back in service",
        "{} is still out of service",
        "out of service",
    ),
    HOST_IN_MAINTENANCE_BEFORE: Words(
        "{} is out of service",
        "{} is in CloudStack's maintenance, as it was before the run, and else back in service",
        "{} is still out of service",
        "out of service",
    ),
    HOST_OUT_BEFORE: Words(
        "{} is out of service",
        "{} is out of service for both captains, as it was before the run",
        "{} is still out of service",
        "out of service",
    ),
    HA_LEFT_ON: Words(
        "HA of {} is off",
        "HA of {} is on, as it was set meanwhile",
        "HA of {} is still off",
        "without pool HA",
    ),
    CLUSTER_MANAGED: Words(
        "cluster {} is Unmanaged", "cluster {} is Managed again", "cluster {} is still Unmanaged", "without CloudStack"
    ),
    VM_PROTECTION: Words(
        "{} half way to another captain",
        "{} with the HA priority as it was",
        "{} still with another HA priority",
        "between two captains",
        "{} have the captain that was asked for",
    ),
    VM_CAPTAIN: Words(
        "who restarts the VMs of {} is being decided",
        "who restarts the VMs of {} is decided as it was",
        "who restarts the VMs of {} is still decided otherwise",
        "between two decisions",
        "who restarts the VMs of {} is written down",
    ),
    HOST_LEAVING: Words(
        "{} is leaving the pool",
        "{} is either in both the pool and CloudStack or in none",
        "{} has left the pool but may still be in CloudStack",
        "leaving",
        "{} has left the pool and CloudStack",
    ),
    HOST_JOINING: Words(
        "{} is joining the pool",
        "{} is a whole member of the pool or no member, and CloudStack may not know it: add_host finishes that",
        "{} has joined the pool, but is not ready",
        "joining",
        "{} is a host of the pool and of CloudStack",
    ),
}
_UNKNOWN = Words("{} is changed", "{} is as it was", "{} is still changed", "changed")


def words(kind: str) -> Words:
    """The words for a kind; a record may hold kinds of a newer version."""
    return _WORDS.get(kind, _UNKNOWN)


def at_the_end(kind: str, thing: str, outcome: str) -> str:
    """The sentence with which a change ended."""
    told = {SETTLED: words(kind).settled, STAYS: words(kind).stays}
    return told.get(outcome, words(kind).restored).format(thing)


def name_of(thing: str, before: t.Any) -> str:
    """What people call the object of an entry: its name, where that was noted."""
    return str(before.get("name", thing)) if isinstance(before, dict) else thing


@dataclass(frozen=True, slots=True)
class Service:
    """Which halves of a host's service were there before a run; what was not is not for the run to bring."""

    enabled: bool = True
    in_cloudstack: bool = True

    @property
    def kind(self) -> str:
        """The kind whose words tell how the host ends when the run's change is taken back."""
        if self.enabled:
            return HOST_IN_SERVICE if self.in_cloudstack else HOST_IN_MAINTENANCE_BEFORE
        return HOST_DISABLED_BEFORE if self.in_cloudstack else HOST_OUT_BEFORE


def service_before(name: str, enabled: bool | None = None, resource_state: str | None = None) -> dict[str, t.Any]:
    """``before`` of HOST_IN_SERVICE: both halves, as far as whoever notes it first can see them.

    :param enabled: in XAPI.
    :param resource_state: in CloudStack.
    """
    halves = {"enabled": enabled, "resource_state": resource_state}
    return {"name": name, **{half: value for half, value in halves.items() if value is not None}}


def service_of(before: t.Any) -> Service:
    """What ``before`` of HOST_IN_SERVICE says; what it does not say was in service, as in earlier records."""
    noted = before if isinstance(before, dict) else {}
    return Service(noted.get("enabled") is not False, noted.get("resource_state", "Enabled") == "Enabled")
