# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class SR: storage that comes, is looked at and goes (``xapi.md`` 9; transcripts ``storage_*``)."""

from __future__ import annotations

import typing as t

from ...storage import Storage
from ...timeline import Completion
from .. import device_rules, storage_rows
from ..errors import NotModelled, XapiError
from ..forward import machine_for
from ..model import NULL
from ..pool_ha import assert_statefile_sr
from ..populate import SR_OPERATIONS
from ..registry import Call, message
from ..rows import is_live, pool_ref
from ..timed import Timed

DEFAULT_SIZE_BYTES = 1024**4
Config = dict[str, str]

# coming -----------------------------------------------------------------------------------


@message("SR", "create")
def sr_create(
    call: Call,
    host: str,
    device_config: Config,
    physical_size: int,
    label: str,
    description: str,
    kind: str,
    content_type: str,
    shared: bool,
    sm_config: Config | None = None,
) -> str:
    """New storage; a shared one is plugged everywhere and its host is not looked at (surprise 10)."""
    _assert_driver(call, kind)
    if not shared:
        _machine(call, host)
    hosts = list(call.db.rows("host")) if shared else [host]
    values = {"name_description": description, "content_type": content_type, "sm_config": sm_config or {}}
    sr = _row(call, label, kind, shared=shared, **values)
    size = physical_size or DEFAULT_SIZE_BYTES
    call.db.set("SR", sr, physical_size=size)
    names = {name for name in (_name(call, host) for host in hosts) if name}
    uuid = call.db.row("SR", sr)["uuid"]
    call.world.storage[uuid] = Storage(uuid, label, kind, shared, size, names)
    for each in hosts:
        attached = is_live(call.db, each)
        call.db.create("PBD", host=each, SR=sr, device_config=device_config, currently_attached=attached)
    return sr


def _row(call: Call, label: str, kind: str, *, shared: bool, **values: t.Any) -> str:
    fields = {"type": kind, "shared": shared, "allowed_operations": SR_OPERATIONS, **values}
    return call.db.create("SR", name_label=label, **fields)


def _name(call: Call, host: str) -> str | None:
    machine = call.world.machine_of(call.db.row("host", host)["uuid"])
    return machine.name if machine else None


def _assert_driver(call: Call, kind: str) -> None:
    if not call.db.find("SM", type=kind):
        raise XapiError("SR_UNKNOWN_DRIVER", kind)


def _machine(call: Call, host: str) -> None:
    """:raises XapiError: HOST_OFFLINE, for a reference that nobody knows too (observed)."""
    if not call.db.exists("host", host):
        raise XapiError("HOST_OFFLINE", host)
    machine_for(call.world, call.db, host)


@message("SR", "introduce")
def sr_introduce(
    call: Call,
    uuid: str,
    label: str,
    description: str,
    kind: str,
    content_type: str,
    shared: bool,
    sm_config: Config | None = None,
) -> str:
    """A row for storage that is there already; nothing about it is checked (observed)."""
    if call.db.find("SR", uuid=uuid):
        raise XapiError("SR_UUID_EXISTS", uuid)
    values = {"name_description": description, "content_type": content_type, "sm_config": sm_config or {}}
    sr = _row(call, label, kind, shared=shared, uuid=uuid, **values)
    array = call.world.storage.get(uuid)
    if array is not None:
        call.db.set("SR", sr, physical_size=array.size_bytes)
    return sr


@message("SR", "probe")
def sr_probe(call: Call, host: str, _device_config: Config, kind: str, _sm_config: Config | None = None) -> str:
    _assert_driver(call, kind)
    _machine(call, host)
    raise NotModelled("SR.probe")


# going ------------------------------------------------------------------------------------


@message("SR", "forget")
def sr_forget(call: Call, sr: str) -> None:
    """The rows go; what is on the storage stays."""
    _assert_unplugged(call, sr)
    _drop(call, sr)


@message("SR", "destroy")
def sr_destroy(call: Call, sr: str) -> None:
    """The rows go, and the storage with them."""
    row = call.db.row("SR", sr)
    _assert_unplugged(call, sr)
    if row["other_config"].get("indestructible") == "true":
        raise XapiError("SR_INDESTRUCTIBLE", sr)
    if any(call.db.row("VDI", vdi)["managed"] for vdi in call.db.related("SR", sr, "VDIs")):
        raise XapiError("SR_NOT_EMPTY")
    call.world.storage.pop(row["uuid"], None)
    _drop(call, sr)


def _assert_unplugged(call: Call, sr: str) -> None:
    call.db.row("SR", sr)
    if any(call.db.row("PBD", pbd)["currently_attached"] for pbd in call.db.related("SR", sr, "PBDs")):
        raise XapiError("SR_HAS_PBD", sr)


def _drop(call: Call, sr: str) -> None:
    db = call.db
    for vdi in db.related("SR", sr, "VDIs"):
        storage_rows.destroy_vdi(db, vdi)
    for pbd in db.related("SR", sr, "PBDs"):
        db.destroy("PBD", pbd)
    db.destroy("SR", sr)
    pool = pool_ref(db)
    for field in ("default_SR", "suspend_image_SR", "crash_dump_SR"):
        if db.row("pool", pool)[field] == sr:
            db.set("pool", pool, **{field: NULL})


# looking ----------------------------------------------------------------------------------


@message("SR", "scan")
def sr_scan(call: Call, sr: str) -> Completion:
    """The lab's disks are where the database says; looking takes a moment."""
    storage_rows.assert_driver_can(call.db, sr, "SR_SCAN")
    storage_rows.assert_reachable(call.db, sr)
    work = Timed(call.world.timeline, (), _scanned, call, sr)
    return work.submit(call.world.durations.storage_scan)


def _scanned(call: Call, sr: str) -> None:
    for vdi in call.db.related("SR", sr, "VDIs"):
        device_rules.refresh_vdi(call.db, vdi)
    storage_rows.count_room(call.db, sr)


@message("SR", "update")
def sr_update(call: Call, sr: str) -> None:
    call.db.row("SR", sr)
    storage_rows.assert_reachable(call.db, sr)
    storage_rows.count_room(call.db, sr)


@message("SR", "set_shared")
def sr_set_shared(call: Call, sr: str, shared: bool) -> None:
    pbds = call.db.related("SR", sr, "PBDs")
    if not shared and len(pbds) > 1:
        raise XapiError("SR_HAS_MULTIPLE_PBDS", *pbds)
    call.db.set("SR", sr, shared=shared)


@message("SR", "set_physical_size")
def sr_set_physical_size(call: Call, sr: str, value: int) -> None:
    call.db.set("SR", sr, physical_size=value)


@message("SR", "assert_can_host_ha_statefile")
def sr_assert_can_host_ha_statefile(call: Call, sr: str) -> None:
    assert_statefile_sr(call.db, sr)


@message("SR", "get_supported_types")
def sr_get_supported_types(call: Call) -> list[str]:
    return sorted({row["type"] for row in call.db.rows("SM").values()})
