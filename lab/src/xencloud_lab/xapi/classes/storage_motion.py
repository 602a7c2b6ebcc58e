# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage motion inside a pool: VM.migrate_send and what goes with it (``xapi.md`` 7.1, 12.4)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import device_rules, motion_rules
from ..errors import NotModelled, XapiError
from ..forward import machine_for
from ..model import NULL
from ..operations import assert_vm
from ..registry import Call, message
from ..rows import stamp
from ..storage_motion import NewDisk, StorageMotion
from ..turns import vm_operation

Map = dict[str, str]


@message("host", "migrate_receive")
def host_migrate_receive(call: Call, host: str, network: str, _options: Map) -> Map:
    """A ticket to this host: where to go, and a session of its pool."""
    db = call.db
    db.row("network", network)
    machine_for(call.world, db, host)
    pifs = [pif for pif in db.related("network", network, "PIFs") if db.row("PIF", pif)["host"] == host]
    if not pifs:
        raise XapiError("HOST_CANNOT_ATTACH_NETWORK", host, network)
    address = db.row("PIF", pifs[0])["IP"] or (db.row("host", host)["address"] if _is_management(call, pifs[0]) else "")
    if not address:
        raise XapiError("INTERFACE_HAS_NO_IP", pifs[0])
    moment = stamp(call.now)
    session = db.create("session", this_host=host, is_local_superuser=True, last_active=moment, validation_time=moment)
    services = f"http://{address}/services"
    return {
        "SM": f"{services}/SM?session_id={session}",
        "host": host,
        "xenops": f"{services}/xenops?session_id={session}",
        "session_id": session,
        "master": f"http://{call.machine.address}/",
    }


def _is_management(call: Call, pif: str) -> bool:
    return bool(call.db.row("PIF", pif)["management"])


@message("VM", "assert_can_migrate")
def vm_assert_can_migrate(
    call: Call,
    vm: str,
    dest: Map,
    _live: bool,
    vdi_map: Map,
    vif_map: Map,
    options: Map,
    _vgpu_map: Map | None = None,
) -> None:
    """The questions of migrate_send, without the limit of how many at a time."""
    _moves(call, vm, dest, vdi_map, vif_map, options)


@message("VM", "migrate_send")
def vm_migrate_send(
    call: Call,
    vm: str,
    dest: Map,
    _live: bool,
    vdi_map: Map,
    vif_map: Map,
    options: Map,
    _vgpu_map: Map | None = None,
    _vdi_format_map: Map | None = None,
) -> t.Any:
    """Copies disks, then moves the VM; it keeps its reference, moved disks become new ones."""
    call.db.row("VM", vm)
    motion_rules.destination(call.db, dest)
    return _send(call, vm, dest, vdi_map, vif_map, options)


@vm_operation("migrate_send")
def _send(call: Call, vm: str, dest: Map, vdi_map: Map, vif_map: Map, options: Map) -> Completion:
    host, moves = _moves(call, vm, dest, vdi_map, vif_map, options)
    source = call.db.row("VM", vm)["resident_on"]
    if source != NULL:
        motion_rules.assert_below_limit(call.db, source)
        machine_for(call.world, call.db, source)
        machine_for(call.world, call.db, host)
    return StorageMotion(call, vm, host, moves).submit()


def _moves(call: Call, vm: str, dest: Map, vdi_map: Map, vif_map: Map, options: Map) -> tuple[str, Map]:
    db = call.db
    db.row("VM", vm)
    host = motion_rules.destination(db, dest)
    if options.get("copy") == "true":
        raise NotModelled("VM.migrate_send that leaves the VM where it is")
    if any(db.row("VIF", vif)["network"] != network for vif, network in vif_map.items()):
        raise NotModelled("VM.migrate_send to other networks")
    return host, motion_rules.moves(db, vm, host, vdi_map)


@message("VDI", "pool_migrate")
def vdi_pool_migrate(call: Call, vdi: str, sr: str, _options: Map) -> Completion:
    """A disk moves under the VM that runs on it, which stays; a free one cannot (observed)."""
    db = call.db
    if not db.exists("VDI", vdi) or not device_rules.is_attached(db, vdi):
        raise XapiError("VDI_NEEDS_VM_FOR_MIGRATE", vdi)
    db.row("SR", sr)
    users = [
        row["VM"] for row in (db.row("VBD", v) for v in db.related("VDI", vdi, "VBDs")) if row["currently_attached"]
    ]
    if len(users) > 1:
        raise NotModelled("VDI.pool_migrate of a disk that several VMs use")
    vm = users[0]
    assert_vm(db, vm, "migrate_send")
    host = db.row("VM", vm)["resident_on"]
    moves = motion_rules.moves(db, vm, host, {vdi: sr})
    motion_rules.assert_below_limit(db, host)
    machine_for(call.world, db, host)
    return NewDisk(StorageMotion(call, vm, host, moves), vdi).submit()
