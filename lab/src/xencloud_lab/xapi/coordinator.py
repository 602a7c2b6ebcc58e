# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The master role on its way from one host to another (``xapi.md`` 3.1)."""

from __future__ import annotations

import typing as t

from . import operations, upgrade
from .errors import XapiError
from .forward import machine_for
from .model import EPOCH
from .role import Role
from .rows import is_live, pool_ref, pool_row, stamp

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack

PROPOSAL_VALID_S = 600.0


def designate(master: Toolstack, host: str) -> None:
    """Agree on a new master and light the fuses; nothing moves before they burn down.

    The new master starts from the copy that it gets now: what the old one still writes is lost.

    :raises XapiError: the first refusal, in the order of ``xapi.md`` 3.1.
    """
    db = master.db
    assert db is not None
    operations.assert_pool(db, "designate_new_master")
    machine = machine_for(master.world, db, host)
    target = machine.toolstack
    if target is master:
        return
    if pool_row(db)["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    db.set("pool", pool_ref(db), last_update_sync=EPOCH)
    sync_database(master, db)
    _propose(master, target)
    for machine in master.pool.machines:
        _commit(machine.toolstack, target)


def _propose(master: Toolstack, target: Toolstack) -> None:
    now = master.world.timeline.now
    for machine in master.pool.machines:
        if machine.toolstack.proposed is None:
            continue
        address, at = machine.toolstack.proposed
        if now - at < PROPOSAL_VALID_S:
            text = f"Already agreed to commit host address '{address}' at {stamp(at)} ('{now - at:.6f}' secs ago)"
            raise XapiError("HA_ABORT_NEW_MASTER", text)
    for machine in master.pool.machines:
        machine.toolstack.proposed = (target.machine.address, now)


def _commit(toolstack: Toolstack, target: Toolstack) -> None:
    durations, address = toolstack.world.durations, target.machine.address
    if toolstack is target:
        toolstack.committed = (Role.MASTER, address)
        toolstack.later(durations.fuse, toolstack.restart, durations.fuse_extra_new_master)
    else:
        toolstack.committed = (Role.SLAVE, address)
        toolstack.later(durations.fuse, toolstack.restart)


def sync_database(master: Toolstack, db: Database) -> None:
    """pool.sync_database: every member gets a fresh copy; with HA on only the redo log is flushed.

    :raises XapiError: a host is dead or silent, or versions are mixed.
    """
    if pool_row(db)["ha_enabled"]:
        return
    for host in db.rows("host"):
        if not is_live(db, host):
            raise XapiError("HOST_OFFLINE", host)
    for host in db.rows("host"):
        machine_for(master.world, db, host)
    if upgrade.in_progress(db):
        raise XapiError("RESTORE_INCOMPATIBLE_VERSION")
    push_database(master, db)


def push_database(master: Toolstack, db: Database) -> None:
    """Give a copy to every listed member that answers."""
    copy, now = db.snapshot(), master.world.timeline.now
    listed = {row["uuid"] for row in copy.rows("host").values()}
    master.flushed = copy
    for machine in master.pool.machines:
        if machine.answers() and machine.toolstack is not master and machine.uuid in listed:
            machine.toolstack.db_copy, machine.toolstack.db_copy_at = copy, now
