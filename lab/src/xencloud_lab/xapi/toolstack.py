# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The toolstack of a machine: one xapi process, its role in the pool and what it keeps where.

Three places, three lifetimes: attributes under *memory* die with the process, those under *disk*
survive a reboot (``xapi.md`` 2.1, 5.2), the database is the master's alone.
"""

from __future__ import annotations

import typing as t

from ..power import Power
from ..timeline import Action, Completion, Event
from . import roles, startup
from .errors import Unreachable, XapiError
from .role import Role

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from ..world import World
    from .database import Database


class Toolstack:
    """One xapi.

    :ivar db: the pool's live database, when this is its master; on disk while the process is stopped.
    :ivar flushed: what of ``db`` a power cut leaves (``xapi.md`` 3.4).
    :ivar db_copy: a member's copy of the database, and ``db_copy_at`` its time (``xapi.md`` 3.2).
    :ivar committed: the role that a master switch has written; this process still plays its old one.
    :ivar moves_to: the pool that this host has joined; it becomes a member when this process ends.
    :ivar down_since: when the last process ended.
    :ivar heard: on the master, when each host (uuid) was last heard of.
    :ivar ha_ready: a new master under HA has seen every live host enabled.
    :ivar no_restarts_before: pool.ha_prevent_restarts_for.
    :ivar restart_tried: when HA last tried to start a VM.
    :ivar busy: plugins that hold their lock, and with what.
    :ivar proposed: who was agreed on as the next master, and when (``xapi.md`` 3.1).
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.pool_name = ""
        self._running = False
        self.process = 0
        # disk
        self.role = Role.SLAVE
        self.master_address = ""
        self.db: Database | None = None
        self.flushed: Database | None = None
        self.db_copy: Database | None = None
        self.db_copy_at = 0.0
        self.auto_enable = True
        self.ha_armed = False
        self.disabled_until_reboot = False
        self.committed: tuple[Role, str] | None = None
        self.moves_to: str | None = None
        # memory
        self.emergency: XapiError | None = None
        self.user_disabled = False
        self.storage_started = False
        self.start_time = 0.0
        self.down_since = 0.0
        self.heard: dict[str, float] = {}
        self.ha_ready = False
        self.no_restarts_before = 0.0
        self.restart_tried: dict[str, float] = {}
        self.proposed: tuple[str, float] | None = None
        self.busy: dict[str, str] = {}
        self.local_sessions: dict[str, float] = {}
        self._connections: list[Completion] = []

    # who and where ------------------------------------------------------------------------

    @property
    def world(self) -> World:
        return self.machine.world

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._running

    @running.setter
    def running(self, value: bool) -> None:
        self._running = value
        self.world.presence += 1

    @property
    def pool(self) -> Pool:
        return self.world.pools[self.pool_name]

    @property
    def serves_as_master(self) -> bool:
        """Whether this process answers as its pool's master now."""
        healthy = self.running and self.emergency is None and self.machine.powered
        return healthy and self.role is Role.MASTER and self.db is not None

    def master(self) -> Toolstack | None:
        """The master as this host sees it: itself, or who answers as master at the address it has."""
        if self.role is Role.MASTER:
            return self if self.serves_as_master else None
        machine = self.world.machine_at(self.master_address)
        if machine is None or not machine.answers() or not machine.toolstack.serves_as_master:
            return None
        return machine.toolstack if self.machine.reaches(machine) else None

    def database(self) -> Database | None:
        """The live database, reached through the master; None when it cannot be reached."""
        master = self.master()
        return master.db if master else None

    # the process --------------------------------------------------------------------------

    def later(self, seconds: float, action: Action, *args: t.Any) -> Event:
        """``action(*args)`` in this many seconds, unless this process is gone by then."""
        return self.world.timeline.after(seconds, self._if_alive, self.process, action, args)

    def _if_alive(self, process: int, action: Action, args: tuple[t.Any, ...]) -> None:
        if process == self.process:
            action(*args)

    def start(self, extra_s: float = 0.0) -> None:
        """Start the process; it answers after its start-up time."""
        if self.running:
            return
        self.process += 1
        self.later(self.world.durations.toolstack_start + extra_s, self.up)

    def up(self) -> None:
        """The process is there and answers."""
        if self.machine.power is not Power.ON or self.running:
            return
        self.machine.software.toolstack_started()
        self.running = True
        self.start_time = self.world.timeline.now
        startup.begin(self)
        self.world.book.level_seen(self.pool_name, self.machine.name, self.pool.levels())
        self.tell_masters()

    def stop(self) -> None:
        """A clean end: everything is on disk, connections break, memory is gone."""
        self.flushed = None
        self._end()

    def restart(self, extra_s: float = 0.0) -> None:
        """What xe-toolstack-restart does; a master writes its database first."""
        flush_s = self.world.durations.flush_at_exit if self.serves_as_master else 0.0
        self.stop()
        self.start(extra_s + flush_s)

    def killed(self) -> None:
        """The end without a warning; the database falls back to what was flushed (``xapi.md`` 3.4).

        Under HA every write is in the redo log, so nothing is lost (``xapi.md`` 3.3).
        """
        if self.db is not None and self.flushed is not None and not self.pool.xhad.active:
            self.db = self.flushed
        self.flushed = None
        self._end()

    def machine_booted(self) -> None:
        """The operating system is up: the flag that only a boot clears, then the process."""
        self.disabled_until_reboot = False
        self.start()

    def _end(self) -> None:
        self.process += 1
        was_running, self.running = self.running, False
        if self.committed is not None:
            self._play_committed_role(*self.committed)
            self.committed = None
        if was_running:
            self.down_since = self.world.timeline.now
            self.pool.xhad.health.toolstack_stopped(self.machine)
        self.emergency = None
        self.user_disabled = self.storage_started = False
        self.heard, self.busy, self.restart_tried, self.proposed = {}, {}, {}, None
        self.ha_ready, self.no_restarts_before = False, 0.0
        self.local_sessions = {}
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.reject(Unreachable(self.machine.address))
        self.tell_masters()

    def _play_committed_role(self, role: Role, master_address: str) -> None:
        """A new master starts from its copy of the database, as old as that is (``xapi.md`` 3.1)."""
        if self.moves_to is not None:
            self.world.move(self.machine, self.moves_to)
            self.moves_to = None
        if role is Role.SLAVE:
            roles.become_slave(self, master_address)
        elif self.role is not Role.MASTER and self.db_copy is not None:
            roles.become_master(self, self.db_copy.snapshot())
            roles.leave_strangers(self)

    def enter_emergency(self, error: XapiError) -> None:
        """Answer with this error until the next attempt (``xapi.md`` 1.7)."""
        self.emergency = error
        durations = self.world.durations
        wait = durations.emergency_retry + self.world.random.random() * durations.emergency_retry_spread
        self.later(wait, self.restart)

    def tell_masters(self) -> None:
        """The book wants to know who acts as master."""
        if self.pool_name in self.world.pools:
            names = [m.name for m in self.pool.masters()]
            self.world.book.masters_changed(self.pool_name, names)

    # connections --------------------------------------------------------------------------

    def connection(self, answer: Completion) -> Completion:
        """A client that waits for this answer; it is cut off when the process ends."""
        client = Completion()
        self._connections = [c for c in self._connections if not c.done]
        self._connections.append(client)
        answer.then(_pass_on, client)
        return client


def _pass_on(client: Completion, answer: Completion) -> None:
    if answer.error is None:
        client.resolve(answer.value)
    else:
        client.reject(answer.error)
