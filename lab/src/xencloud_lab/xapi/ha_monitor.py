# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xapi's HA monitor: every 20 s each host looks at the liveset (``xapi.md`` 2.5, 3.3)."""

from __future__ import annotations

import typing as t

from . import alerts, ha_plan, roles
from .errors import XapiError
from .guests import Start
from .placement import choose_host
from .role import Role
from .rows import guests_on, host_ref, is_live, is_protected, machine_of, pool_row, set_halted, set_live

if t.TYPE_CHECKING:
    from ..timeline import Completion
    from .database import Database
    from .toolstack import Toolstack


def begin(toolstack: Toolstack) -> None:
    """The monitor thread of this process."""
    toolstack.later(toolstack.world.durations.ha_monitor, _look, toolstack)


def _look(toolstack: Toolstack) -> None:
    xhad = toolstack.pool.xhad
    if not xhad.active or not toolstack.ha_armed:
        return
    toolstack.later(toolstack.world.durations.ha_monitor, _look, toolstack)
    if toolstack.machine.name in xhad.daemons & xhad.liveset:
        _obey(toolstack)


def _obey(toolstack: Toolstack) -> None:
    """Be what the lock says: its holder leads, everybody else follows."""
    xhad = toolstack.pool.xhad
    holder = xhad.lock_holder()
    if holder is None and xhad.propose(toolstack.machine):
        holder = toolstack.machine
    if holder is None:
        return
    if holder is not toolstack.machine:
        _follow(toolstack, holder.address)
    elif toolstack.role is Role.MASTER:
        _as_master(toolstack)
    elif xhad.redo_log is not None:
        _take_over(toolstack, xhad.redo_log)


def _take_over(toolstack: Toolstack, redo_log: Database) -> None:
    """Elected: continue with every write of the old master; its election and its start both leave a message."""
    db = toolstack.pool.xhad.redo_log = redo_log.snapshot()
    own = host_ref(db, toolstack.machine)
    alerts.create(db, toolstack.world.timeline.now, "POOL_MASTER_TRANSITION", 4, "Host", own)
    roles.become_master(toolstack, db)
    toolstack.restart()


def _follow(toolstack: Toolstack, address: str) -> None:
    if toolstack.role is Role.SLAVE and toolstack.master_address == address:
        return
    roles.become_slave(toolstack, address)
    toolstack.restart()


# on the master ----------------------------------------------------------------------------


def _as_master(master: Toolstack) -> None:
    db = master.db
    if db is None or _waits(master, db):
        return
    changes = [_one_host(master, db, host) for host in db.rows("host")]
    if any(changes):
        ha_plan.update_status(db)
    restart_guests(master, db)


def _waits(master: Toolstack, db: Database) -> bool:
    """A new master does nothing until every live host is enabled again, 30 minutes at most."""
    now, durations = master.world.timeline.now, master.world.durations
    if now < master.no_restarts_before:
        return True
    if master.ha_ready or now - master.start_time > durations.ha_monitor_startup:
        master.ha_ready = True
        return False
    liveset = master.pool.xhad.liveset
    living = [h for h in db.rows("host") if machine_of(master.world, db, h).name in liveset]
    master.ha_ready = all(db.row("host", host)["enabled"] for host in living)
    return not master.ha_ready


def _one_host(master: Toolstack, db: Database, host: str) -> bool:
    """Bring one host's life up to date; whether it has changed."""
    before = is_live(db, host)
    machine = machine_of(master.world, db, host)
    alive = machine.name in master.pool.xhad.liveset
    if alive and not is_live(db, host) and machine.answers():
        set_live(db, host, True, master.world.timeline.now)
    elif not alive and is_live(db, host):
        host_failed(master, db, host, clean=machine.name in master.pool.xhad.excluded)
    refresh_view(master, db, host)
    return before != is_live(db, host)


def host_failed(master: Toolstack, db: Database, host: str, *, clean: bool) -> None:
    """A host has left the liveset: it is dead, and what ran there is Halted."""
    now = master.world.timeline.now
    set_live(db, host, False, now)
    if not clean:
        alerts.create(db, now, "HA_HOST_FAILED", 3, "Host", host)
    for vm in guests_on(db, host):
        set_halted(db, vm)
        if db.row("VM", vm)["ha_restart_priority"] == "best-effort":
            master.restart_tried[vm] = 0.0


def refresh_view(master: Toolstack, db: Database, host: str) -> None:
    """ha_statefiles and ha_network_peers as xhad reports them for this host."""
    xhad, machine = master.pool.xhad, machine_of(master.world, db, host)
    alive = machine.name in xhad.liveset
    reaches = alive and xhad.reaches_statefile(machine)
    peers = sorted(master.world.machines[name].uuid for name in xhad.liveset) if alive else []
    statefiles = list(pool_row(db)["ha_statefiles"]) if reaches else []
    db.set("host", host, ha_statefiles=statefiles, ha_network_peers=peers)


def restart_guests(master: Toolstack, db: Database) -> None:
    """Start protected VMs that do not run, then best-effort ones of failed hosts (``xapi.md`` 7.3)."""
    now, retry = master.world.timeline.now, master.world.durations.ha_restart_retry
    halted = [vm for vm, row in db.rows("VM").items() if row["power_state"] == "Halted" and is_protected(row)]
    for vm in sorted(halted, key=lambda ref: int(db.row("VM", ref)["order"])):
        if now - master.restart_tried.get(vm, -retry) >= retry:
            _restart(master, db, vm)
    for vm, tried in list(master.restart_tried.items()):
        if tried == 0.0 and db.exists("VM", vm) and db.row("VM", vm)["power_state"] == "Halted":
            _restart(master, db, vm)


def _restart(master: Toolstack, db: Database, vm: str) -> None:
    master.restart_tried[vm] = master.world.timeline.now
    try:
        host = choose_host(db, vm)
    except XapiError:
        alerts.create(db, master.world.timeline.now, "HA_PROTECTED_VM_RESTART_FAILED", 2, "VM", vm)
        return
    Start(master.pool, db, vm, host).submit().then(_restarted, master, vm)


def _restarted(master: Toolstack, vm: str, started: Completion) -> None:
    if started.error is None:
        master.restart_tried.pop(vm, None)
