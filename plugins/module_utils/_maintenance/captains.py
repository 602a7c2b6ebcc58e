# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CloudStack goes on doing by itself when pool HA protects its VMs (cloudstack.md 1.5, 1.9, 5.1 to 5.4).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CloudHabits:
    """CloudStack's settings that decide what it does after a failure; None when this version has no such setting."""

    vm_ha: str | None = None
    restarts_on_running_host: str | None = None
    heartbeat_timeout: str | None = None

    @property
    def restarts_vms(self) -> bool:
        """Its HA workers run: versions without the setting know no other way."""
        return self.vm_ha != "false"


def still_done_by_cloudstack(habits: CloudHabits, restarts_after_shutdown_inside: bool) -> list[str]:
    """Everything that has two captains, or another one than the pool, in the native mode."""
    limit_s = habits.heartbeat_timeout or "120"
    return [
        *_restarts(habits),
        "Routers, console proxies and secondary storage VMs are restarted by CloudStack alone.",
        "A VM that CloudStack deploys, or starts after a stop, has no priority: run this again after either.",
        f"CloudStack's heartbeat in dom0 restarts a host that cannot write to primary storage for {limit_s} seconds, "
        "whatever pool HA says.",
        *_shutdown_inside(restarts_after_shutdown_inside),
    ]


def _restarts(habits: CloudHabits) -> list[str]:
    if not habits.restarts_vms:
        return [
            "vm.ha.enabled is false, so CloudStack restarts no VM, routers and system VMs included, and refuses its "
            "own host maintenance."
        ]
    danger = (
        "Two captains: CloudStack also restarts these VMs when it takes their host for Down, 150 to 210 seconds after "
        "its last sign of life. Its fencing resets a VM by name, also one that pool HA has started elsewhere by then, "
        "which runs it twice and destroys its disk."
    )
    if habits.restarts_on_running_host == "false":
        return [danger]
    return [danger, "A VM that CloudStack finds powered off while its host is Up is started by CloudStack as well."]


def _shutdown_inside(restarted: bool) -> list[str]:
    if not restarted:
        return []
    return [
        "A guest that is shut down from inside is started again by the pool. Stop VMs through CloudStack or XAPI, or "
        "set the pool's ha_reboot_vm_on_internal_shutdown to false where it has that."
    ]
