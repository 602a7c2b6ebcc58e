# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long things take, in one place: seconds of world time.

An estate file can override each of them. Defaults are the reference's (``xapi.md`` 3.1, 3.3, 5.1,
5.5, 10), or what a small real server does where the reference only gives a range.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Durations:
    """Seconds of world time; rates say so in their name."""

    # machines and toolstacks
    boot: float = 240.0
    os_shutdown: float = 30.0
    reboot_delay: float = 10.0
    toolstack_start: float = 20.0
    toolstack_restart_delay: float = 1.0
    fuse: float = 10.0
    fuse_extra_new_master: float = 3.0
    storage_start: float = 8.0
    reconnect: float = 6.0
    emergency_retry: float = 60.0
    emergency_retry_spread: float = 120.0

    # sessions and tasks
    failed_login: float = 2.0
    idle_session: float = 86400.0
    completed_task: float = 3900.0

    # liveness and the database
    heartbeat: float = 30.0
    assumed_dead: float = 600.0
    db_flush: float = 300.0
    master_retry: float = 5.0
    other_master_check: float = 1.0
    hello: float = 1.0
    flush_at_exit: float = 0.5

    # membership
    join: float = 1.5
    join_unreachable: float = 3.0
    join_unknown_name: float = 6.0
    join_live: float = 6.5
    eject: float = 5.0
    eject_wait: float = 5.0
    database_gc: float = 30.0

    # pool HA
    ha_default_timeout: float = 60.0
    ha_monitor: float = 20.0
    ha_monitor_startup: float = 1800.0
    ha_preconfigure_host: float = 2.0
    ha_join_liveset: float = 20.0
    ha_disable: float = 15.0
    ha_disable_retry: float = 30.0
    ha_restart_retry: float = 120.0
    ha_start_retry: float = 10.0
    ha_rollback_retry: float = 130.0
    ha_health_timeout: float = 120.0
    ha_xapi_restart_timeout: float = 300.0
    ha_restart_budget_day: float = 86400.0

    # guests
    vm_start: float = 3.0
    vm_hard_shutdown: float = 1.0
    vm_clean_shutdown: float = 15.0
    vm_clean_reboot: float = 25.0
    vm_hard_reboot: float = 4.0
    vm_pause: float = 0.2
    vm_suspend_rate_mib_per_s: float = 500.0
    disk_clone: float = 1.0
    disk_copy_rate_mib_per_s: float = 200.0
    storage_call: float = 0.5
    storage_scan: float = 2.0
    vm_shutdown_limit: float = 60.0
    migration_setup: float = 2.0
    migration_rate_mib_per_s: float = 1000.0
    migration_dirty_factor: float = 1.3

    # updates
    update_check: float = 5.0
    update_install: float = 180.0
    plugin_lock: float = 10.0
    update_sync: float = 60.0
    livepatch: float = 10.0

    def migration(self, memory_mib: float) -> float:
        """A live migration of this much memory over the migration network (``xapi.md`` 10)."""
        return self.migration_setup + memory_mib * self.migration_dirty_factor / self.migration_rate_mib_per_s

    def suspend(self, memory_mib: float) -> float:
        """The memory of a guest on its way to a disk, or back."""
        return 1.0 + memory_mib / self.vm_suspend_rate_mib_per_s

    def disk_copy(self, size_mib: float) -> float:
        """A full copy of a disk."""
        return self.disk_clone + size_mib / self.disk_copy_rate_mib_per_s
