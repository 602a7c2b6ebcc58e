# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order hosts are emptied, and where each VM goes, with as few live migrations as possible.

The rules are those of peers.md 5.3: targets are hosts that are already done, filled as full as they get; what does not
fit there spills to a host that is still to do and is moved once more; nothing is moved back. Several first hosts and
ways to pack are tried, and the search ends as soon as a plan meets the lower bound.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from itertools import product

from .packing import Load, Pack, Room, Seat, place_all

Order = t.Literal["largest", "smallest"]

# More first hosts than these were never needed to meet the bound; each costs a whole simulation.
_FIRST_HOSTS = 6


@dataclass(frozen=True, slots=True)
class Rules:
    """What the order has to respect.

    ``first`` and ``last`` are keys of seats; ``fixed`` is a whole order given from outside. With ``refill``, a host
    that was emptied is back afterwards and may take VMs; without, it stays away, and no host to be emptied takes any.
    """

    first: str | None = None
    last: str | None = None
    fixed: tuple[str, ...] = ()
    refill: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One host and what leaves it, in the order in which it fits."""

    seat: str
    moves: tuple[tuple[Load, str], ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A VM for which there is no place; ``missing_mib`` is None when memory is not what is missing."""

    load: Load
    seat: str
    missing_mib: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """An order with all its moves, or the VMs that stand in its way."""

    steps: tuple[Step, ...]
    lower_bound: int
    spills: int = 0
    shortages: tuple[Shortage, ...] = ()

    @property
    def moves_total(self) -> int:
        """Live migrations of the whole run."""
        return sum(len(step.moves) for step in self.steps)

    @property
    def feasible(self) -> bool:
        """Every VM has a place at its moment."""
        return not self.shortages


def make_plan(seats: t.Sequence[Seat], loads: t.Sequence[Load], rules: Rules) -> Plan:
    """The best plan that was found; the same input always gives the same plan."""
    bound = lower_bound(seats, loads, rules)
    best: Plan | None = None
    ways = product(_firsts(seats, loads, rules), t.get_args(Pack), t.get_args(Order))
    for first, pack, order in ways:
        plan = _simulate(seats, loads, rules, bound, first, pack, order)
        if best is None or _cost(plan) < _cost(best):
            best = plan
        if best.feasible and best.moves_total <= bound:
            break
    return best or Plan((), bound)


def lower_bound(seats: t.Sequence[Seat], loads: t.Sequence[Load], rules: Rules) -> int:
    """No order needs fewer moves (peers.md 5.2): each VM leaves its host once, and those of the first host twice
    when there is no host outside the work to take them."""
    todo = {seat.key for seat in seats if seat.todo}
    counts = {key: sum(1 for load in loads if load.seat == key) for key in todo}
    outside = any(seat.target and not seat.todo and not seat.avoid for seat in seats)
    if outside or not rules.refill or not counts:
        return sum(counts.values())
    twice = counts[rules.first] if rules.first in counts else min(counts.values())
    return sum(counts.values()) + (twice if len(counts) > 1 else 0)


def _cost(plan: Plan) -> tuple[int, int, int]:
    moved_mib = sum(load.memory_mib for step in plan.steps for load, _target in step.moves)
    return (len(plan.shortages), plan.moves_total if plan.feasible else 0, moved_mib)


def _firsts(seats: t.Sequence[Seat], loads: t.Sequence[Load], rules: Rules) -> list[str | None]:
    """The hosts worth trying as the first one: those with the fewest VMs, unless the rules name it."""
    todo = [seat.key for seat in seats if seat.todo and (seat.key != rules.last)]
    if rules.fixed or not todo:
        return [None]
    if rules.first in todo:
        return [rules.first]
    return [*sorted(todo, key=lambda key: _weight(key, loads))[:_FIRST_HOSTS]]


def _weight(seat: str, loads: t.Iterable[Load]) -> tuple[int, int, str]:
    mine = [load.memory_mib for load in loads if load.seat == seat]
    return (len(mine), sum(mine), seat)


def _simulate(
    seats: t.Sequence[Seat],
    loads: t.Sequence[Load],
    rules: Rules,
    bound: int,
    first: str | None,
    pack: Pack,
    order: Order,
) -> Plan:
    """Walk through one run; stops at the first host that cannot be emptied."""
    room = Room.of(seats, loads, rules.refill)
    left = list(rules.fixed) or sorted(seat.key for seat in seats if seat.todo)
    steps: list[Step] = []
    spills = 0
    while left:
        seat = _next(room, left, rules, first if not steps else None, pack, order)
        moves, short = place_all(room, seat, pack)
        if short:
            shortages = tuple(Shortage(load, seat, room.missing(load)) for load in short)
            return Plan(tuple(steps), bound, spills, shortages)
        steps.append(Step(seat, moves))
        spills += sum(1 for _load, target in moves if room.is_spill(target))
        room.finish(seat)
        left.remove(seat)
    return Plan(tuple(steps), bound, spills)


def _next(room: Room, left: list[str], rules: Rules, first: str | None, pack: Pack, order: Order) -> str:
    """The given order, the host that must be first or last, else the largest load that fits into done hosts."""
    if rules.fixed:
        return left[0]
    if first is not None:
        return first
    choice = [key for key in left if key != rules.last] or left
    choice.sort(key=room.load_of, reverse=order == "largest")
    return min(choice, key=lambda key: _trouble(room, key, pack))


def _trouble(room: Room, seat: str, pack: Pack) -> tuple[int, int]:
    """VMs without a place and VMs that would spill, if this host were next; ``min`` keeps the order among equals."""
    trial = room.copy()
    moves, short = place_all(trial, seat, pack)
    return (len(short), sum(1 for _load, target in moves if trial.is_spill(target)))
