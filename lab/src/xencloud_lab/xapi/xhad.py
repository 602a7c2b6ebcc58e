# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xhad: what the machines of a pool know of each other by heartbeat and statefile.

The liveset and the master lock are physical facts, the same for every survivor; what xapi makes of
them is in ``ha_monitor``. Modelled here: who dies, who leaves cleanly, who comes back, and who has to reset
itself because it lost its network or the statefile (``xapi.md`` 2.4, 2.8, 2.9).
"""

from __future__ import annotations

import typing as t

from .survival import Peer, survives

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from .database import Database
    from .toolstack import Toolstack

XAPI_EXTRA_WATCHDOG_S = 15.0
LEAST_FENCING_WAIT_S = 10.0
LEAST_STATEFILE_INTERVAL_S = 2.0
HEARTBEAT_INTERVAL_S = 3.0


class Xhad:
    """The heartbeat daemons of one pool.

    :ivar active: the pool's state in the statefile; False is "invalid" or "no HA".
    :ivar configured: names of all machines that were there when HA was enabled.
    :ivar liveset: names of machines that survive.
    :ivar excluded: machines that have left cleanly.
    :ivar lock: the machine that holds the master lock.
    :ivar redo_log: the database that gets every write; a new master continues with it.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.active = False
        self.timeout_s = 0.0
        self.statefile_sr = ""
        self.configured: set[str] = set()
        self.liveset: set[str] = set()
        self.excluded: set[str] = set()
        self.lock: str | None = None
        self.redo_log: Database | None = None
        self._silent: dict[str, float] = {}
        self._trouble: dict[str, float] = {}

    def form(self, machines: list[Machine], master: Machine, sr_uuid: str, timeout_s: float, db: Database) -> None:
        """All hosts have joined: the pool is active."""
        self.active, self.timeout_s, self.statefile_sr = True, timeout_s, sr_uuid
        self.configured = {machine.name for machine in machines}
        self.liveset = set(self.configured)
        self.excluded, self.lock, self.redo_log = set(), master.name, db
        self._silent, self._trouble = {}, {}

    def disband(self) -> None:
        """The pool state is invalid from now on."""
        self.active = False
        self.liveset, self.excluded, self.lock, self.redo_log = set(), set(), None, None
        self._silent, self._trouble = {}, {}

    def fencing_wait_s(self) -> float:
        """How long survivors wait until a silent peer has surely reset itself."""
        statefile_interval = max(LEAST_STATEFILE_INTERVAL_S, self.timeout_s // 20)
        slowest_watchdog = self.timeout_s + XAPI_EXTRA_WATCHDOG_S
        return max(
            slowest_watchdog - self.timeout_s + max(HEARTBEAT_INTERVAL_S, statefile_interval), LEAST_FENCING_WAIT_S
        )

    # who comes and goes -------------------------------------------------------------------

    def leave(self, machine: Machine) -> None:
        """A clean stop: excluded at once, without fencing delay."""
        if self.active and machine.name in self.liveset:
            self.excluded.add(machine.name)
            self._remove(machine.name)

    def machine_stopped(self, machine: Machine, *, cleanly: bool) -> None:
        """A machine has no power: its peers find out, at once or by its silence."""
        if not self.active or machine.name not in self.liveset:
            return
        if cleanly:
            self.leave(machine)
            return
        timeline = self._pool.world.timeline
        self._silent[machine.name] = timeline.now
        timeline.after(self.timeout_s + self.fencing_wait_s(), self._timed_out, machine.name, timeline.now)

    def _timed_out(self, name: str, since: float) -> None:
        if self._silent.get(name) == since:
            del self._silent[name]
            self._remove(name)

    def _remove(self, name: str) -> None:
        self.liveset.discard(name)
        self.lock = None if self.lock == name else self.lock
        self._pool.world.book.note("liveset", self._pool.name, f"without {name}")

    def toolstack_started(self, toolstack: Toolstack) -> bool:
        """An armed host starts its daemon and joins; False when it cannot, or HA was given up meanwhile."""
        if not self.active:
            toolstack.ha_armed = False
        if not toolstack.ha_armed or not self.reaches_statefile(toolstack.machine):
            return False
        name = toolstack.machine.name
        if name not in self.liveset:
            self._pool.world.book.note("liveset", self._pool.name, f"with {name}")
        self._silent.pop(name, None)
        self.excluded.discard(name)
        self.liveset.add(name)
        return True

    # who has to go ------------------------------------------------------------------------

    def reaches_statefile(self, machine: Machine) -> bool:
        """Whether this machine can write to its sector."""
        array = self._pool.world.storage.get(self.statefile_sr)
        return array is None or array.reaches(machine.name)

    def check(self, machine: Machine) -> None:
        """One look of a daemon at its peers: when something is lost for the time-out, the rules decide."""
        peers = [self._peer(name) for name in self.liveset]
        now = self._pool.world.timeline.now
        if all(peer.network and peer.statefile for peer in peers):
            self._trouble.pop(machine.name, None)
        elif now - self._trouble.setdefault(machine.name, now) >= self.timeout_s:
            self._decide(machine, peers)

    def _decide(self, machine: Machine, peers: list[Peer]) -> None:
        own = self._peer(machine.name)
        if own in peers and not survives(peers, own, self.configured - self.excluded):
            self._pool.world.book.note("fenced", machine.name, "no network" if not own.network else "no statefile")
            self._remove(machine.name)
            self._trouble.pop(machine.name, None)
            machine.reset()

    def _peer(self, name: str) -> Peer:
        machine = self._pool.world.machines[name]
        fresh = machine.powered and self.reaches_statefile(machine)
        return Peer(name, machine.uuid, machine.powered and machine.connected, fresh)

    def propose(self, machine: Machine) -> bool:
        """Take the master lock; at most one has it."""
        if self.active and self.lock is None and machine.name in self.liveset:
            self.lock = machine.name
        return self.lock == machine.name

    def lock_holder(self) -> Machine | None:
        """The machine that the statefile calls master."""
        return self._pool.world.machines[self.lock] if self.lock is not None else None
