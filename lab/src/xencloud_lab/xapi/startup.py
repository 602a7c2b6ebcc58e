# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a toolstack does from its first second: as the master, as a member, and again and again.

Sources: ``xapi.md`` 1.7, 3.1, 3.2, 5.5, 5.6, 6.4; ``xapi_observed.md`` surprise 3.
"""

from __future__ import annotations

import typing as t

from . import alerts, dbsync, enabling, ha_start, liveness, operations, roles, upgrade, upgrade_watch
from .errors import XapiError
from .role import Role
from .rows import host_ref, pool_ref, pool_row

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack
UNREACHABLE = 'Unix.Unix_error(Unix.ECONNREFUSED, "connect", "")'
VOLATILE = ("session", "task")


def begin(toolstack: Toolstack) -> None:
    """The process has come up: HA first, then find out who is master and join the pool's life."""
    if not ha_start.ready(toolstack):
        toolstack.later(toolstack.world.durations.ha_start_retry, begin, toolstack)
        return
    other = _other_master(toolstack)
    if toolstack.db is not None and not _knows(toolstack.db, toolstack):
        toolstack.role = Role.BROKEN  # a master whose database does not know it
    if toolstack.role is Role.BROKEN:
        toolstack.emergency = XapiError("HOST_BROKEN")
    elif toolstack.role is Role.MASTER and other is not None:
        toolstack.later(toolstack.world.durations.other_master_check, _step_back, toolstack, other)
    elif toolstack.role is Role.MASTER:
        _begin_as_master(toolstack)
    elif toolstack.master_address == toolstack.machine.address:
        toolstack.enter_emergency(XapiError("HOST_ITS_OWN_SLAVE"))
    else:
        greet(toolstack)
    toolstack.tell_masters()


def _knows(db: Database, toolstack: Toolstack) -> bool:
    """Whether this database has the host; it may have been ejected or destroyed meanwhile."""
    return bool(db.find("host", uuid=toolstack.machine.uuid))


def _other_master(toolstack: Toolstack) -> Toolstack | None:
    """Another host that this one knows and that says it is master (``xapi.md`` 3.2)."""
    if toolstack.role is not Role.MASTER or toolstack.db is None:
        return None
    known = {row["uuid"] for row in toolstack.db.rows("host").values()}
    for machine in toolstack.pool.machines:
        rival = machine.toolstack
        meets = machine.answers() and toolstack.machine.reaches(machine)
        if rival is not toolstack and machine.uuid in known and meets and rival.serves_as_master:
            return rival
    return None


def _step_back(toolstack: Toolstack, master: Toolstack) -> None:
    roles.become_slave(toolstack, master.machine.address)
    toolstack.restart()


# master -----------------------------------------------------------------------------------


def _begin_as_master(toolstack: Toolstack) -> None:
    db = toolstack.db
    assert db is not None
    _forget(toolstack, db)
    _resynchronise_ha(toolstack, db)
    own, pool = host_ref(db, toolstack.machine), pool_ref(db)
    if db.row("pool", pool)["master"] != own:
        db.set("pool", pool, master=own)
        alerts.create(db, toolstack.world.timeline.now, "POOL_MASTER_TRANSITION", 4, "Host", own)
    dbsync.host_started(toolstack, db)
    dbsync.return_of_domains(toolstack, db)
    operations.refresh_all(db)
    liveness.begin(toolstack)
    upgrade_watch.detect(toolstack)
    toolstack.later(toolstack.world.durations.storage_start, _storage_started, toolstack)
    _call_members_back(toolstack)


def _resynchronise_ha(toolstack: Toolstack, db: Database) -> None:
    """A master that is not armed knows that HA is off, whatever its database says (``xapi.md`` 2.8)."""
    if toolstack.ha_armed or not pool_row(db)["ha_enabled"]:
        return
    db.set("pool", pool_ref(db), ha_enabled=False, ha_plan_exists_for=0, ha_overcommitted=False)
    if not any(machine.toolstack.ha_armed for machine in toolstack.pool.machines):
        toolstack.pool.xhad.disband()
        toolstack.world.book.ha_changed(toolstack.pool_name, False)


def _forget(toolstack: Toolstack, db: Database) -> None:
    """No session, task or operation outlives a start of the master; every host has to prove itself again."""
    for cls in VOLATILE:
        for ref in list(db.rows(cls)):
            db.destroy(cls, ref)
    db.set("pool", pool_ref(db), current_operations={})
    for ref in db.rows("host"):
        db.set("host", ref, enabled=False, current_operations={})
        toolstack.heard[db.row("host", ref)["uuid"]] = toolstack.world.timeline.now
    operations.clear_vms(db)


def _call_members_back(master: Toolstack) -> None:
    for machine in master.pool.machines:
        member = machine.toolstack
        if machine.answers() and member.role is Role.SLAVE and member.master() is master:
            member.later(master.world.durations.reconnect, reconnected, member)


def reconnected(toolstack: Toolstack) -> None:
    """A member's database connection is back after a restart of the master."""
    db = toolstack.database()
    if toolstack.storage_started and toolstack.emergency is None and db is not None and _knows(db, toolstack):
        dbsync.host_lives(toolstack)
        enabling.consider(toolstack)


# member -----------------------------------------------------------------------------------


def greet(toolstack: Toolstack) -> None:
    """A member says hello; without a master it waits, and its database calls hang (observed).

    Old products do not read the database first: they are in emergency mode (``xapi.md`` 1.7).
    """
    master = toolstack.master()
    if master is None or master.db is None:
        if toolstack.pool.profile.release[0].isalpha():
            toolstack.enter_emergency(XapiError("INTERNAL_ERROR", UNREACHABLE))
            return
        toolstack.later(toolstack.world.durations.master_retry, greet, toolstack)
        return
    refusal = _refusal(toolstack, master, master.db)
    if refusal is not None:
        toolstack.enter_emergency(refusal)
        return
    _hello(toolstack, master.db)


def _refusal(toolstack: Toolstack, master: Toolstack, db: Database) -> XapiError | None:
    own, theirs = (x.machine.software.running["xapi_build"] for x in (toolstack, master))
    uuid = toolstack.machine.uuid
    if not db.find("host", uuid=uuid):
        return XapiError("HOST_UNKNOWN_TO_MASTER", uuid)
    if upgrade.newer_is_refused(db) and upgrade.version(own) > upgrade.version(theirs):
        return XapiError("HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR", own)
    if pool_row(db)["ha_enabled"] and not toolstack.ha_armed:
        return XapiError("HA_POOL_IS_ENABLED_BUT_HOST_IS_DISABLED")
    return None


def _hello(toolstack: Toolstack, db: Database) -> None:
    own = host_ref(db, toolstack.machine)
    db.set("host", own, enabled=False, current_operations={})
    operations.cancel_tasks_on(db, own, toolstack.world.timeline.now)
    dbsync.host_started(toolstack, db)
    master = toolstack.master()
    assert master is not None
    upgrade_watch.detect(master)
    durations = toolstack.world.durations
    toolstack.later(durations.hello + durations.storage_start, _storage_started, toolstack)


# both -------------------------------------------------------------------------------------


def _storage_started(toolstack: Toolstack) -> None:
    db = toolstack.database()
    if db is None:
        toolstack.later(toolstack.world.durations.master_retry, _storage_started, toolstack)
        return
    if not _knows(db, toolstack):
        greet(toolstack)
        return
    dbsync.plug_storage(toolstack, db)
    toolstack.storage_started = True
    enabling.consider(toolstack)
