# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: where it may run, starting, stopping, moving, protection (``xapi.md`` 7)."""

from __future__ import annotations

from ...timeline import Completion
from .. import ha_plan, operations, placement, upgrade
from ..errors import NotModelled, XapiError
from ..forward import machine_for
from ..guests import Start, Stop
from ..migration import Migration
from ..model import NULL
from ..registry import Call, message
from ..rows import machine_of, set_halted
from .pool import PRIORITIES

# where it may run -------------------------------------------------------------------------


@message("VM", "assert_can_boot_here")
def vm_assert_can_boot_here(call: Call, vm: str, host: str) -> None:
    placement.assert_can_boot_here(call.db, vm, host)
    if upgrade.in_progress(call.db) and not upgrade.like_master(call.db, host):
        raise XapiError("VM_HOST_INCOMPATIBLE_VERSION", host, vm)


@message("VM", "get_possible_hosts")
def vm_get_possible_hosts(call: Call, vm: str) -> list[str]:
    call.db.row("VM", vm)
    return placement.possible_hosts(call.db, vm)


@message("VM", "assert_agile")
def vm_assert_agile(call: Call, vm: str) -> None:
    call.db.row("VM", vm)
    placement.assert_agile(call.db, vm)


@message("VM", "compute_memory_overhead")
def vm_compute_memory_overhead(call: Call, vm: str) -> int:
    return placement.overhead_of(call.db.row("VM", vm))


# starting ---------------------------------------------------------------------------------


@message("VM", "start")
def vm_start(call: Call, vm: str, start_paused: bool, _force: bool) -> Completion:
    operations.assert_vm(call.db, vm, "start")
    return _start(call, vm, placement.choose_host(call.db, vm), "start", paused=start_paused)


@message("VM", "start_on")
def vm_start_on(call: Call, vm: str, host: str, start_paused: bool, _force: bool) -> Completion:
    """In a mixed pool only onto a host of the highest version (``xapi.md`` 6.6)."""
    operations.assert_vm(call.db, vm, "start_on")
    call.db.row("host", host)
    if "evacuate" in call.db.row("host", host)["current_operations"].values():
        raise XapiError("HOST_EVACUATE_IN_PROGRESS", host)
    if upgrade.in_progress(call.db) and not upgrade.is_highest(call.db, host):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    placement.assert_can_boot_here(call.db, vm, host)
    return _start(call, vm, host, "start_on", paused=start_paused)


def _start(call: Call, vm: str, host: str, name: str, *, paused: bool) -> Completion:
    if paused:
        raise NotModelled(f"VM.{name} of a paused VM")
    row = call.db.row("VM", vm)
    protect = {vm: row["ha_restart_priority"] == "restart"}
    ha_plan.assert_preserved(call.db, ha_plan.Change(protect=protect, runs={vm: host}))
    machine_for(call.world, call.db, host)
    return Start(call.toolstack.pool, call.db, vm, host, operations.begin(call, "VM", vm, name)).submit()


# stopping ---------------------------------------------------------------------------------


@message("VM", "clean_shutdown")
def vm_clean_shutdown(call: Call, vm: str) -> Completion:
    return _stop(call, vm, "clean_shutdown", clean=True, then_hard=False)


@message("VM", "hard_shutdown")
def vm_hard_shutdown(call: Call, vm: str) -> Completion:
    return _stop(call, vm, "hard_shutdown", clean=False, then_hard=True)


@message("VM", "shutdown")
def vm_shutdown(call: Call, vm: str) -> Completion:
    """Clean, and hard when the guest does not listen."""
    return _stop(call, vm, "clean_shutdown", clean=True, then_hard=True)


def _stop(call: Call, vm: str, name: str, *, clean: bool, then_hard: bool) -> Completion:
    operations.assert_vm(call.db, vm, name)
    row = call.db.row("VM", vm)
    machine = machine_for(call.world, call.db, row["resident_on"])
    stop = Stop(call.toolstack.pool, machine, row["uuid"], f"VM.{name}", clean=clean, then_hard=then_hard)
    return stop.submit(operations.begin(call, "VM", vm, name))


@message("VM", "power_state_reset")
def vm_power_state_reset(call: Call, vm: str) -> None:
    """Trusts the caller like host.declare_dead; refused while the domain is seen to run."""
    db = call.db
    row = db.row("VM", vm)
    if row["is_control_domain"]:
        raise XapiError("OPERATION_NOT_ALLOWED", operations.NOT_ON_CONTROL_DOMAIN)
    if row["resident_on"] != NULL:
        machine = machine_of(call.world, db, row["resident_on"])
        if machine.answers() and row["uuid"] in machine.domains:
            raise XapiError("DOMAIN_EXISTS", vm)
    set_halted(db, vm)
    operations.refresh_vm(db, vm)


# moving -----------------------------------------------------------------------------------


@message("VM", "pool_migrate")
def vm_pool_migrate(call: Call, vm: str, host: str, _options: dict[str, str]) -> Completion | None:
    """Refusals in the order of ``xapi.md`` 7.1; then memory moves for a while."""
    db = call.db
    operations.assert_vm(db, vm, "pool_migrate")
    source = db.row("VM", vm)["resident_on"]
    db.row("host", host)
    if not upgrade.not_lower(db, source, host):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    if source == host:
        return None
    operations.assert_host(db, host, "vm_migrate")
    placement.assert_can_boot_here(db, vm, host)
    ha_plan.assert_preserved(db, ha_plan.Change(runs={vm: host}))
    return _migrate(call, vm, source, host)


def _migrate(call: Call, vm: str, source: str, target: str) -> Completion:
    machines = (machine_for(call.world, call.db, source), machine_for(call.world, call.db, target))
    entry = operations.begin(call, "VM", vm, "pool_migrate")
    migration = Migration(call.toolstack.pool, vm, *machines, entry)
    if call.task is not None:
        call.on_cancel(migration.cancel, call.task)
    return migration.submit()


# protection -------------------------------------------------------------------------------


@message("VM", "set_ha_restart_priority")
def vm_set_ha_restart_priority(call: Call, vm: str, priority: str) -> None:
    """ "restart" on a running VM makes it always run; anything else ends that."""
    db = call.db
    row = db.row("VM", vm)
    if priority not in PRIORITIES:
        raise XapiError("INVALID_VALUE", "ha_restart_priority", priority)
    runs = row["power_state"] == "Running"
    if priority == "restart" and runs:
        ha_plan.assert_preserved(db, ha_plan.Change(protect={vm: True}))
    db.set("VM", vm, ha_restart_priority=priority, ha_always_run=priority == "restart" and runs)
    ha_plan.update_status(db)


@message("VM", "set_ha_always_run")
def vm_set_ha_always_run(call: Call, vm: str, value: bool) -> None:
    call.db.set("VM", vm, ha_always_run=value)
