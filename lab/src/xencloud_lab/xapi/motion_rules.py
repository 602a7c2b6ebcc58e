# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a VM and its disks can move inside the pool (``xapi.md`` 7.1; xapi_vm_migrate for the refusals)."""

from __future__ import annotations

import typing as t

from . import ha_plan, operations, placement, storage_rows, upgrade
from .errors import NotModelled, XapiError
from .rows import is_guest

if t.TYPE_CHECKING:
    from .database import Database

LIMIT = 3
NEEDED = ("VDI_SNAPSHOT", "VDI_MIRROR")
READ_ONLY = ("iso", "udev")
Moves = dict[str, str]


def destination(db: Database, dest: dict[str, str]) -> str:
    """The host that host.migrate_receive of this pool named.

    :raises XapiError: an unplanned error of the daemon without it (observed), SESSION_INVALID.
    """
    if not {"host", "session_id", "master"} <= set(dest):
        raise XapiError("INTERNAL_ERROR", "Not_found")
    if not db.exists("host", dest["host"]):
        raise NotModelled("migration to another pool")
    if not db.exists("session", dest["session_id"]):
        raise XapiError("SESSION_INVALID", dest["session_id"])
    return dest["host"]


def moves(db: Database, vm: str, host: str, vdi_map: Moves) -> Moves:
    """The disks that have to be copied, and where to; the others are seen from the target as well.

    :raises XapiError: the first reason against the whole migration.
    """
    row = db.row("VM", vm)
    if row["power_state"] not in ("Running", "Halted") or not is_guest(row):
        raise NotModelled(f"storage motion of a VM that is {row['power_state']}")
    disks = _disks(db, vm)
    found = {vdi: sr for vdi, sr in vdi_map.items() if vdi in disks and db.row("VDI", vdi)["SR"] != sr}
    _assert_srs(db, vm, host, found, disks)
    if row["power_state"] == "Running":
        _assert_host(db, vm, host, row["resident_on"])
    return found


def _disks(db: Database, vm: str) -> list[str]:
    """The disks of a VM; discs in CD drives stay where they are."""
    drives = [row for row in (db.row("VBD", vbd) for vbd in db.related("VM", vm, "VBDs")) if row["type"] == "Disk"]
    return list(dict.fromkeys(row["VDI"] for row in drives if db.exists("VDI", row["VDI"])))


def _assert_srs(db: Database, vm: str, host: str, found: Moves, disks: list[str]) -> None:
    plugged = placement.plugged_srs(db, host)
    for vdi in disks:
        sr = db.row("VDI", vdi)["SR"]
        if vdi not in found and sr not in plugged:
            raise XapiError("VDI_NOT_IN_MAP", vdi)
    for vdi, target in found.items():
        _assert_can_mirror(db, db.row("VDI", vdi)["SR"])
        _assert_can_mirror(db, target)
        if target not in plugged:
            raise XapiError("VM_REQUIRES_SR", vm, target)
    for target in dict.fromkeys(found.values()):
        size = sum(int(db.row("VDI", vdi)["virtual_size"]) for vdi in found if found[vdi] == target)
        storage_rows.assert_room(db, target, size)


def _assert_can_mirror(db: Database, sr: str) -> None:
    features = storage_rows.driver(db, sr) or {}
    if db.row("SR", sr)["type"] in READ_ONLY or not all(name in features for name in NEEDED):
        raise XapiError("SR_DOES_NOT_SUPPORT_MIGRATION", sr)


def _assert_host(db: Database, vm: str, host: str, source: str) -> None:
    if source == host:
        return
    if not upgrade.not_lower(db, source, host):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    operations.assert_host(db, host, "vm_migrate")
    placement.assert_can_boot_here(db, vm, host, storage=False)
    ha_plan.assert_preserved(db, ha_plan.Change(runs={vm: host}))


def assert_below_limit(db: Database, source: str) -> None:
    """:raises XapiError: TOO_MANY_STORAGE_MIGRATES: three from one host at a time."""
    rows = (db.row("VM", vm) for vm in db.related("host", source, "resident_VMs"))
    if sum("migrate_send" in row["current_operations"].values() for row in rows) >= LIMIT:
        raise XapiError("TOO_MANY_STORAGE_MIGRATES", LIMIT)
