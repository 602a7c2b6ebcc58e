# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xhad: what the machines of a pool know of each other by heartbeat and statefile.

The liveset and the master lock are physical facts, the same for every survivor; what xapi makes of
them is in ``ha_monitor``. Modelled here: who dies, who leaves cleanly, who comes back
(``xapi.md`` 2.4, 2.8, 2.9). A partition of the network or the loss of the statefile is not.
"""

from __future__ import annotations

import typing as t

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
        self.liveset: set[str] = set()
        self.excluded: set[str] = set()
        self.lock: str | None = None
        self.redo_log: Database | None = None
        self._silent: dict[str, float] = {}

    def form(self, machines: list[Machine], master: Machine, sr_uuid: str, timeout_s: float, db: Database) -> None:
        """All hosts have joined: the pool is active."""
        self.active, self.timeout_s, self.statefile_sr = True, timeout_s, sr_uuid
        self.liveset = {machine.name for machine in machines}
        self.excluded, self.lock, self.redo_log = set(), master.name, db
        self._silent = {}

    def disband(self) -> None:
        """The pool state is invalid from now on."""
        self.active = False
        self.liveset, self.excluded, self.lock, self.redo_log = set(), set(), None, None
        self._silent = {}

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
        if self._silent.pop(name, None) == since:
            self._remove(name)

    def _remove(self, name: str) -> None:
        self.liveset.discard(name)
        self.lock = None if self.lock == name else self.lock
        self._pool.world.book.note("liveset", self._pool.name, f"without {name}")

    def toolstack_started(self, toolstack: Toolstack) -> bool:
        """An armed host starts its daemon and joins; False when the pool has given up HA meanwhile."""
        if not self.active:
            toolstack.ha_armed = False
            return False
        if not toolstack.ha_armed:
            return False
        name = toolstack.machine.name
        if name not in self.liveset:
            self._pool.world.book.note("liveset", self._pool.name, f"with {name}")
        self._silent.pop(name, None)
        self.excluded.discard(name)
        self.liveset.add(name)
        return True

    def propose(self, machine: Machine) -> bool:
        """Take the master lock; at most one has it."""
        if self.active and self.lock is None and machine.name in self.liveset:
            self.lock = machine.name
        return self.lock == machine.name

    def lock_holder(self) -> Machine | None:
        """The machine that the statefile calls master."""
        return self._pool.world.machines[self.lock] if self.lock is not None else None
