# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: stopping, rebooting, pausing, suspending (``xapi.md`` 7)."""

from __future__ import annotations

import typing as t

from ...machines import Machine
from ...timeline import Completion
from .. import operations, storage_rows, vm_rules
from ..errors import XapiError
from ..forward import machine_for
from ..guests import Stop, drop_suspend_image
from ..lifecycle import Guest
from ..model import NULL
from ..registry import Call, message
from ..rows import MIB, machine_of, set_halted
from ..timed import Timed
from ..turns import vm_operation

# stopping ---------------------------------------------------------------------------------


@message("VM", "clean_shutdown")
@vm_operation("clean_shutdown")
def vm_clean_shutdown(call: Call, vm: str) -> Completion:
    return _stop(call, vm, "clean_shutdown", clean=True, then_hard=False)


@message("VM", "hard_shutdown")
@vm_operation("hard_shutdown")
def vm_hard_shutdown(call: Call, vm: str) -> Completion | None:
    if call.db.row("VM", vm)["power_state"] != "Suspended":
        return _stop(call, vm, "hard_shutdown", clean=False, then_hard=True)
    drop_suspend_image(call.db, vm)
    set_halted(call.db, vm)
    operations.refresh_vm(call.db, vm)
    return None


@message("VM", "shutdown")
def vm_shutdown(call: Call, vm: str) -> t.Any:
    """Clean, and hard when the guest does not or cannot listen."""
    if vm_rules.error(call.db, vm, "clean_shutdown") is not None:
        return vm_hard_shutdown(call, vm)
    return _stop(call, vm, "clean_shutdown", clean=True, then_hard=True)


def _stop(call: Call, vm: str, name: str, *, clean: bool, then_hard: bool) -> Completion:
    row, machine = call.db.row("VM", vm), _machine(call, vm)
    stop = Stop(call.toolstack.pool, machine, row["uuid"], f"VM.{name}", clean=clean, then_hard=then_hard)
    return stop.submit(operations.begin(call, "VM", vm, name))


@message("VM", "power_state_reset")
def vm_power_state_reset(call: Call, vm: str) -> None:
    """Trusts the caller like host.declare_dead; refused while the domain is seen to run."""
    db = call.db
    row = db.row("VM", vm)
    if row["is_control_domain"]:
        raise XapiError("OPERATION_NOT_ALLOWED", operations.NOT_ON_CONTROL_DOMAIN)
    if db.exists("host", row["resident_on"]):
        machine = machine_of(call.world, db, row["resident_on"])
        if machine.answers() and row["uuid"] in machine.domains:
            raise XapiError("DOMAIN_EXISTS", vm)
    drop_suspend_image(db, vm)
    set_halted(db, vm)
    operations.refresh_vm(db, vm)


# rebooting, pausing, suspending -----------------------------------------------------------


@message("VM", "clean_reboot")
@vm_operation("clean_reboot")
def vm_clean_reboot(call: Call, vm: str) -> Completion:
    domain = _machine(call, vm).domains.get(call.db.row("VM", vm)["uuid"])
    if domain is not None and domain.ignores_shutdown:
        entry = operations.begin(call, "VM", vm, "clean_reboot")
        return Timed(call.world.timeline, [entry], _no_answer, vm).submit(call.world.durations.vm_shutdown_limit)
    return _reboot(call, vm, "clean_reboot", call.world.durations.vm_clean_reboot)


@message("VM", "hard_reboot")
@vm_operation("hard_reboot")
def vm_hard_reboot(call: Call, vm: str) -> Completion:
    return _reboot(call, vm, "hard_reboot", call.world.durations.vm_hard_reboot)


def _no_answer(vm: str) -> None:
    raise XapiError("VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT", vm)


def _reboot(call: Call, vm: str, name: str, seconds: float) -> Completion:
    guest = _guest(call, vm, name)
    entry = operations.begin(call, "VM", vm, name)
    return Timed(call.world.timeline, [entry], guest.reboot).submit(seconds)


@message("VM", "pause")
@vm_operation("pause")
def vm_pause(call: Call, vm: str) -> Completion:
    return _pause(call, vm, "pause", paused=True)


@message("VM", "unpause")
@vm_operation("unpause")
def vm_unpause(call: Call, vm: str) -> Completion:
    return _pause(call, vm, "unpause", paused=False)


def _pause(call: Call, vm: str, name: str, *, paused: bool) -> Completion:
    guest = _guest(call, vm, name)
    entry = operations.begin(call, "VM", vm, name)
    return Timed(call.world.timeline, [entry], guest.pause, paused).submit(call.world.durations.vm_pause)


@message("VM", "suspend")
@vm_operation("suspend")
def vm_suspend(call: Call, vm: str) -> Completion:
    """Its memory goes to a disk; a protected VM is not protected any more (``xapi.md`` 7.3)."""
    guest = _guest(call, vm, "suspend")
    sr = storage_rows.suspend_sr(call.db, vm)
    storage_rows.assert_room(call.db, sr, call.db.row("VM", vm)["memory_static_max"])
    entry = operations.begin(call, "VM", vm, "suspend")
    seconds = call.world.durations.suspend(call.db.row("VM", vm)["memory_static_max"] // MIB)
    return Timed(call.world.timeline, [entry], guest.suspend, sr).submit(seconds)


def _guest(call: Call, vm: str, name: str) -> Guest:
    return Guest(call.world, call.db, vm, _machine(call, vm), f"VM.{name}")


def _machine(call: Call, vm: str) -> Machine:
    """The machine where it runs, asked through the master.

    :raises XapiError: HOST_OFFLINE, CANNOT_CONTACT_HOST.
    """
    host = call.db.row("VM", vm)["resident_on"]
    if host == NULL:
        raise XapiError("VM_BAD_POWER_STATE", vm, "running", call.db.row("VM", vm)["power_state"].lower())
    return machine_for(call.world, call.db, host)
