# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of disks, and the room they take in their SR."""

from __future__ import annotations

import typing as t

from . import device_rules
from .errors import XapiError
from .model import NULL
from .rows import is_live

if t.TYPE_CHECKING:
    from .database import Database

COPIED = ("name_label", "name_description", "virtual_size", "type", "sharable", "read_only", "xenstore_data", "tags")


def create_vdi(db: Database, sr: str, label: str, size_bytes: int, *, kind: str = "user", **values: t.Any) -> str:
    """A disk in an SR that has room for it.

    :raises XapiError: SR_BACKEND_FAILURE_44 when it has not.
    """
    assert_room(db, sr, size_bytes)
    uuid = db.new_uuid()
    fields = {"name_label": label, "virtual_size": size_bytes, "type": kind, "managed": True, **values}
    vdi = db.create("VDI", uuid=uuid, location=uuid, SR=sr, **fields)
    device_rules.refresh_vdi(db, vdi)
    count_room(db, sr)
    return vdi


def copy_vdi(db: Database, vdi: str, sr: str, **values: t.Any) -> str:
    """A disk with the content of another."""
    row = db.row("VDI", vdi)
    fields = {name: row[name] for name in COPIED} | {"other_config": dict(row["other_config"])} | values
    return create_vdi(db, sr, fields.pop("name_label"), fields.pop("virtual_size"), kind=fields.pop("type"), **fields)


def snapshot_vdi(db: Database, vdi: str, moment: str) -> str:
    """A disk as it is now, beside the one that changes."""
    sr = db.row("VDI", vdi)["SR"]
    return copy_vdi(db, vdi, sr, is_a_snapshot=True, snapshot_of=vdi, snapshot_time=moment)


def destroy_vdi(db: Database, vdi: str) -> None:
    """A disk goes; drives that pointed to it go with it, as the database's clean-up has it."""
    sr = db.row("VDI", vdi)["SR"]
    for vbd in db.related("VDI", vdi, "VBDs"):
        db.destroy("VBD", vbd)
    for snapshot in db.related("VDI", vdi, "snapshots"):
        db.set("VDI", snapshot, snapshot_of=NULL)
    db.destroy("VDI", vdi)
    count_room(db, sr)


def assert_room(db: Database, sr: str, size_bytes: int) -> None:
    """:raises XapiError: SR_BACKEND_FAILURE_44, the driver's refusal when the SR is full."""
    row = db.row("SR", sr)
    if row["physical_size"] > 0 and size_bytes > row["physical_size"] - row["physical_utilisation"]:
        raise XapiError("SR_BACKEND_FAILURE_44", "", "There is insufficient space", "")


def count_room(db: Database, sr: str) -> None:
    """SR.virtual_allocation and SR.physical_utilisation."""
    if not db.exists("SR", sr):
        return
    used = sum(int(db.row("VDI", vdi)["virtual_size"]) for vdi in db.related("SR", sr, "VDIs"))
    db.set("SR", sr, virtual_allocation=used, physical_utilisation=used)


def driver(db: Database, sr: str) -> dict[str, int] | None:
    """The features of an SR's driver; None when this pool has no such driver."""
    kind = db.row("SR", sr)["type"]
    found = db.find("SM", type=kind)
    return dict(db.row("SM", found[0])["features"]) if found else None


def assert_driver_can(db: Database, sr: str, feature: str) -> None:
    """:raises XapiError: SR_UNKNOWN_DRIVER, SR_OPERATION_NOT_SUPPORTED."""
    features = driver(db, sr)
    if features is None:
        raise XapiError("SR_UNKNOWN_DRIVER", db.row("SR", sr)["type"])
    if feature not in features:
        raise XapiError("SR_OPERATION_NOT_SUPPORTED", sr)


def assert_reachable(db: Database, sr: str) -> None:
    """Some live host has the SR plugged.

    :raises XapiError: SR_HAS_NO_PBDS.
    """
    rows = (db.row("PBD", pbd) for pbd in db.related("SR", sr, "PBDs"))
    if not any(row["currently_attached"] and is_live(db, row["host"]) for row in rows):
        raise XapiError("SR_HAS_NO_PBDS", sr)


def suspend_sr(db: Database, vm: str) -> str:
    """Where the memory of a suspended VM goes: its own wish, the host's, the pool's.

    :raises XapiError: VM_NO_SUSPEND_SR.
    """
    row = db.row("VM", vm)
    pool = next(iter(db.rows("pool").values()))
    host = db.row("host", row["resident_on"]) if db.exists("host", row["resident_on"]) else {}
    for sr in (row["suspend_SR"], host.get("suspend_image_sr"), pool["suspend_image_SR"], pool["default_SR"]):
        if sr and db.exists("SR", sr):
            return str(sr)
    raise XapiError("VM_NO_SUSPEND_SR", vm)
