# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.moves import (
    Ended,
    InFlight,
    Move,
    Tally,
    Whereabouts,
    require_all_moved,
    run_moves,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter import Waiter


@dataclass
class TestClock:
    """Time that passes only while somebody sleeps."""

    __test__ = False
    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Trip:
    """How a VM's migration goes: when it ends, what the carrier says then, and where the VM is in the end."""

    takes_s: float = 10.0
    says: str | None = None
    refused: str | None = None
    ends_at: str | None = "target"
    in_transit_for_s: float = 0.0


@dataclass
class World:
    """A carrier with a script for each VM."""

    clock: TestClock
    trips: dict[str, Trip] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    most_in_flight: Counter[str] = field(default_factory=Counter)
    in_flight: Counter[str] = field(default_factory=Counter)

    def start(self, move: Move) -> float:
        refused = self._trip(move).refused
        if refused:
            raise MaintenanceError(refused)
        self.begun[move.vm] = self.clock.now()
        self.in_flight[move.source] += 1
        self.most_in_flight[move.source] = max(self.most_in_flight[move.source], self.in_flight[move.source])
        return self.clock.now()

    def poll(self, move: Move, ticket: float) -> InFlight | Ended:
        trip = self._trip(move)
        if self.clock.now() < ticket + trip.takes_s:
            return InFlight()
        self.in_flight[move.source] -= 1
        return Ended(trip.says)

    def locate(self, moves: t.Sequence[Move]) -> dict[str, Whereabouts]:
        return {move.vm: self._place(move) for move in moves}

    def _place(self, move: Move) -> Whereabouts:
        trip = self._trip(move)
        arrived = self.begun[move.vm] + trip.takes_s + trip.in_transit_for_s
        if self.clock.now() < arrived:
            return Whereabouts(move.target, False, "Migrating")
        if trip.ends_at is None:
            return Whereabouts(None, True, "Stopped")
        return Whereabouts(move.target if trip.ends_at == "target" else move.source, True, "Running")

    def _trip(self, move: Move) -> Trip:
        return self.trips.get(move.vm, Trip())


def move(vm: str, source: str = "xen02", target: str = "xen03") -> Move:
    return Move(vm, vm, source, source, target, target, 4096)


def run(
    moves: t.Sequence[Move], trips: dict[str, Trip] | None = None, parallel: int = 2, timeout_s: float = 600.0
) -> tuple[Tally, World, list[str]]:
    clock = TestClock()
    world = World(clock, trips or {})
    lines: list[str] = []
    waiter = Waiter(lines.append, timeout_s, interval_s=1.0, silence_s=30.0, clock=clock)
    return run_moves(moves, world, parallel, waiter), world, lines


def names(moves: t.Iterable[t.Any]) -> list[str]:
    return [each.move.vm for each in moves]


def test_every_vm_is_moved_and_named_in_a_line() -> None:
    tally, _world, lines = run([move("a"), move("b"), move("c")])
    assert names(tally.moved) == ["a", "b", "c"]
    assert lines[0] == "xen02 1/3 moved  a -> xen03  4.0 GiB in 10 s"
    assert lines[-1].startswith("xen02 3/3 moved  c")


def test_at_most_so_many_vms_of_one_source_are_in_flight() -> None:
    _tally, world, _lines = run([move(f"v{i}") for i in range(7)], parallel=3)
    assert world.most_in_flight == {"xen02": 3}


def test_sources_do_not_wait_for_each_other() -> None:
    moves = [move("a1", "xen01"), move("a2", "xen01"), move("b1", "xen02")]
    _tally, world, _lines = run(moves, parallel=1)
    assert world.begun["b1"] == 0.0
    assert world.begun["a2"] >= 10.0


def test_a_vm_that_is_there_already_is_left_alone() -> None:
    tally, world, lines = run([move("a", "xen03", "xen03")])
    assert (tally.moved, world.begun, lines) == ([], {}, [])


def test_after_a_failure_nothing_new_is_started_but_what_runs_is_waited_for() -> None:
    moves = [move("bad"), move("slow"), move("later")]
    trips = {"bad": Trip(takes_s=5, says="not enough memory", ends_at="source"), "slow": Trip(takes_s=50)}
    tally, world, _lines = run(moves, trips)
    assert names(tally.failed) == ["bad"]
    assert names(tally.moved) == ["slow"]
    assert [each.vm for each in tally.unmoved] == ["later"]
    assert "later" not in world.begun


def test_a_move_that_is_refused_at_once_is_a_failure_like_any_other() -> None:
    tally, world, _lines = run(
        [move("bad"), move("later")], {"bad": Trip(refused="xen03: it is not enabled.")}, parallel=1
    )
    assert names(tally.failed) == ["bad"]
    assert world.begun == {}


def test_the_place_decides_and_not_what_the_job_says() -> None:
    trips = {"arrived": Trip(says="the job is lost"), "stayed": Trip(ends_at="source")}
    tally, _world, _lines = run([move("arrived"), move("stayed")], trips)
    assert names(tally.moved) == ["arrived"]
    assert tally.failed[0].cause == "it is still Running on xen02"


def test_a_vm_that_ends_nowhere_is_a_failure() -> None:
    tally, _world, _lines = run([move("a")], {"a": Trip(ends_at=None)})
    assert tally.failed[0].cause == "it is Stopped and on no host"


def test_a_vm_in_transit_is_judged_only_when_it_has_settled() -> None:
    tally, world, _lines = run(
        [move("a")], {"a": Trip(takes_s=3, says="no answer", in_transit_for_s=40, ends_at="source")}
    )
    assert tally.failed[0].cause == "no answer"
    assert world.clock.now() >= 43


def test_the_time_out_covers_the_whole_batch_and_names_what_still_runs() -> None:
    tally, world, _lines = run([move("a"), move("hang"), move("c")], {"hang": Trip(takes_s=10_000)}, timeout_s=100)
    assert names(tally.failed) == ["hang"]
    assert "still running after 100 s" in tally.failed[0].cause
    assert world.clock.now() == pytest.approx(100)


def test_silence_is_broken_by_a_line_that_names_the_oldest() -> None:
    _tally, _world, lines = run([move("a")], {"a": Trip(takes_s=65)})
    assert lines[0] == "xen02: moving VMs: still moving 1 VM, oldest a for 30 s (30 s)"


def test_the_error_names_every_vm_with_its_cause_and_carries_the_result() -> None:
    trips = {"bad": Trip(says="not enough memory.", ends_at="source")}
    tally, _world, _lines = run([move("bad"), move("good"), move("c"), move("d")], trips, parallel=2)
    with pytest.raises(MaintenanceError) as caught:
        require_all_moved(tally)
    assert caught.value.message == (
        "xen02: 1 VM could not be moved (bad: not enough memory). 2 VMs were not tried after that. "
        "Remove the cause and run this again; nothing is moved twice."
    )
    assert caught.value.details["changed"] is True
    assert set(caught.value.details) >= {"moved", "failures", "unmoved"}


def test_an_empty_batch_is_over_at_once() -> None:
    tally, world, _lines = run([])
    assert (tally.moved, tally.failed, world.clock.now()) == ([], [], 0.0)
