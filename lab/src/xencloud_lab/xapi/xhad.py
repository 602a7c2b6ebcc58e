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

from ..cables import Cut
from .survival import Peer, survives
from .xhad_boot import Gathering
from .xhad_health import XapiHealth

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..pools import Pool
    from .database import Database

XAPI_EXTRA_WATCHDOG_S = 15.0
LEAST_FENCING_WAIT_S = 10.0
LEAST_STATEFILE_INTERVAL_S = 2.0
HEARTBEAT_INTERVAL_S = 3.0
ROUNDING_S = 0.001


class Xhad:
    """The heartbeat daemons of one pool.

    :ivar active: the pool's state in the statefile; False is "invalid" or "no HA".
    :ivar configured: names of all machines that were there when HA was enabled.
    :ivar liveset: names of machines that survive, as published.
    :ivar daemons: machines where a daemon runs that has joined.
    :ivar excluded: machines that have left cleanly.
    :ivar lock: the machine that holds the master lock.
    :ivar redo_log: the database that gets every write; a new master continues with it.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.active = False
        self.timeout_s = 0.0
        self.statefile_sr = ""
        self.configured: set[str] = set()
        self.liveset: set[str] = set()
        self.daemons: set[str] = set()
        self.excluded: set[str] = set()
        self.lock: str | None = None
        self.redo_log: Database | None = None
        self.gathering = Gathering(self)
        self.health = XapiHealth(self)
        self._session = 0
        self._network_lost: dict[str, float] = {}
        self._statefile_lost: dict[str, float] = {}
        self._condemned: dict[str, float] = {}

    def form(self, machines: list[Machine], master: Machine, sr_uuid: str, timeout_s: float, db: Database) -> None:
        """All hosts have joined: the pool is active. One without power has crashed some time ago."""
        self._reset()
        self.active, self.timeout_s, self.statefile_sr = True, timeout_s, sr_uuid
        self.configured = {machine.name for machine in machines}
        self.liveset = {machine.name for machine in machines if machine.powered}
        self.daemons = set(self.liveset)
        self.lock, self.redo_log = master.name, db
        self._watch_cables(self.look)
        self.look()

    def disband(self) -> None:
        """The pool state is invalid from now on."""
        self._watch_cables(None)
        self._reset()

    def _reset(self) -> None:
        self.active, self.lock, self.redo_log = False, None, None
        self.liveset, self.daemons, self.excluded = set(), set(), set()
        self._session += 1
        self._network_lost, self._statefile_lost, self._condemned = {}, {}, {}
        self.gathering.clear()

    def _watch_cables(self, changed: t.Callable[[], None] | None) -> None:
        array = self.pool.world.storage.get(self.statefile_sr)
        if array is not None and isinstance(array.cut, Cut):
            array.cut.changed = changed

    @property
    def now(self) -> float:
        return self.pool.world.timeline.now

    def machine(self, name: str) -> Machine:
        """The machine of this name."""
        return self.pool.world.machines[name]

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
        if self.active and machine.name in self.daemons:
            self.excluded.add(machine.name)
            self.daemons.discard(machine.name)
            self._remove(machine.name)
            self.look()

    def machine_stopped(self, machine: Machine, *, cleanly: bool) -> None:
        """A machine has no power: its peers find out, at once or by its silence."""
        if cleanly:
            self.leave(machine)
        self.daemons.discard(machine.name)
        self.gathering.forget(machine.name)
        self.look()

    def joined(self, names: set[str]) -> None:
        """These daemons are members of the liveset from now on."""
        for name in sorted(names):
            self._condemned.pop(name, None)
            self.excluded.discard(name)
            self.daemons.add(name)
            if name not in self.liveset:
                self.liveset.add(name)
                self.pool.world.book.note("liveset", self.pool.name, f"with {name}")
        self.look()

    def start_again(self, names: set[str]) -> None:
        """Nobody survives of the old liveset; a new one forms, without a master."""
        self.liveset, self.lock = set(), None
        self.joined(names)

    def _remove(self, name: str) -> None:
        self.liveset.discard(name)
        self.lock = None if self.lock == name else self.lock
        self.pool.world.book.note("liveset", self.pool.name, f"without {name}")

    # who has to go ------------------------------------------------------------------------

    def reaches_statefile(self, machine: Machine) -> bool:
        """Whether this machine can write to its sector."""
        array = self.pool.world.storage.get(self.statefile_sr)
        return array is None or array.reaches(machine.name)

    def look(self) -> None:
        """A plug or a cable has changed: note since when each machine is silent; the time-out decides."""
        if not self.active:
            return
        for name in sorted(self.configured):
            machine, speaks = self.machine(name), name in self.daemons
            self._note(self._network_lost, name, speaks and machine.powered and machine.connected)
            self._note(self._statefile_lost, name, speaks and machine.powered and self.reaches_statefile(machine))

    def _note(self, lost: dict[str, float], name: str, fine: bool) -> None:
        if fine == (name not in lost):
            return
        if fine:
            del lost[name]
        else:
            lost[name] = self.now
        self.pool.world.timeline.after(self.timeout_s, self._decide, self._session)

    def _decide(self, session: int) -> None:
        """The fault handler of every daemon: who must go resets itself, who stays waits and publishes."""
        if session != self._session:
            return
        peers = [self._peer(name) for name in sorted(self.liveset)]
        if all(peer.network and peer.statefile for peer in peers):
            return
        expected = self.configured - self.excluded
        losers = [p for p in peers if p.name in self.daemons and not survives(peers, p, expected)]
        for peer in peers:
            if peer in losers or not (peer.network or peer.statefile):
                self._condemn(peer.name)
        for peer in losers:
            self.fence(self.machine(peer.name), "no network" if not peer.network else "no statefile")

    def _condemn(self, name: str) -> None:
        if name not in self._condemned:
            self._condemned[name] = self.now
            self.pool.world.timeline.after(self.fencing_wait_s(), self._publish, name, self.now)

    def _publish(self, name: str, since: float) -> None:
        if self._condemned.get(name) == since:
            del self._condemned[name]
            self._remove(name)

    def fence(self, machine: Machine, why: str) -> None:
        """The hypervisor's watchdog resets the machine."""
        self.pool.world.book.note("fenced", machine.name, why)
        machine.reset()

    def _peer(self, name: str) -> Peer:
        network, statefile = (not self._silent(x, name) for x in (self._network_lost, self._statefile_lost))
        return Peer(name, self.machine(name).uuid, network, statefile)

    def _silent(self, lost: dict[str, float], name: str) -> bool:
        return name in lost and self.now - lost[name] >= self.timeout_s - ROUNDING_S

    # the master lock ----------------------------------------------------------------------

    def propose(self, machine: Machine) -> bool:
        """Take the master lock; at most one has it."""
        if self.active and self.lock is None and machine.name in self.liveset:
            self.lock = machine.name
        return self.lock == machine.name

    def lock_holder(self) -> Machine | None:
        """The machine that the statefile calls master."""
        return self.machine(self.lock) if self.lock is not None else None
