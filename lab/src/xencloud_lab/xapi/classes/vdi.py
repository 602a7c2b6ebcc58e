# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VDI: disks (``xapi.md`` 9, 12.3, 12.4)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import constructors, device_rules, storage_rows
from ..errors import NotModelled, XapiError
from ..model import NULL
from ..operations import Operation
from ..registry import Call, message
from ..rows import MIB, stamp
from ..timed import Timed


@message("VDI", "create")
def vdi_create(call: Call, record: dict[str, t.Any]) -> Completion:
    values = constructors.values("VDI", call.release, record)
    sr = values.pop("SR")
    call.db.row("SR", sr)
    storage_rows.assert_driver_can(call.db, sr, "VDI_CREATE")
    storage_rows.assert_reachable(call.db, sr)
    label, size, kind = values.pop("name_label", ""), values.pop("virtual_size"), values.pop("type")
    if size < 0:
        raise XapiError("SR_BACKEND_FAILURE_79", "", "VDI Invalid size", "")
    work = NewDisk(call, sr, label, size, kind, values)
    return Timed(call.world.timeline, (), work.make).submit(call.world.durations.storage_call)


class NewDisk:
    """A disk that is being made."""

    def __init__(self, call: Call, sr: str, label: str, size_bytes: int, kind: str, values: dict[str, t.Any]) -> None:
        self._call = call
        self._place = (sr, label, size_bytes)
        self._kind = kind
        self._values = values

    def make(self) -> str:
        """The row, where there is room."""
        sr, label, size_bytes = self._place
        return storage_rows.create_vdi(self._call.db, sr, label, size_bytes, kind=self._kind, **self._values)


@message("VDI", "destroy")
def vdi_destroy(call: Call, vdi: str) -> None:
    device_rules.assert_vdi(call.db, vdi, "destroy")
    storage_rows.assert_driver_can(call.db, call.db.row("VDI", vdi)["SR"], "VDI_DELETE")
    storage_rows.assert_reachable(call.db, call.db.row("VDI", vdi)["SR"])
    storage_rows.destroy_vdi(call.db, vdi)


@message("VDI", "forget")
def vdi_forget(call: Call, vdi: str) -> None:
    """Only the row goes."""
    device_rules.assert_vdi(call.db, vdi, "forget")
    storage_rows.destroy_vdi(call.db, vdi)


@message("VDI", "resize")
def vdi_resize(call: Call, vdi: str, size: int) -> None:
    """Disks only grow."""
    device_rules.assert_vdi(call.db, vdi, "resize")
    row = call.db.row("VDI", vdi)
    storage_rows.assert_driver_can(call.db, row["SR"], "VDI_RESIZE")
    if size < row["virtual_size"]:
        raise XapiError("SR_BACKEND_FAILURE_79", "", "VDI Invalid size [opterr=shrinking not allowed]", "")
    storage_rows.assert_room(call.db, row["SR"], size - row["virtual_size"])
    call.db.set("VDI", vdi, virtual_size=size)
    storage_rows.count_room(call.db, row["SR"])


@message("VDI", "resize_online")
def vdi_resize_online(call: Call, vdi: str, size: int) -> None:
    vdi_resize(call, vdi, size)


@message("VDI", "introduce")
def vdi_introduce(
    call: Call,
    uuid: str,
    label: str,
    description: str,
    sr: str,
    kind: str,
    sharable: bool,
    read_only: bool,
    other_config: dict[str, str],
    location: str,
    *_later: t.Any,
) -> str:
    """A row for a disk that is there already."""
    call.db.row("SR", sr)
    storage_rows.assert_driver_can(call.db, sr, "VDI_INTRODUCE")
    if call.db.find("VDI", uuid=uuid) or call.db.find("VDI", SR=sr, location=location):
        raise XapiError("LOCATION_NOT_UNIQUE", sr, location)
    values = {"sharable": sharable, "read_only": read_only, "other_config": other_config}
    vdi = storage_rows.create_vdi(call.db, sr, label, 0, kind=kind, name_description=description, **values)
    call.db.set("VDI", vdi, uuid=uuid or call.db.row("VDI", vdi)["uuid"], location=location)
    return vdi


@message("VDI", "update")
def vdi_update(call: Call, vdi: str) -> None:
    call.db.row("VDI", vdi)


# copies -----------------------------------------------------------------------------------


@message("VDI", "clone")
def vdi_clone(call: Call, vdi: str, _driver_params: dict[str, str] | None = None) -> Completion:
    return _derived(call, vdi, "clone", "VDI_CLONE")


@message("VDI", "snapshot")
def vdi_snapshot(call: Call, vdi: str, _driver_params: dict[str, str] | None = None) -> Completion:
    return _derived(call, vdi, "snapshot", "VDI_SNAPSHOT")


def _derived(call: Call, vdi: str, name: str, feature: str) -> Completion:
    device_rules.assert_vdi(call.db, vdi, name)
    sr = call.db.row("VDI", vdi)["SR"]
    storage_rows.assert_driver_can(call.db, sr, feature)
    storage_rows.assert_reachable(call.db, sr)
    make = _snapshot if name == "snapshot" else _clone
    entry = _entry(call, vdi, name)
    return Timed(call.world.timeline, [entry], make, call, vdi, sr).submit(call.world.durations.disk_clone)


def _snapshot(call: Call, vdi: str, _sr: str) -> str:
    return storage_rows.snapshot_vdi(call.db, vdi, stamp(call.now))


def _clone(call: Call, vdi: str, sr: str) -> str:
    return storage_rows.copy_vdi(call.db, vdi, sr)


@message("VDI", "copy")
def vdi_copy(call: Call, vdi: str, sr: str = NULL, base_vdi: str = NULL, into_vdi: str = NULL) -> Completion:
    """A full copy, as long as its size takes."""
    device_rules.assert_vdi(call.db, vdi, "copy")
    if base_vdi != NULL or into_vdi != NULL:
        raise NotModelled("VDI.copy with a base or into another disk")
    row = call.db.row("VDI", vdi)
    target = row["SR"] if sr == NULL else sr
    call.db.row("SR", target)
    storage_rows.assert_reachable(call.db, target)
    storage_rows.assert_room(call.db, target, row["virtual_size"])
    seconds = call.world.durations.disk_copy(row["virtual_size"] // MIB)
    entry = _entry(call, vdi, "copy")
    return Timed(call.world.timeline, [entry], _clone, call, vdi, target).submit(seconds)


def _entry(call: Call, vdi: str, name: str) -> Operation:
    return Operation(call.db, "VDI", vdi, name, call.task or f"DummyRef:|{call.db.new_uuid()}|VDI.{name}")


# settings ---------------------------------------------------------------------------------


@message("VDI", "set_sharable")
def vdi_set_sharable(call: Call, vdi: str, value: bool) -> None:
    call.db.set("VDI", vdi, sharable=value)


@message("VDI", "set_read_only")
def vdi_set_read_only(call: Call, vdi: str, value: bool) -> None:
    call.db.set("VDI", vdi, read_only=value)


@message("VDI", "set_on_boot")
def vdi_set_on_boot(call: Call, vdi: str, value: str) -> None:
    device_rules.assert_vdi(call.db, vdi, "set_on_boot")
    call.db.set("VDI", vdi, on_boot=value)


@message("VDI", "set_allow_caching")
def vdi_set_allow_caching(call: Call, vdi: str, value: bool) -> None:
    call.db.set("VDI", vdi, allow_caching=value)
