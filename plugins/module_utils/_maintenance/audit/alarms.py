# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pool has told people in the last day, and nobody may have read.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from ..estate import Host
from ..facts import Message
from ..matching import Estate
from .model import Check, Finding, Scope

# dom0's monitor tells it again every hour as long as it lasts (xapi's alarms: alarm_auto_inhibit_period).
_LASTS_S = 7200
_ALARM = re.compile(r"value:\s*([\d.]+)\s*config:.*?name\s+value=[\"'](log_fs_usage|fs_usage)[\"']", re.DOTALL)
_FILE_SYSTEMS = {"fs_usage": "root file system", "log_fs_usage": "file system of the logs"}
# Half of a time-out or more has passed without a sign of life, or one of the two ways is gone (xapi.md 11, end).
_CLOSE_CALLS = {
    "HA_HEARTBEAT_APPROACHING_TIMEOUT": "its network heartbeat was late",
    "HA_STATEFILE_APPROACHING_TIMEOUT": "its heartbeat on the storage was late",
    "HA_XAPI_HEALTHCHECK_APPROACHING_TIMEOUT": "its toolstack was late to answer",
    "HA_STATEFILE_LOST": "it lost the heartbeat storage",
    "HA_NETWORK_BONDING_ERROR": "the bond of its heartbeat had an error",
}
_FAILED = frozenset({"HA_HOST_FAILED", "HA_HOST_WAS_FENCED"})


def disks(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A full log partition has kept HA from being enabled (peers.md I05)."""
    homes = {vm.uuid: vm.host for vm in estate.pool.vms if vm.is_control_domain}
    latest: dict[tuple[str, str], float] = {}
    for message in estate.facts.messages:
        alarm = _ALARM.search(message.body) if message.name == "ALARM" else None
        host = homes.get(message.uuid)
        if alarm and host and message.at > estate.facts.now - _LASTS_S:
            latest[host, alarm[2]] = float(alarm[1])
    for (ref, variable), part in latest.items():
        yield Finding(
            "dom0_disk_full",
            "warning",
            estate.pool.host(ref).name,
            f"the {_FILE_SYSTEMS[variable]} of its control domain is {part:.0%} full, as its own monitor told",
            "Free space there: logs, old updates, crash dumps. A full one stops HA, updates and the toolstack.",
        )


def close_calls(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What went well this time foretells the storage gap that resets every host at once (S2)."""
    for host, told in _by_host(estate):
        times = Counter(_CLOSE_CALLS[message.name] for message in told if message.name in _CLOSE_CALLS)
        if times:
            what = ", ".join(f"{text} ({_times(number)})" for text, number in times.items())
            yield Finding(
                "ha_close_call",
                "warning",
                host.name,
                f"pool HA came close to resetting it in the last day: {what}",
                "Look at its network and its way to the storage at that time; a longer ha_timeout bears longer gaps.",
            )


def failures(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Who comes back before anybody looks goes unnoticed, and two that reset each other do so for ever (S3)."""
    for host, told in _by_host(estate):
        number = sum(message.name in _FAILED for message in told)
        if number:
            yield Finding(
                "ha_host_failed",
                "warning",
                host.name,
                f"pool HA counted it as failed {_times(number)} in the last day",
                "Find out why: power, network, storage, or what /var/log/xha.log of the host says.",
            )


def _by_host(estate: Estate) -> t.Iterator[tuple[Host, list[Message]]]:
    for host in estate.pool.hosts:
        yield host, [message for message in estate.facts.messages if message.uuid == host.uuid]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


STANDING: tuple[Check, ...] = (disks, close_calls, failures)
