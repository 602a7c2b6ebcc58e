# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: where it may run, and starting it there (``xapi.md`` 7)."""

from __future__ import annotations

from ...timeline import Completion
from .. import device_rules, ha_plan, operations, placement, upgrade
from ..errors import XapiError
from ..forward import machine_for
from ..guests import Start
from ..model import NULL
from ..registry import Call, message
from ..turns import vm_operation

VBD_DEVICES = 16
VIF_DEVICES = 7

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


@message("VM", "assert_operation_valid")
def vm_assert_operation_valid(call: Call, vm: str, name: str) -> None:
    operations.assert_vm(call.db, vm, name)


@message("VM", "update_allowed_operations")
def vm_update_allowed_operations(call: Call, vm: str) -> None:
    operations.refresh_vm(call.db, vm)


@message("VM", "get_allowed_VBD_devices")
def vm_get_allowed_vbd_devices(call: Call, vm: str) -> list[str]:
    call.db.row("VM", vm)
    used = {call.db.row("VBD", vbd)["userdevice"] for vbd in call.db.related("VM", vm, "VBDs")}
    return [str(number) for number in range(VBD_DEVICES) if str(number) not in used]


@message("VM", "get_allowed_VIF_devices")
def vm_get_allowed_vif_devices(call: Call, vm: str) -> list[str]:
    call.db.row("VM", vm)
    used = {call.db.row("VIF", vif)["device"] for vif in call.db.related("VM", vm, "VIFs")}
    return [str(number) for number in range(VIF_DEVICES) if str(number) not in used]


# starting ---------------------------------------------------------------------------------


@message("VM", "start")
@vm_operation("start")
def vm_start(call: Call, vm: str, start_paused: bool, _force: bool) -> Completion:
    _assert_disks(call, vm)
    return _start(call, vm, placement.choose_host(call.db, vm), "start", paused=start_paused)


@message("VM", "start_on")
@vm_operation("start_on")
def vm_start_on(call: Call, vm: str, host: str, start_paused: bool, _force: bool) -> Completion:
    _assert_host(call, vm, host)
    _assert_disks(call, vm)
    return _start(call, vm, host, "start_on", paused=start_paused)


@message("VM", "resume")
@vm_operation("resume")
def vm_resume(call: Call, vm: str, start_paused: bool, _force: bool) -> Completion:
    return _start(call, vm, placement.choose_host(call.db, vm), "resume", paused=start_paused)


@message("VM", "resume_on")
@vm_operation("resume_on")
def vm_resume_on(call: Call, vm: str, host: str, start_paused: bool, _force: bool) -> Completion:
    _assert_host(call, vm, host)
    return _start(call, vm, host, "resume_on", paused=start_paused)


def _assert_host(call: Call, vm: str, host: str) -> None:
    """A host that somebody chose; in a mixed pool only one of the highest version (``xapi.md`` 6.6)."""
    if "evacuate" in call.db.row("host", host)["current_operations"].values():
        raise XapiError("HOST_EVACUATE_IN_PROGRESS", host)
    if upgrade.in_progress(call.db) and not upgrade.is_highest(call.db, host):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    placement.assert_can_boot_here(call.db, vm, host)


def _assert_disks(call: Call, vm: str) -> None:
    """Every disk can be attached: nobody else writes to it."""
    for vbd in call.db.related("VM", vm, "VBDs"):
        row = call.db.row("VBD", vbd)
        if row["VDI"] != NULL and not row["empty"] and call.db.exists("VDI", row["VDI"]):
            device_rules.assert_vbd(call.db, vbd, "attach")


def _start(call: Call, vm: str, host: str, name: str, *, paused: bool) -> Completion:
    row = call.db.row("VM", vm)
    protect = {vm: row["ha_restart_priority"] == "restart"}
    ha_plan.assert_preserved(call.db, ha_plan.Change(protect=protect, runs={vm: host}))
    machine_for(call.world, call.db, host)
    entry = operations.begin(call, "VM", vm, name)
    return Start(call.toolstack.pool, call.db, vm, host, entry, paused=paused).submit()
