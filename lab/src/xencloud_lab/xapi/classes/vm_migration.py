# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: moving it with its memory; with its disks too: ``storage_motion`` (``xapi.md`` 7.1)."""

from __future__ import annotations

from ...timeline import Completion
from .. import ha_plan, operations, placement, upgrade
from ..errors import XapiError
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
