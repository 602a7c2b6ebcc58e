# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which VM fits where at one moment: memory, reach, affinity.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

Pack = t.Literal["best", "worst"]
Level = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A host: ``todo`` has to be emptied, ``target`` may take VMs now, ``avoid`` takes them only when nothing else can.

    ``closed`` never takes any, not even when it is done: CloudStack keeps such hosts free for its own HA.

    ``level`` is the platform's version: XAPI migrates to an equal or a newer one only (xapi.md 6.6).
    """

    key: str
    free_mib: int
    todo: bool = False
    target: bool = True
    avoid: bool = False
    closed: bool = False
    level: Level = ()


@dataclass(frozen=True, slots=True)
class Load:
    """A VM: ``reach`` are the hosts it can run on by its storage; the groups are ids of affinity groups."""

    key: str
    name: str
    seat: str
    memory_mib: int
    reach: frozenset[str]
    apart: frozenset[str] = frozenset()
    rather_apart: frozenset[str] = frozenset()
    together: frozenset[str] = frozenset()


@dataclass(slots=True)
class Room:
    """The pool at one moment of a simulated run."""

    seats: dict[str, Seat]
    free_mib: dict[str, int]
    on: dict[str, list[Load]]
    refill: bool
    done: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, seats: t.Sequence[Seat], loads: t.Sequence[Load], refill: bool) -> Room:
        """The pool as it is now."""
        on: dict[str, list[Load]] = {seat.key: [] for seat in seats}
        for load in sorted(loads, key=lambda load: load.key):
            on[load.seat].append(load)
        ordered = {seat.key: seat for seat in sorted(seats, key=lambda seat: seat.key)}
        return cls(ordered, {key: seat.free_mib for key, seat in ordered.items()}, on, refill)

    def copy(self) -> Room:
        """The same moment, to try something."""
        on = {key: list(loads) for key, loads in self.on.items()}
        return replace(self, free_mib=dict(self.free_mib), on=on, done=set(self.done))

    def load_of(self, key: str) -> tuple[int, str]:
        """How much a host carries; the key makes it unique."""
        return (sum(load.memory_mib for load in self.on[key]), key)

    def is_spill(self, target: str) -> bool:
        """A VM placed here has to be moved once more."""
        return self.seats[target].todo and target not in self.done

    def finish(self, key: str) -> None:
        """A host was emptied and worked on."""
        self.done.add(key)

    def move(self, load: Load, target: str) -> None:
        """Take a VM from its host to another."""
        self.on[load.seat] = [each for each in self.on[load.seat] if each.key != load.key]
        self.free_mib[load.seat] += load.memory_mib
        self.on[target].append(replace(load, seat=target))
        self.free_mib[target] -= load.memory_mib

    def allowed(self, load: Load) -> list[str]:
        """The hosts that may take a VM now, whatever their memory."""
        return [key for key, seat in self.seats.items() if self._may_take(seat, load)]

    def missing(self, load: Load) -> int | None:
        """How much memory is missing on the emptiest allowed host; None when memory is not the reason."""
        allowed = self.allowed(load)
        if not allowed:
            return None
        return max(0, load.memory_mib - max(self.free_mib[key] for key in allowed))

    def rank(self, load: Load, key: str, pack: Pack) -> tuple[int, int, int, int, str]:
        """Sorts targets: hosts that are done, then mates, then groups better apart, then how well it packs."""
        left_mib = self.free_mib[key] - load.memory_mib
        late = self.is_spill(key) or self.seats[key].avoid
        # A host that is still to do is filled evenly, so that it stays easy to empty.
        tight = pack == "best" and not late
        alone = 0 if not load.together or self._shares(load.together, key) else 1
        clash = 1 if self._shares_apart(load.rather_apart, key) else 0
        return (int(late), alone, clash, left_mib if tight else -left_mib, key)

    def _may_take(self, seat: Seat, load: Load) -> bool:
        if seat.key == load.seat or seat.key not in load.reach or not self._is_open(seat):
            return False
        older = seat.key not in self.done and seat.level < self.seats[load.seat].level
        return not older and not self._shares_apart(load.apart, seat.key)

    def _is_open(self, seat: Seat) -> bool:
        """In service now, or brought back into service by this run."""
        if seat.closed or (seat.todo and not self.refill):
            return False
        return seat.target or seat.key in self.done

    def _shares(self, groups: frozenset[str], key: str) -> bool:
        return any(groups & each.together for each in self.on[key])

    def _shares_apart(self, groups: frozenset[str], key: str) -> bool:
        return bool(groups) and any(groups & (each.apart | each.rather_apart) for each in self.on[key])


def place_all(room: Room, seat: str, pack: Pack) -> tuple[tuple[tuple[Load, str], ...], list[Load]]:
    """Empty a host: the moves in their order, and the VMs for which there was no place.

    Those with the fewest choices go first, then the largest.
    """
    moves: list[tuple[Load, str]] = []
    short: list[Load] = []
    for load in sorted(room.on[seat], key=lambda each: (not each.apart, -each.memory_mib, each.key)):
        fits = [key for key in room.allowed(load) if room.free_mib[key] >= load.memory_mib]
        if not fits:
            short.append(load)
            continue
        target = min(fits, key=lambda key: room.rank(load, key, pack))
        room.move(load, target)
        moves.append((load, target))
    return tuple(moves), short
