# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves a batch of VMs: bounded in parallel per source host, judged by where each VM is afterwards.

Who moves them (CloudStack or XAPI) is a ``Carrier``; nothing here knows either.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

from .errors import MaintenanceError, WaitTimeout
from .waiter import NotYet, Waiter

Ticket = t.TypeVar("Ticket")


@dataclass(frozen=True, slots=True)
class Move:
    """One VM and where it goes; ``vm``, ``source`` and ``target`` are what its carrier calls them."""

    vm: str
    name: str
    source: str
    source_name: str
    target: str
    target_name: str
    memory_mib: int

    @property
    def settled(self) -> bool:
        """The VM is already where it should be."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class InFlight:
    """A migration that still runs, or of which nothing can be known at the moment."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A migration that is over; ``cause`` is what its carrier complains of, which is not yet a verdict."""

    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a VM is: ``settled`` is false while it is in transit, when its host means nothing (cloudstack.md 2.12)."""

    host: str | None
    settled: bool
    state: str


class Carrier(t.Protocol[Ticket]):
    """Moves single VMs and knows where they are."""

    def start(self, move: Move) -> Ticket:
        """Begin a migration; raises MaintenanceError when it is refused at once."""

    def poll(self, move: Move, ticket: Ticket) -> InFlight | Ended:
        """Look once, without waiting; a lost connection is ``InFlight``."""

    def locate(self, moves: t.Sequence[Move]) -> t.Mapping[str, Whereabouts]:
        """Where these VMs are, by ``Move.vm``; what cannot be told now is left out and asked again."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A VM that arrived, and how long that took."""

    move: Move
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A VM that did not arrive, and why."""

    move: Move
    cause: str


@dataclass(slots=True)
class Tally:
    """How a batch ended."""

    moved: list[Moved] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    unmoved: list[Move] = field(default_factory=list)

    def as_result(self) -> dict[str, t.Any]:
        """The part of a module's result that both migrating modules share; Ansible keeps ``failed`` for itself."""
        return {
            "moved": [{**as_dict(each.move), "seconds": round(each.seconds, 1)} for each in self.moved],
            "failures": [{**as_dict(each.move), "cause": each.cause} for each in self.failed],
            "unmoved": [as_dict(move) for move in self.unmoved],
        }


def as_dict(move: Move) -> dict[str, t.Any]:
    """A move as people and playbooks read it."""
    return {
        "vm": move.vm,
        "name": move.name,
        "source": move.source_name,
        "target": move.target_name,
        "memory_mib": move.memory_mib,
    }


def judge(move: Move, found: Whereabouts, cause: str | None) -> str | None:
    """Why a VM counts as not moved, or None when it arrived: the place decides, not what the carrier said."""
    if found.host == move.target:
        return None
    if cause:
        return cause
    if found.host is None:
        return f"it is {found.state} and on no host"
    return f"it is still {found.state} on {move.source_name if found.host == move.source else 'another host'}"


@dataclass(slots=True)
class _Flight(t.Generic[Ticket]):
    move: Move
    ticket: Ticket
    begun: float
    ended: Ended | None = None


class Batch(t.Generic[Ticket]):
    """The state of one batch; ``step`` does what can be done now."""

    def __init__(self, moves: t.Sequence[Move], carrier: Carrier[Ticket], parallel: int, waiter: Waiter) -> None:
        self.tally = Tally()
        self._waiting = [move for move in moves if not move.settled]
        self._flights: list[_Flight[Ticket]] = []
        self._carrier = carrier
        self._parallel = parallel
        self._waiter = waiter
        self._totals = Counter(move.source for move in self._waiting)
        self._done: Counter[str] = Counter()

    def step(self) -> Tally | NotYet:
        """Start what may start, look at what runs, judge what ended."""
        self._start_next()
        self._poll()
        self._judge()
        if self._flights or (self._waiting and not self.tally.failed):
            return NotYet(self._still())
        return self._close()

    def give_up(self, timeout_s: float) -> Tally:
        """Count everything in flight as failed; their migrations are not cancelled."""
        for flight in self._flights:
            self._fail(flight.move, f"its migration was still running after {timeout_s:g} s")
        self._flights = []
        return self._close()

    def _close(self) -> Tally:
        self.tally.unmoved = self._waiting
        return self.tally

    def _start_next(self) -> None:
        """One pass over the queue: an occupied source does not hold up the others."""
        busy = Counter(flight.move.source for flight in self._flights)
        for move in list(self._waiting):
            if self.tally.failed:
                return
            if busy[move.source] < self._parallel:
                self._waiting.remove(move)
                busy[move.source] += self._start(move)

    def _start(self, move: Move) -> int:
        try:
            ticket = self._carrier.start(move)
        except MaintenanceError as error:
            self._fail(move, error.message)
            return 0
        self._flights.append(_Flight(move, ticket, self._waiter.clock.now()))
        return 1

    def _poll(self) -> None:
        for flight in self._flights:
            if flight.ended is None:
                answer = self._carrier.poll(flight.move, flight.ticket)
                flight.ended = answer if isinstance(answer, Ended) else None

    def _judge(self) -> None:
        ended = [(flight, flight.ended) for flight in self._flights if flight.ended is not None]
        if not ended:
            return
        found = self._carrier.locate([flight.move for flight, _end in ended])
        for flight, end in ended:
            place = found.get(flight.move.vm)
            if place is not None and place.settled:
                self._flights.remove(flight)
                self._land(flight, judge(flight.move, place, end.cause))

    def _land(self, flight: _Flight[Ticket], cause: str | None) -> None:
        if cause is not None:
            self._fail(flight.move, cause)
            return
        move, seconds = flight.move, self._waiter.clock.now() - flight.begun
        self.tally.moved.append(Moved(move, seconds))
        self._say(move, f"moved  {move.name} -> {move.target_name}  {gib(move.memory_mib)} in {seconds:.0f} s")

    def _fail(self, move: Move, cause: str) -> None:
        self.tally.failed.append(Failed(move, cause))
        self._say(move, f"failed  {move.name} -> {move.target_name}: {cause}")

    def _say(self, move: Move, text: str) -> None:
        self._done[move.source] += 1
        self._waiter.report(f"{move.source_name} {self._done[move.source]}/{self._totals[move.source]} {text}")

    def _still(self) -> str:
        if not self._flights:
            return f"{count_vms(len(self._waiting))} to go"
        oldest = min(self._flights, key=lambda flight: flight.begun)
        age = self._waiter.clock.now() - oldest.begun
        return f"still moving {count_vms(len(self._flights))}, oldest {oldest.move.name} for {age:.0f} s"


def run_moves(moves: t.Sequence[Move], carrier: Carrier[Ticket], parallel: int, waiter: Waiter) -> Tally:
    """Move a batch, at most ``parallel`` VMs in flight per source host, within the waiter's limit for the whole batch.

    After a failure nothing new is started, but what is in flight is waited for.
    """
    batch = Batch(moves, carrier, parallel, waiter)
    sources = ", ".join(dict.fromkeys(move.source_name for move in moves if not move.settled))
    try:
        return waiter.wait(f"{sources}: moving VMs", batch.step)
    except WaitTimeout:
        return batch.give_up(waiter.timeout_s)


def require_all_moved(tally: Tally) -> None:
    """Raise one sentence with every VM that was not moved and its cause, the tally in its details."""
    if not tally.failed:
        return
    sources = ", ".join(dict.fromkeys(failed.move.source_name for failed in tally.failed))
    causes = "; ".join(f"{failed.move.name}: {failed.cause.rstrip('.')}" for failed in tally.failed)
    untried = len(tally.unmoved)
    rest = f" {count_vms(untried)} {'was' if untried == 1 else 'were'} not tried after that." if untried else ""
    raise MaintenanceError(
        f"{sources}: {count_vms(len(tally.failed))} could not be moved ({causes}).{rest} "
        "Remove the cause and run this again; nothing is moved twice.",
        changed=bool(tally.moved),
        **tally.as_result(),
    )


def gib(memory_mib: int) -> str:
    """An amount of memory for people."""
    return f"{memory_mib / 1024:.1f} GiB"


def count_vms(number: int) -> str:
    """``1 VM`` or ``2 VMs``."""
    return f"{number} VM" if number == 1 else f"{number} VMs"


def moved_sentence(moves: t.Sequence[Move]) -> str:
    """A batch as one step of a run."""
    sources = ", ".join(sorted({move.source_name for move in moves}))
    return f"{len(moves)} VMs moved off {sources}" if len(moves) != 1 else f"1 VM moved off {sources}"
