# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The world: everything that exists, and the one clock.

All of it is plain objects that can be pickled. A request from outside comes in through ``call``,
whether it is CloudStack in the same process or a client over HTTPS.
"""

from __future__ import annotations

import typing as t
from random import Random

from .book import Book
from .durations import Durations
from .faults import Faults
from .machines import Machine
from .pools import Pool
from .storage import Storage
from .timeline import Completion, Timeline
from .xapi.dispatch import dispatch
from .xapi.errors import Unreachable


class Dice(Random):
    """The world's only source of chance.

    A copy of something that holds it (a database) keeps rolling the same dice: two copies must
    never invent the same reference.
    """

    def __copy__(self) -> Dice:
        return self

    def __deepcopy__(self, memo: dict[int, t.Any]) -> Dice:
        return self


class World:
    """Machines, storage, pools, and the systems that believe things about them.

    :ivar storage: arrays by the uuid of their SR.
    :ivar presence: counts changes of what decides whether a machine answers.
    :ivar cloudstack: the management server, None when the estate has none.
    """

    def __init__(self, seed: int, start: float, durations: Durations | None = None) -> None:
        self.timeline = Timeline(start)
        self.random = Dice(seed)
        self.durations = durations or Durations()
        self.book = Book(self.timeline)
        self.machines: dict[str, Machine] = {}
        self.pools: dict[str, Pool] = {}
        self.storage: dict[str, Storage] = {}
        self.cloudstack: t.Any = None
        self.presence = 0
        self.faults = Faults(self)
        self._by_address: dict[str, Machine] = {}
        self._by_uuid: dict[str, Machine] = {}

    # what there is ------------------------------------------------------------------------

    def add_machine(self, machine: Machine) -> None:
        self.machines[machine.name] = machine
        self._by_address[machine.address] = machine
        self._by_uuid[machine.uuid] = machine

    def machine_at(self, address: str) -> Machine | None:
        """The machine with this address."""
        return self._by_address.get(address)

    def machine_of(self, host_uuid: str) -> Machine | None:
        """The machine with this host uuid."""
        return self._by_uuid.get(host_uuid)

    def pool_of(self, machine: Machine) -> Pool:
        """The pool that this machine belongs to."""
        return self.pools[machine.toolstack.pool_name]

    def move(self, machine: Machine, pool: str) -> None:
        """The machine belongs to another pool from now on; a pool that nobody is in any more is gone."""
        old = self.pool_of(machine)
        old.machines.remove(machine)
        machine.toolstack.pool_name = pool
        self.pools[pool].machines.append(machine)
        if not old.machines:
            del self.pools[old.name]

    # what happens -------------------------------------------------------------------------

    def call(self, address: str, method: str, params: list[t.Any], *, wire: bool = False) -> t.Any:
        """An XAPI call as a client sees it: a value, or a ``Completion`` of one.

        :param wire: the client is outside of the world.

        :raises XapiError: the answer is an error.
        :raises Unreachable: nobody answers.
        """
        machine = self.machine_at(address)
        if machine is None or not machine.answers():
            raise Unreachable(address)
        if wire:
            self.faults.from_a_client()
        outcome = dispatch(self, machine, method, params)
        return machine.toolstack.connection(outcome) if isinstance(outcome, Completion) else outcome

    def machine_stopped(self, machine: Machine, *, cleanly: bool) -> None:
        """A machine has no power any more: whoever feels that physically is told."""
        self.pool_of(machine).xhad.machine_stopped(machine, cleanly=cleanly)
