# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VBD: drives, and the disks in them (``xapi.md`` 9, 12.3)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import constructors, device_rules, guest_rows, operations
from ..errors import XapiError
from ..forward import machine_for
from ..model import NULL
from ..placement import is_properly_shared, plugged_srs
from ..registry import Call, message
from ..rows import is_protected, pool_row
from ..timed import Timed
from .vm import VBD_DEVICES, vm_get_allowed_vbd_devices


@message("VBD", "create")
def vbd_create(call: Call, record: dict[str, t.Any]) -> str:
    values = constructors.values("VBD", call.release, record)
    vm = values["VM"]
    call.db.row("VM", vm)
    _assert_shape(call, values)
    values["userdevice"] = _userdevice(call, vm, values["userdevice"])
    _assert_agile(call, vm, values)
    vbd = call.db.create("VBD", **{**values, "currently_attached": False})
    operations.refresh_vm(call.db, vm)
    return vbd


def _assert_shape(call: Call, values: dict[str, t.Any]) -> None:
    """An empty drive has no disk, another one has; a CD is not written to."""
    if values["type"] == "CD" and values["mode"] != "RO":
        raise XapiError("VBD_CDS_MUST_BE_READONLY")
    if values["empty"]:
        values["VDI"] = NULL
    else:
        disk = call.db.row("VDI", values["VDI"])
        if not disk["managed"]:
            raise XapiError("VDI_NOT_MANAGED", values["VDI"])


def _userdevice(call: Call, vm: str, wish: str) -> str:
    free: list[str] = vm_get_allowed_vbd_devices(call, vm)
    if wish == "autodetect":
        if not free:
            raise XapiError("DEVICE_ALREADY_EXISTS", wish)
        return free[0]
    if wish.isdigit() and int(wish) >= VBD_DEVICES:
        raise XapiError("INVALID_DEVICE", wish)
    used = [call.db.row("VBD", vbd)["userdevice"] for vbd in call.db.related("VM", vm, "VBDs")]
    if wish in used:
        raise XapiError("DEVICE_ALREADY_EXISTS", wish)
    return wish


def _assert_agile(call: Call, vm: str, values: dict[str, t.Any]) -> None:
    """A disk that not every host reaches would tie a protected VM to some (``xapi.md`` 2.10)."""
    if values["empty"] or not pool_row(call.db)["ha_enabled"] or not is_protected(call.db.row("VM", vm)):
        return
    sr = call.db.row("VDI", values["VDI"])["SR"]
    if not is_properly_shared(call.db, sr):
        raise XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr)


@message("VBD", "destroy")
def vbd_destroy(call: Call, vbd: str) -> None:
    row = call.db.row("VBD", vbd)
    if row["currently_attached"]:
        vm = call.db.row("VM", row["VM"])["uuid"]
        raise XapiError("OPERATION_NOT_ALLOWED", f"VBD '{row['uuid']}' still attached to '{vm}'")
    call.db.destroy("VBD", vbd)
    if call.db.exists("VDI", row["VDI"]):
        device_rules.refresh_vdi(call.db, row["VDI"])


# plugging ---------------------------------------------------------------------------------


@message("VBD", "plug")
def vbd_plug(call: Call, vbd: str) -> Completion:
    device_rules.assert_vbd(call.db, vbd, "plug")
    row = call.db.row("VBD", vbd)
    host = call.db.row("VM", row["VM"])["resident_on"]
    machine_for(call.world, call.db, host)
    if not row["empty"]:
        sr = call.db.row("VDI", row["VDI"])["SR"]
        if sr not in plugged_srs(call.db, host):
            raise XapiError("SR_NOT_ATTACHED", sr)
    return _later(call, vbd, attached=True)


@message("VBD", "unplug")
def vbd_unplug(call: Call, vbd: str) -> Completion:
    device_rules.assert_vbd(call.db, vbd, "unplug")
    machine_for(call.world, call.db, call.db.row("VM", call.db.row("VBD", vbd)["VM"])["resident_on"])
    return _later(call, vbd, attached=False)


@message("VBD", "unplug_force")
def vbd_unplug_force(call: Call, vbd: str) -> t.Any:
    return vbd_unplug(call, vbd)


def _later(call: Call, vbd: str, *, attached: bool) -> Completion:
    work = Timed(call.world.timeline, (), _set_attached, call, vbd, attached)
    return work.submit(call.world.durations.storage_call)


def _set_attached(call: Call, vbd: str, attached: bool) -> None:
    row = call.db.row("VBD", vbd)
    call.db.set("VBD", vbd, currently_attached=attached, device=guest_rows.device_of(row["userdevice"]))
    operations.refresh_vm(call.db, row["VM"])


@message("VBD", "assert_attachable")
def vbd_assert_attachable(call: Call, vbd: str) -> None:
    device_rules.assert_vbd(call.db, vbd, "attach")


@message("VBD", "set_mode")
def vbd_set_mode(call: Call, vbd: str, mode: str) -> None:
    row = call.db.row("VBD", vbd)
    if row["currently_attached"]:
        raise XapiError("DEVICE_ALREADY_ATTACHED", vbd)
    if row["type"] == "CD" and mode == "RW":
        raise XapiError("VBD_CDS_MUST_BE_READONLY")
    call.db.set("VBD", vbd, mode=mode)


# discs ------------------------------------------------------------------------------------


@message("VBD", "insert")
def vbd_insert(call: Call, vbd: str, vdi: str) -> None:
    """Put a disc into an empty drive."""
    device_rules.assert_vbd(call.db, vbd, "insert")
    disk = call.db.row("VDI", vdi)
    row = call.db.row("VBD", vbd)
    vm = call.db.row("VM", row["VM"])
    if not disk["read_only"] and call.db.row("SR", disk["SR"])["content_type"] != "iso":
        raise XapiError("VDI_INCOMPATIBLE_TYPE", vdi, disk["type"])
    runs = vm["power_state"] == "Running"
    if runs and disk["SR"] not in plugged_srs(call.db, vm["resident_on"]):
        raise XapiError("SR_NOT_ATTACHED", disk["SR"])
    call.db.set("VBD", vbd, empty=False, VDI=vdi, currently_attached=runs)
    operations.refresh_vm(call.db, row["VM"])


@message("VBD", "eject")
def vbd_eject(call: Call, vbd: str) -> None:
    """Take the disc out of a drive."""
    device_rules.assert_vbd(call.db, vbd, "eject")
    row = dict(call.db.row("VBD", vbd))
    call.db.set("VBD", vbd, empty=True, VDI=NULL, currently_attached=False)
    operations.refresh_vm(call.db, row["VM"])
    if call.db.exists("VDI", row["VDI"]):
        device_rules.refresh_vdi(call.db, row["VDI"])
