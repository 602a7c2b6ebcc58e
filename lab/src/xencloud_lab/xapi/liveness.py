# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The master's regular round: who lives, who is dead, what is written to disk.

One event a round and pool, instead of one for each heartbeat (``xapi.md`` 3.2, 3.4, 5.1, 6.6).
"""

from __future__ import annotations

import typing as t

from . import upgrade, upgrade_watch
from .rows import is_live, machine_of, set_live

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database
    from .toolstack import Toolstack


def begin(master: Toolstack) -> None:
    """Start the rounds of a new master process; what it starts from is on its disk."""
    durations = master.world.durations
    if master.db is not None:
        master.flushed = master.db.snapshot()
    master.later(durations.heartbeat, _round, master)
    master.later(durations.db_flush, _flush, master)


def begin_with_the_world(master: Toolstack) -> None:
    """As ``begin``, long after the pool was made: every member has had its turn, the first one last."""
    begin(master)
    members = [machine.toolstack for machine in master.pool.machines if machine.toolstack is not master]
    for turn, member in enumerate(members):
        member.db_copy = master.flushed
        member.db_copy_at = master.world.timeline.now - turn * master.world.durations.db_flush


def _round(master: Toolstack) -> None:
    master.later(master.world.durations.heartbeat, _round, master)
    db = master.db
    assert db is not None
    upgrade_watch.detect(master)
    if not master.pool.xhad.active:
        for host in db.rows("host"):
            _look_at(master, db, host)


def _look_at(master: Toolstack, db: Database, host: str) -> None:
    machine, now = machine_of(master.world, db, host), master.world.timeline.now
    if heartbeats(master, machine):
        master.heard[machine.uuid] = now
        set_live(db, host, True, now)
    elif is_live(db, host) and now - master.heard.get(machine.uuid, now) > master.world.durations.assumed_dead:
        set_live(db, host, False, now)


def heartbeats(master: Toolstack, machine: Machine) -> bool:
    """Whether this machine sends heartbeats to this master: it has said hello and still runs."""
    member = machine.toolstack
    if member is master:
        return True
    follows = machine.answers() and member.master() is master
    return follows and member.emergency is None and member.storage_started


def _flush(master: Toolstack) -> None:
    """Write the database to disk, and to the next member unless versions are mixed."""
    master.later(master.world.durations.db_flush, _flush, master)
    db = master.db
    assert db is not None
    master.flushed = db.snapshot()
    if not upgrade.in_progress(db):
        _refresh_oldest_copy(master, master.flushed)


def _refresh_oldest_copy(master: Toolstack, copy: Database) -> None:
    listed = {row["uuid"] for row in copy.rows("host").values()}
    members = [m.toolstack for m in master.pool.machines if m.answers() and m.uuid in listed]
    members = [member for member in members if member is not master and member.master() is master]
    if members:
        oldest = min(members, key=_copy_time)
        oldest.db_copy, oldest.db_copy_at = copy, master.world.timeline.now


def _copy_time(member: Toolstack) -> float:
    return member.db_copy_at


def going_down(toolstack: Toolstack) -> None:
    """A clean stop tells the master, and the host is dead at once (``xapi.md`` 5.1)."""
    master = toolstack.master()
    if master is None or master is toolstack or master.db is None:
        return
    for host in master.db.find("host", uuid=toolstack.machine.uuid):
        set_live(master.db, host, False, toolstack.world.timeline.now)
