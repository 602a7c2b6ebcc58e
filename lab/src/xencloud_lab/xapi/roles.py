# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rewriting the role file; the caller restarts the process (``xapi.md`` 3.1 to 3.3)."""

from __future__ import annotations

import typing as t

from ..pools import Pool
from .role import Role

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack


def become_slave(toolstack: Toolstack, master_address: str) -> None:
    """Follow this master; a database of one's own is from now on a copy like any other."""
    if toolstack.db is not None:
        toolstack.db_copy, toolstack.db_copy_at = toolstack.db, toolstack.world.timeline.now
    toolstack.role = Role.SLAVE
    toolstack.master_address = master_address
    toolstack.db = toolstack.flushed = None


def leave_strangers(master: Toolstack) -> None:
    """A copy from before a host has joined knows that host alone: it leads a pool of its own again (xapi.md 3.2)."""
    assert master.db is not None
    if len(master.db.rows("host")) == 1 and len(master.pool.machines) > 1:
        pool = Pool.of_its_own(master.machine)
        master.world.book.ha_changed(pool.name, False)


def become_master(toolstack: Toolstack, db: Database) -> None:
    """Lead the pool with this database."""
    toolstack.role = Role.MASTER
    toolstack.master_address = toolstack.machine.address
    toolstack.db = db
