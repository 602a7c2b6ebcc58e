# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class pool: HA and the master role (``xapi.md`` 2, 3.1)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import ha_plan, operations, pool_ha
from ..coordinator import designate, sync_database
from ..errors import XapiError
from ..placement import pool_master
from ..registry import Call, message

PRIORITIES = ("restart", "best-effort", "")


@message("pool", "enable_ha")
def pool_enable_ha(call: Call, heartbeat_srs: list[str], configuration: dict[str, str]) -> Completion:
    """Checks in the order of ``xapi.md`` 2.2, then the numbered steps."""
    operations.assert_pool(call.db, "ha_enable")
    pool_ha.assert_can_enable(call.db)
    sr = pool_ha.choose_sr(call.db, heartbeat_srs)
    return pool_ha.EnableHa(call, sr, configuration).submit()


@message("pool", "disable_ha")
def pool_disable_ha(call: Call) -> Completion:
    operations.assert_pool(call.db, "ha_disable")
    return pool_ha.DisableHa(call).submit()


@message("pool", "designate_new_master")
def pool_designate_new_master(call: Call, host: str) -> None:
    """Answers at once; the switch comes when the fuses have burnt down."""
    designate(call.toolstack, host)


@message("pool", "sync_database")
def pool_sync_database(call: Call) -> None:
    sync_database(call.toolstack, call.db)


@message("pool", "is_slave")
def pool_is_slave(call: Call, host: str) -> bool:
    call.db.row("host", host)
    return host != pool_master(call.db)


# plan figures -----------------------------------------------------------------------------


@message("pool", "set_ha_host_failures_to_tolerate")
def pool_set_failures(call: Call, pool: str, value: int) -> None:
    """Negative never; with HA on and a plan for something, only what has a plan (observed)."""
    db, row = call.db, call.db.row("pool", pool)
    if value < 0:
        raise XapiError("INVALID_VALUE", "ha_host_failures_to_tolerate", value)
    checked = row["ha_enabled"] and not row["ha_allow_overcommit"] and row["ha_plan_exists_for"] > 0
    if checked and not ha_plan.exists(ha_plan.picture(db), value):
        raise XapiError("HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN")
    db.set("pool", pool, ha_host_failures_to_tolerate=value)
    ha_plan.update_status(db)


@message("pool", "ha_failover_plan_exists")
def pool_ha_failover_plan_exists(call: Call, failures: int) -> bool:
    return ha_plan.exists(ha_plan.picture(call.db), failures)


@message("pool", "ha_compute_max_host_failures_to_tolerate")
def pool_ha_compute_max(call: Call) -> int:
    """Refreshes the overcommit fields on the way."""
    ha_plan.update_status(call.db)
    return ha_plan.maximum(ha_plan.picture(call.db))


@message("pool", "ha_compute_hypothetical_max_host_failures_to_tolerate")
def pool_ha_compute_hypothetical_max(call: Call, configuration: dict[str, str]) -> int:
    """What the maximum would be with exactly these VMs protected."""
    for vm, priority in configuration.items():
        if priority not in PRIORITIES:
            raise XapiError("INVALID_VALUE", "ha_restart_priority", priority)
        call.db.row("VM", vm)
    protect = {vm: configuration.get(vm) == "restart" for vm in call.db.rows("VM")}
    return ha_plan.maximum(ha_plan.picture(call.db, ha_plan.Change(protect=protect)))


@message("pool", "ha_compute_vm_failover_plan")
def pool_ha_compute_vm_failover_plan(call: Call, hosts: list[str], vms: list[str]) -> dict[str, t.Any]:
    return ha_plan.places(call.db, hosts, vms)


@message("pool", "ha_prevent_restarts_for")
def pool_ha_prevent_restarts_for(call: Call, seconds: int) -> None:
    """Pauses the HA monitor of this master; 0 wakes it."""
    call.toolstack.no_restarts_before = call.now + seconds
