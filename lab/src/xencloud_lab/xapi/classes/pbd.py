# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class PBD: one host's connection to one SR (``xapi.md`` 9)."""

from __future__ import annotations

import typing as t

from .. import constructors
from ..errors import XapiError
from ..forward import machine_for
from ..registry import Call, message
from ..rows import is_protected, pool_row


@message("PBD", "create")
def pbd_create(call: Call, record: dict[str, t.Any]) -> str:
    """A connection that is not plugged yet; an SR that is not shared has one only."""
    values = constructors.values("PBD", call.release, record)
    db, sr, host = call.db, values["SR"], values["host"]
    shared = db.row("SR", sr)["shared"]
    db.row("host", host)
    for pbd in db.related("SR", sr, "PBDs"):
        if db.row("PBD", pbd)["host"] == host:
            raise XapiError("PBD_EXISTS", sr, host, pbd)
        if not shared:
            raise XapiError("SR_NOT_SHARABLE", sr, host)
    return db.create("PBD", **values)


@message("PBD", "destroy")
def pbd_destroy(call: Call, pbd: str) -> None:
    if call.db.row("PBD", pbd)["currently_attached"]:
        raise XapiError("OPERATION_NOT_ALLOWED", "PBD is currently attached")
    call.db.destroy("PBD", pbd)


@message("PBD", "plug")
def pbd_plug(call: Call, pbd: str) -> None:
    """Attach; nothing to do when it is."""
    row = call.db.row("PBD", pbd)
    machine = machine_for(call.world, call.db, row["host"])
    if row["currently_attached"]:
        return
    kind = call.db.row("SR", row["SR"])["type"]
    if not call.db.find("SM", type=kind):
        raise XapiError("SR_UNKNOWN_DRIVER", kind)
    array = call.world.storage.get(call.db.row("SR", row["SR"])["uuid"])
    if array is not None and not array.reaches(machine.name):
        raise XapiError("SR_BACKEND_FAILURE_12", "", "mount failed with return code 32", "")
    call.db.set("PBD", pbd, currently_attached=True)


@message("PBD", "unplug")
def pbd_unplug(call: Call, pbd: str) -> None:
    """Detach, unless HA or a disk needs it."""
    row = call.db.row("PBD", pbd)
    machine_for(call.world, call.db, row["host"])
    if not row["currently_attached"]:
        return
    _assert_ha_can_spare(call, row["SR"])
    for vdi in call.db.related("SR", row["SR"], "VDIs"):
        if _in_use(call, vdi, row["host"]):
            raise XapiError("VDI_IN_USE", vdi)
    call.db.set("PBD", pbd, currently_attached=False)


def _assert_ha_can_spare(call: Call, sr: str) -> None:
    db, pool = call.db, pool_row(call.db)
    if not pool["ha_enabled"]:
        return
    if any(db.exists("VDI", vdi) and db.row("VDI", vdi)["SR"] == sr for vdi in pool["ha_statefiles"]):
        raise XapiError("HA_IS_ENABLED")
    for vdi in db.related("SR", sr, "VDIs"):
        for vbd in db.related("VDI", vdi, "VBDs"):
            vm = db.row("VBD", vbd)["VM"]
            if db.exists("VM", vm) and is_protected(db.row("VM", vm)):
                raise XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr)


def _in_use(call: Call, vdi: str, host: str) -> bool:
    """Whether a disk is attached on this host, to a guest that runs or stands still."""
    for vbd in call.db.related("VDI", vdi, "VBDs"):
        row = call.db.row("VBD", vbd)
        vm = call.db.row("VM", row["VM"]) if call.db.exists("VM", row["VM"]) else None
        if vm is not None and row["currently_attached"] and vm["resident_on"] == host:
            return True
    return False


@message("PBD", "set_device_config")
def pbd_set_device_config(call: Call, pbd: str, value: dict[str, str]) -> None:
    if call.db.row("PBD", pbd)["currently_attached"]:
        raise XapiError("OPERATION_NOT_ALLOWED", "PBD is currently attached")
    call.db.set("PBD", pbd, device_config=value)
