# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class PBD: one host's connection to one SR (``xapi.md`` 9)."""

from __future__ import annotations

from ..errors import XapiError
from ..forward import machine_for
from ..registry import Call, message
from ..rows import is_protected, pool_row


@message("PBD", "plug")
def pbd_plug(call: Call, pbd: str) -> None:
    """Attach; nothing to do when it is."""
    row = call.db.row("PBD", pbd)
    machine = machine_for(call.world, call.db, row["host"])
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
            if is_protected(db.row("VM", db.row("VBD", vbd)["VM"])):
                raise XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr)


def _in_use(call: Call, vdi: str, host: str) -> bool:
    vms = [call.db.row("VM", call.db.row("VBD", vbd)["VM"]) for vbd in call.db.related("VDI", vdi, "VBDs")]
    return any(vm["power_state"] == "Running" and vm["resident_on"] == host for vm in vms)
