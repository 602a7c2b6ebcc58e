# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules return about a pool: plain dictionaries for playbooks.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .estate import HaState, Host, Pool, Vm

View = dict[str, t.Any]


def pool_view(pool: Pool) -> View:
    """The pool as both HA and the toolstack see it."""
    master = pool.master_host
    return {
        "name": pool.name,
        "uuid": pool.uuid,
        "master": {"name": master.name, "uuid": master.uuid, "address": master.address},
        "ha": ha_view(pool.ha),
        "mixed_versions": pool.rolling_upgrade,
        "hosts": [host_view(pool, host) for host in pool.hosts],
        "vms": [vm_view(pool, vm) for vm in pool.vms if not vm.is_control_domain],
    }


def ha_view(ha: HaState) -> View:
    """Pool HA; ``timeout`` is null when XAPI's own default is used."""
    return {
        "enabled": ha.enabled,
        "timeout": ha.timeout_s,
        "configuration": dict(ha.configuration),
        "heartbeat_sr": ha.heartbeat_sr,
        "heartbeat_sr_name": ha.heartbeat_sr_name,
        "host_failures_to_tolerate": ha.host_failures_to_tolerate,
        "plan_exists_for": ha.plan_exists_for,
        "allow_overcommit": ha.allow_overcommit,
        "overcommitted": ha.overcommitted,
        "pinned_timeout": ha.pinned_timeout,
    }


def host_view(pool: Pool, host: Host) -> View:
    """One host."""
    return {
        "name": host.name,
        "uuid": host.uuid,
        "address": host.address,
        "enabled": host.enabled,
        "live": host.live,
        "is_master": host.is_master,
        "version": host.software_version.get("product_version", ""),
        "xapi_version": host.software_version.get("xapi", ""),
        "boot_time": host.boot_time,
        "agent_start_time": host.agent_start_time,
        "reboot_required": host.reboot_required,
        "memory_total_mib": host.memory_total_mib,
        "memory_free_mib": host.memory_free_mib,
        "ha_armed": pool.armed(host),
        "storage_plugged": not host.unplugged_srs,
        "vms": [vm.name for vm in pool.guests_on(host)],
    }


def vm_view(pool: Pool, vm: Vm) -> View:
    """One VM; ``host`` is the name of the host it is on, or null."""
    return {
        "name": vm.name,
        "uuid": vm.uuid,
        "power_state": vm.power_state,
        "host": pool.host(vm.host).name if vm.host else None,
        "memory_mib": vm.memory_mib,
        "ha_restart_priority": vm.ha_restart_priority,
    }
