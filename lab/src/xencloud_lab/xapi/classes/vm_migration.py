# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: moving it, with its memory or with its disks too (``xapi.md`` 7.1)."""

from __future__ import annotations

from ...timeline import Completion
from .. import ha_plan, operations, placement, upgrade
from ..errors import NotModelled, XapiError
from ..forward import machine_for
from ..migration import Migration
from ..registry import Call, message
from ..turns import vm_operation

Map = dict[str, str]


@message("VM", "pool_migrate")
@vm_operation("pool_migrate")
def vm_pool_migrate(call: Call, vm: str, host: str, _options: Map) -> Completion | None:
    """Refusals in the order of ``xapi.md`` 7.1; then memory moves for a while."""
    db = call.db
    source = db.row("VM", vm)["resident_on"]
    db.row("host", host)
    if not upgrade.not_lower(db, source, host):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    if source == host:
        return None
    operations.assert_host(db, host, "vm_migrate")
    placement.assert_can_boot_here(db, vm, host)
    ha_plan.assert_preserved(db, ha_plan.Change(runs={vm: host}))
    return _migrate(call, vm, source, host)


def _migrate(call: Call, vm: str, source: str, target: str) -> Completion:
    machines = (machine_for(call.world, call.db, source), machine_for(call.world, call.db, target))
    entry = operations.begin(call, "VM", vm, "pool_migrate")
    migration = Migration(call.toolstack.pool, vm, *machines, entry)
    if call.task is not None:
        call.on_cancel(migration.cancel, call.task)
    return migration.submit()


@message("VM", "assert_can_migrate")
def vm_assert_can_migrate(
    call: Call,
    vm: str,
    dest: Map,
    _live: bool,
    _vdi_map: Map,
    _vif_map: Map,
    _options: Map,
    _vgpu_map: Map | None = None,
) -> None:
    _assert_destination(call, vm, dest)
    raise NotModelled("VM.assert_can_migrate with a destination")


@message("VM", "migrate_send")
def vm_migrate_send(
    call: Call,
    vm: str,
    dest: Map,
    _live: bool,
    _vdi_map: Map,
    _vif_map: Map,
    _options: Map,
    _vgpu_map: Map | None = None,
    _vdi_format_map: Map | None = None,
) -> None:
    _assert_destination(call, vm, dest)
    operations.assert_vm(call.db, vm, "migrate_send")
    raise NotModelled("VM.migrate_send")


def _assert_destination(call: Call, vm: str, dest: Map) -> None:
    """What host.migrate_receive gave; a map without it is an unplanned error of the daemon (observed)."""
    call.db.row("VM", vm)
    if not {"host", "session_id", "master"} <= set(dest):
        raise XapiError("INTERNAL_ERROR", "Not_found")
