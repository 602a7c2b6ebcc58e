# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do next with a host that shall go into or out of CloudStack's maintenance (cloudstack.md 2.2 to 2.4, 3.2).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from .cluster import MAINTENANCE_STATES, PREPARING, CsHost, version_key
from .errors import MaintenanceError

# ErrorInMaintenance is left by preparing again, and one retry must do (cloudstack.md 3.2).
MAX_PREPARES = 2


class Step(enum.Enum):
    """The next thing to do."""

    DONE = enum.auto()
    WAIT = enum.auto()
    PREPARE = enum.auto()
    CANCEL = enum.auto()
    ENABLE = enum.auto()


def heals_itself(version: str) -> bool:
    """Before 4.14, ErrorInMaintenance was looked at again every minute and could not be prepared again."""
    return version_key(version) < (4, 14)


def next_step_in(host: CsHost, prepares: int, self_healing: bool) -> Step:
    """On the way into maintenance; only the state Maintenance itself is success.

    :param prepares: how often this run has asked CloudStack already.
    :raises MaintenanceError: CloudStack cannot or will not do it.
    """
    state = host.resource_state
    if state == "Maintenance":
        return Step.DONE
    if state in PREPARING or (state == "ErrorInMaintenance" and self_healing):
        return Step.WAIT
    if state == "ErrorInMaintenance" and prepares >= MAX_PREPARES:
        raise MaintenanceError(
            f"{host.name}: CloudStack could not empty it, asked twice, and has it in state ErrorInMaintenance. "
            "Move or stop the VMs that are left on it, or take it back with state: enabled."
        )
    _require_ready(host)
    return Step.PREPARE


def next_step_out(host: CsHost, wait_for_up: bool) -> Step:
    """On the way back into service.

    :raises MaintenanceError: the host is in a state that needs a decision of its own.
    """
    state = host.resource_state
    if state in MAINTENANCE_STATES:
        return Step.CANCEL
    if state == "Disabled":
        return Step.ENABLE
    if state != "Enabled":
        raise MaintenanceError(
            f"{host.name}: CloudStack has it in state {state}, which is no maintenance. Decide in CloudStack what "
            "became of the host, then run this again."
        )
    return Step.WAIT if wait_for_up and host.state != "Up" else Step.DONE


def waits_behind(host: CsHost, cluster_hosts: list[CsHost]) -> list[str]:
    """The hosts of its cluster that are being prepared; CloudStack takes one at a time (cloudstack.md 2.3)."""
    return sorted(other.name for other in cluster_hosts if other.id != host.id and other.resource_state in PREPARING)


def deletion_obstacle(host: CsHost, vms: Sequence[str], forced: bool) -> str | None:
    """Why the host must not be deleted now, with the remedy; None when it may be (cloudstack.md 2.5).

    :param vms: names of the VMs that CloudStack counts on it.
    :param forced: its pool has it no more, so there is no way into maintenance.
    """
    if vms:
        return (
            f"{host.name}: CloudStack still counts VMs on it ({', '.join(vms)}). "
            "Move them to other hosts; of a dead host, let CloudStack restart or stop them first."
        )
    if host.resource_state in ("Maintenance", "Degraded"):
        return None
    if forced and host.state in ("Down", "Alert", "Disconnected"):
        return None
    return (
        f"{host.name}: CloudStack has it {host.state} and {host.resource_state}, and deletes only what is in "
        "maintenance. Take it into maintenance first (cloudstack_host_maintenance); set forced when it is dead, and "
        "CloudStack has noticed that."
    )


def _require_ready(host: CsHost) -> None:
    """What CloudStack would refuse, sometimes after it has already done half of it (cloudstack.md 2.3)."""
    if host.resource_state in ("Disabled", "Creating", "Error"):
        raise MaintenanceError(
            f"{host.name}: CloudStack has it in state {host.resource_state}, from which none can go into maintenance. "
            "Enable it first, with state: enabled."
        )
    if host.state != "Up" and host.resource_state != "Degraded":
        raise MaintenanceError(
            f"{host.name}: CloudStack sees it as {host.state}, and only a host that is Up can go into maintenance. "
            "Check that it and the pool's master are enabled in XAPI, and wait until it is Up."
        )
