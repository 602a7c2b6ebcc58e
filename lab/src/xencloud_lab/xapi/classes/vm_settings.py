# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: memory, processors, order of starting, protection (``xapi.md`` 2.6, 7.2, 7.3)."""

from __future__ import annotations

import typing as t

from .. import ha_plan, operations, placement
from ..errors import XapiError
from ..registry import Call, message
from .pool import PRIORITIES

MEMORY = ("memory_static_min", "memory_dynamic_min", "memory_dynamic_max", "memory_static_max")

# memory -----------------------------------------------------------------------------------


@message("VM", "compute_memory_overhead")
def vm_compute_memory_overhead(call: Call, vm: str) -> int:
    return placement.overhead_of(call.db.row("VM", vm))


@message("VM", "set_memory_limits")
def vm_set_memory_limits(
    call: Call, vm: str, static_min: int, static_max: int, dynamic_min: int, dynamic_max: int
) -> None:
    values = (static_min, dynamic_min, dynamic_max, static_max)
    _set_memory(call, vm, "changing_memory_limits", **dict(zip(MEMORY, values, strict=True)))


@message("VM", "set_memory")
def vm_set_memory(call: Call, vm: str, value: int) -> None:
    now = call.db.row("VM", vm)["memory_static_min"]
    static_min = min(now, value)
    limits = dict(zip(MEMORY, (static_min, value, value, value), strict=True))
    _set_memory(call, vm, "changing_memory_limits", **limits)


@message("VM", "set_memory_static_range")
def vm_set_memory_static_range(call: Call, vm: str, least: int, most: int) -> None:
    _set_memory(call, vm, "changing_static_range", memory_static_min=least, memory_static_max=most)


@message("VM", "set_memory_static_min")
def vm_set_memory_static_min(call: Call, vm: str, value: int) -> None:
    _set_memory(call, vm, "changing_static_range", memory_static_min=value)


@message("VM", "set_memory_static_max")
def vm_set_memory_static_max(call: Call, vm: str, value: int) -> None:
    _set_memory(call, vm, "changing_static_range", memory_static_max=value)


@message("VM", "set_memory_dynamic_range")
def vm_set_memory_dynamic_range(call: Call, vm: str, least: int, most: int) -> None:
    _set_memory(call, vm, "changing_dynamic_range", memory_dynamic_min=least, memory_dynamic_max=most)


@message("VM", "set_memory_dynamic_min")
def vm_set_memory_dynamic_min(call: Call, vm: str, value: int) -> None:
    _set_memory(call, vm, "changing_dynamic_range", memory_dynamic_min=value)


@message("VM", "set_memory_dynamic_max")
def vm_set_memory_dynamic_max(call: Call, vm: str, value: int) -> None:
    _set_memory(call, vm, "changing_dynamic_range", memory_dynamic_max=value)


def _set_memory(call: Call, vm: str, operation: str, **changes: int) -> None:
    operations.assert_vm(call.db, vm, operation)
    row = {**call.db.row("VM", vm), **changes}
    in_order = [row[name] for name in MEMORY]
    if in_order[0] < 0 or in_order != sorted(in_order):
        limits = "0 <= static_min <= dynamic_min <= dynamic_max <= static_max"
        raise XapiError("MEMORY_CONSTRAINT_VIOLATION", f"Memory limits must satisfy: {limits}")
    call.db.set("VM", vm, **changes, memory_overhead=placement.overhead_of(row))


# processors -------------------------------------------------------------------------------


@message("VM", "set_VCPUs_max")
def vm_set_vcpus_max(call: Call, vm: str, value: int) -> None:
    operations.assert_vm(call.db, vm, "changing_VCPUs")
    if value < max(1, call.db.row("VM", vm)["VCPUs_at_startup"]):
        raise XapiError("INVALID_VALUE", "VCPU values must satisfy: 0 < VCPUs_at_startup <= VCPUs_max", value)
    _set_vcpus(call, vm, VCPUs_max=value)


@message("VM", "set_VCPUs_at_startup")
def vm_set_vcpus_at_startup(call: Call, vm: str, value: int) -> None:
    operations.assert_vm(call.db, vm, "changing_VCPUs")
    if not 0 < value <= call.db.row("VM", vm)["VCPUs_max"]:
        raise XapiError("INVALID_VALUE", "VCPU values must satisfy: 0 < VCPUs_at_startup <= VCPUs_max", value)
    _set_vcpus(call, vm, VCPUs_at_startup=value)


def _set_vcpus(call: Call, vm: str, **changes: int) -> None:
    row = {**call.db.row("VM", vm), **changes}
    call.db.set("VM", vm, **changes, memory_overhead=placement.overhead_of(row))


@message("VM", "set_VCPUs_number_live")
def vm_set_vcpus_number_live(call: Call, vm: str, value: int) -> None:
    operations.assert_vm(call.db, vm, "changing_VCPUs_live")
    row = call.db.row("VM", vm)
    if not 0 < value <= row["VCPUs_max"]:
        raise XapiError("INVALID_VALUE", "VCPUs_number_live", value)
    call.db.set("VM_metrics", row["metrics"], VCPUs_number=value)


@message("VM", "add_to_VCPUs_params_live")
def vm_add_to_vcpus_params_live(call: Call, vm: str, key: str, value: str) -> None:
    operations.assert_vm(call.db, vm, "changing_VCPUs_live")
    call.db.set("VM", vm, VCPUs_params={**call.db.row("VM", vm)["VCPUs_params"], key: value})


# order ------------------------------------------------------------------------------------


def _not_negative(call: Call, vm: str, field: str, value: int) -> None:
    call.db.row("VM", vm)
    if value < 0:
        raise XapiError("INVALID_VALUE", f"{field} must be non-negative", value)
    call.db.set("VM", vm, **{field: value})


@message("VM", "set_order")
def vm_set_order(call: Call, vm: str, value: int) -> None:
    _not_negative(call, vm, "order", value)


@message("VM", "set_start_delay")
def vm_set_start_delay(call: Call, vm: str, value: int) -> None:
    _not_negative(call, vm, "start_delay", value)


@message("VM", "set_shutdown_delay")
def vm_set_shutdown_delay(call: Call, vm: str, value: int) -> None:
    _not_negative(call, vm, "shutdown_delay", value)


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


# settings that are more than a field ------------------------------------------------------


@message("VM", "set_domain_type")
def vm_set_domain_type(call: Call, vm: str, value: str) -> None:
    operations.assert_vm(call.db, vm, "changing_VCPUs")
    call.db.set("VM", vm, domain_type=value)


@message("VM", "set_HVM_boot_policy")
def vm_set_hvm_boot_policy(call: Call, vm: str, value: str) -> None:
    """The old way to say which kind of guest it is."""
    call.db.set("VM", vm, HVM_boot_policy=value, domain_type="hvm" if value else "pv")


def _field(call: Call, vm: str, **values: t.Any) -> None:
    call.db.row("VM", vm)
    call.db.set("VM", vm, **values)


@message("VM", "set_suspend_VDI")
def vm_set_suspend_vdi(call: Call, vm: str, vdi: str) -> None:
    call.db.row("VDI", vdi)
    _field(call, vm, suspend_VDI=vdi)


@message("VM", "set_has_vendor_device")
def vm_set_has_vendor_device(call: Call, vm: str, value: bool) -> None:
    operations.assert_vm(call.db, vm, "changing_VCPUs")
    _field(call, vm, has_vendor_device=value)


@message("VM", "set_bios_strings")
def vm_set_bios_strings(call: Call, vm: str, value: dict[str, str]) -> None:
    if call.db.row("VM", vm)["bios_strings"]:
        raise XapiError("VM_BIOS_STRINGS_ALREADY_SET")
    _field(call, vm, bios_strings=value)


@message("VM", "copy_bios_strings")
def vm_copy_bios_strings(call: Call, vm: str, host: str) -> None:
    vm_set_bios_strings(call, vm, dict(call.db.row("host", host)["bios_strings"]))
