# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which operation a disk, a drive or a network card allows when.

Sources: the lists of transcript ``records_allowed_operations``; xapi_vbd_helpers, xapi_vif_helpers
and xapi_vdi for the rules behind them.
"""

from __future__ import annotations

import typing as t

from . import upgrade
from .errors import XapiError
from .operation_releases import tracked
from .rows import pool_row
from .vm_rules import has_tools

if t.TYPE_CHECKING:
    from .database import Database, Row

_VBD = ("attach", "eject", "insert", "plug", "unplug", "unplug_force", "pause", "unpause")
_HOT = ("plug", "unplug", "unplug_force")
_VIF = ("attach", "plug", "unplug")
_VDI_FREE = (
    "clone",
    "copy",
    "destroy",
    "enable_cbt",
    "force_unlock",
    "forget",
    "generate_config",
    "resize",
    "set_on_boot",
    "snapshot",
    "update",
)
_VDI_IN_USE = ("clone", "snapshot")
_VDI_OF_HA = ("clone", "generate_config", "update")
HA_TYPES = ("ha_statefile", "redo_log")


def assert_vbd(db: Database, vbd: str, name: str) -> None:
    """Whether something can be done with a drive now.

    :raises XapiError: the first reason against it.
    """
    found = _vbd_error(db, vbd, name)
    if found is not None:
        raise found


def _vbd_error(db: Database, vbd: str, name: str) -> XapiError | None:
    row = db.row("VBD", vbd)
    first = _drive(vbd, row, name) or _plugged(db, "VBD", vbd, row, name)
    return first or _hot(db, row, name) or _disk(db, vbd, row, name)


def _drive(vbd: str, row: Row, name: str) -> XapiError | None:
    """What depends on the drive itself and the disc in it."""
    if name in ("unplug", "unplug_force") and not row["unpluggable"]:
        return XapiError("VBD_NOT_UNPLUGGABLE", vbd)
    if name in ("insert", "eject"):
        if row["type"] != "CD":
            return XapiError("VBD_NOT_REMOVABLE_MEDIA", vbd)
        if name == "eject" and row["empty"]:
            return XapiError("VBD_IS_EMPTY", vbd)
        if name == "insert" and not row["empty"]:
            return XapiError("VBD_NOT_EMPTY", vbd)
    return None


def _plugged(db: Database, cls: str, ref: str, row: Row, name: str) -> XapiError | None:
    """Plugging needs a VM that runs and a device that is not plugged yet, and the other way round."""
    state = str(db.row("VM", row["VM"])["power_state"]) if db.exists("VM", row["VM"]) else "Halted"
    if state == "Running":
        if name == "plug" and row["currently_attached"]:
            return XapiError("DEVICE_ALREADY_ATTACHED", ref)
        if name in ("unplug", "unplug_force") and not row["currently_attached"]:
            return XapiError("DEVICE_ALREADY_DETACHED", ref)
        return None
    pausing = cls == "VBD" and name in ("pause", "unpause") and state != "Paused"
    if name in _HOT or pausing:
        return XapiError("VM_BAD_POWER_STATE", row["VM"], "running", state.lower())
    if state == "Suspended" and name in ("insert", "eject"):
        return XapiError("VM_BAD_POWER_STATE", row["VM"], "halted, running", "suspended")
    return None


def _hot(db: Database, row: Row, name: str) -> XapiError | None:
    """Whether a running guest can take part in plugging."""
    if name not in _HOT or not db.exists("VM", row["VM"]):
        return None
    vm = db.row("VM", row["VM"])
    if vm["domain_type"] != "hvm":
        return None
    if row.get("type") == "CD":
        return XapiError("OPERATION_NOT_ALLOWED", "HVM CDROMs cannot be hotplugged/unplugged, only inserted or ejected")
    return None if has_tools(db, vm) else XapiError("VM_MISSING_PV_DRIVERS", row["VM"])


def _disk(db: Database, vbd: str, row: Row, name: str) -> XapiError | None:
    """Whether the disk may be attached here beside the others who use it."""
    if row["empty"] or row["currently_attached"] or name not in ("attach", "plug", "insert"):
        return None
    return disk_error(db, row["VDI"], row["mode"], vbd)


def disk_error(db: Database, vdi: str, mode: str, vbd: str) -> XapiError | None:
    """Why this disk cannot be attached in this mode by this drive."""
    if not db.exists("VDI", vdi):
        return XapiError("HANDLE_INVALID", "VDI", vdi)
    disk = db.row("VDI", vdi)
    others = [db.row("VBD", other) for other in db.related("VDI", vdi, "VBDs") if other != vbd]
    users = [other for other in others if other["currently_attached"]]
    writes = mode == "RW" or any(user["mode"] == "RW" for user in users)
    if users and writes and not disk["sharable"]:
        return XapiError("VDI_IN_USE", vdi)
    if mode == "RW" and disk["read_only"]:
        return XapiError("VDI_READONLY", vdi)
    return None


def refresh_vbd(db: Database, vbd: str) -> None:
    """VBD.allowed_operations, and those of its disk."""
    db.set("VBD", vbd, allowed_operations=[name for name in _VBD if _vbd_error(db, vbd, name) is None])
    vdi = db.row("VBD", vbd)["VDI"]
    if db.exists("VDI", vdi):
        refresh_vdi(db, vdi)


# network cards ----------------------------------------------------------------------------


def assert_vif(db: Database, vif: str, name: str) -> None:
    """Whether something can be done with a network card now.

    :raises XapiError: the first reason against it.
    """
    row = db.row("VIF", vif)
    found = _plugged(db, "VIF", vif, row, name) or _hot(db, row, name)
    if found is not None:
        raise found


def refresh_vif(db: Database, vif: str) -> None:
    row = db.row("VIF", vif)
    refused = {name for name in _VIF if _plugged(db, "VIF", vif, row, name) or _hot(db, row, name)}
    db.set("VIF", vif, allowed_operations=[name for name in _VIF if name not in refused])


# disks ------------------------------------------------------------------------------------


def assert_vdi(db: Database, vdi: str, name: str) -> None:
    """Whether something can be done with a disk now.

    :raises XapiError: HA_IS_ENABLED for the pool's own disks, VDI_IN_USE for one that is attached.
    """
    row = db.row("VDI", vdi)
    if name not in upgrade.VDI_OPERATIONS and upgrade.in_progress(db):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    if _is_of_ha(db, row) and name not in _VDI_OF_HA:
        raise XapiError("HA_IS_ENABLED")
    for key, current in row["current_operations"].items():
        if not (name in _VDI_IN_USE and current in _VDI_IN_USE):
            raise XapiError("OTHER_OPERATION_IN_PROGRESS", "VDI", vdi, current, key)
    if is_attached(db, vdi) and name not in _VDI_IN_USE:
        raise XapiError("VDI_IN_USE", vdi, name)


def _is_of_ha(db: Database, row: Row) -> bool:
    return row["type"] in HA_TYPES and bool(pool_row(db)["ha_enabled"])


def is_attached(db: Database, vdi: str) -> bool:
    """Whether somebody uses this disk now."""
    return any(db.row("VBD", vbd)["currently_attached"] for vbd in db.related("VDI", vdi, "VBDs"))


def refresh_vdi(db: Database, vdi: str) -> None:
    row = db.row("VDI", vdi)
    allowed: tuple[str, ...] = _VDI_IN_USE if is_attached(db, vdi) else _VDI_FREE
    if row["type"] in HA_TYPES:
        allowed = _VDI_OF_HA
    elif row["current_operations"]:
        allowed = ()
    known = tracked(db, "VDI", allowed)
    if upgrade.in_progress(db):
        known = [name for name in known if name in upgrade.VDI_OPERATIONS]
    db.set("VDI", vdi, allowed_operations=known)
