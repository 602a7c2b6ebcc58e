# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.packing import Load, Seat
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.planner import Plan, Rules, make_plan

GIB = 1024


def seat(key: str, free_gib: int, **more: t.Any) -> Seat:
    return Seat(key=key, free_mib=free_gib * GIB, **more)


def load(key: str, where: str, memory_gib: int, reach: t.Iterable[str], **more: t.Any) -> Load:
    return Load(key, key, where, memory_gib * GIB, frozenset(reach), **more)


class Replay:
    """Walks through a plan by itself, with the rules of the world instead of those of the planner."""

    def __init__(self, seats: t.Sequence[Seat], loads: t.Sequence[Load]) -> None:
        self.free_mib = {each.key: each.free_mib for each in seats}
        self.where = {each.key: each.seat for each in loads}
        self.loads = {each.key: each for each in loads}
        self.todo = {each.key for each in seats if each.todo}
        self.moves_to_todo = 0
        self.moves: Counter[str] = Counter()

    def walk(self, plan: Plan) -> None:
        for step in plan.steps:
            for moved, target in step.moves:
                self._move(step.seat, moved.key, target)
            assert step.seat not in self.where.values(), "a host is empty when its step is over"
            self.todo.discard(step.seat)

    def _move(self, source: str, key: str, target: str) -> None:
        vm = self.loads[key]
        assert self.where[key] == source != target
        self.free_mib[source] += vm.memory_mib
        self.free_mib[target] -= vm.memory_mib
        assert self.free_mib[target] >= 0, "a VM has memory at the moment of its move"
        assert target in vm.reach, "a VM only goes where its storage is"
        self.where[key] = target
        self.moves[key] += 1
        self.moves_to_todo += target in self.todo
        for other, place in self.where.items():
            if other != key and place == target:
                assert not vm.apart & self.loads[other].apart, "anti-affinity holds"


@st.composite
def pools(draw: st.DrawFn, fill_pct: int = 60, uniform: bool = False) -> tuple[list[Seat], list[Load]]:
    """Hosts that all have to be done, and VMs on them."""
    number = draw(st.integers(2, 8))
    capacity = {f"h{i}": 256 if uniform else draw(st.sampled_from([128, 256, 512])) for i in range(number)}
    free = dict(capacity)
    loads = []
    for i in range(draw(st.integers(0, number * 12))):
        where = draw(st.sampled_from(sorted(capacity)))
        size = 8 if uniform else draw(st.sampled_from([1, 2, 4, 8, 16, 32]))
        if free[where] - size >= capacity[where] * (100 - fill_pct) / 100:
            free[where] -= size
            loads.append(load(f"v{i:03}", where, size, capacity))
    return [seat(key, gib, todo=True) for key, gib in free.items()], loads


@given(pools())
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_every_move_fits_at_its_moment(pool: tuple[list[Seat], list[Load]]) -> None:
    plan = make_plan(*pool, Rules())
    Replay(*pool).walk(plan)


@given(pools())
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
def test_only_spills_go_to_hosts_still_to_do(pool: tuple[list[Seat], list[Load]]) -> None:
    plan = make_plan(*pool, Rules())
    world = Replay(*pool)
    world.walk(plan)
    assert world.moves_to_todo == plan.spills


@given(pools(fill_pct=45, uniform=True))
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
def test_a_uniform_pool_needs_exactly_the_lower_bound(pool: tuple[list[Seat], list[Load]]) -> None:
    plan = make_plan(*pool, Rules())
    assert plan.feasible
    assert plan.moves_total == plan.lower_bound


@given(pools())
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
def test_no_plan_beats_the_lower_bound(pool: tuple[list[Seat], list[Load]]) -> None:
    plan = make_plan(*pool, Rules(first="h0"))
    assume(plan.feasible)
    assert plan.moves_total >= plan.lower_bound


@given(pools(), st.randoms())
@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
def test_the_order_of_the_input_does_not_matter(pool: tuple[list[Seat], list[Load]], random: t.Any) -> None:
    seats, loads = pool
    plan = make_plan(seats, loads, Rules())
    shuffled = list(seats), list(loads)
    for part in shuffled:
        random.shuffle(part)
    assert make_plan(*shuffled, Rules()) == plan


@given(pools(fill_pct=35), st.integers(2, 3))
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
def test_anti_affinity_is_kept_all_the_way(pool: tuple[list[Seat], list[Load]], groups: int) -> None:
    seats, loads = pool
    taken: set[tuple[str, str]] = set()
    grouped = []
    for index, each in enumerate(loads):
        group = f"g{index % groups}"
        free = (group, each.seat) not in taken
        taken.add((group, each.seat))
        grouped.append(replace(each, apart=frozenset({group} if free else ())))
    Replay(seats, grouped).walk(make_plan(seats, grouped, Rules()))


def test_the_host_that_must_be_first_is_first_and_its_vms_move_twice() -> None:
    seats = [seat("a", 50, todo=True), seat("b", 90, todo=True), seat("c", 90, todo=True)]
    loads = [load(f"{where}{i}", where, 5, "abc") for where, n in (("a", 10), ("b", 2), ("c", 2)) for i in range(n)]
    plan = make_plan(seats, loads, Rules(first="a"))
    assert plan.steps[0].seat == "a"
    assert plan.moves_total == plan.lower_bound == 14 + 10


def test_the_host_that_must_be_last_is_last() -> None:
    seats = [seat(key, 90, todo=True) for key in "abc"]
    loads = [load(f"{where}{i}", where, 5, "abc") for where in "abc" for i in range(2)]
    assert make_plan(seats, loads, Rules(last="a")).steps[-1].seat == "a"


def test_a_host_outside_the_work_saves_the_second_move() -> None:
    seats = [seat("a", 50, todo=True), seat("b", 50, todo=True), seat("spare", 100)]
    loads = [load(f"{where}{i}", where, 10, ["a", "b", "spare"]) for where in "ab" for i in range(5)]
    plan = make_plan(seats, loads, Rules())
    assert (plan.moves_total, plan.spills) == (10, 0)


def test_a_drain_never_fills_another_host_that_is_to_be_emptied() -> None:
    seats = [seat("a", 50, todo=True), seat("b", 500, todo=True), seat("c", 100)]
    loads = [load("a0", "a", 10, "abc"), load("b0", "b", 10, "abc")]
    plan = make_plan(seats, loads, Rules(fixed=("b", "a"), refill=False))
    assert [step.seat for step in plan.steps] == ["b", "a"]
    assert {target for step in plan.steps for _load, target in step.moves} == {"c"}


def test_avoided_hosts_are_used_last() -> None:
    seats = [seat("a", 50, todo=True), seat("b", 500, avoid=True), seat("c", 12)]
    loads = [load("a0", "a", 10, "abc"), load("a1", "a", 10, "abc")]
    plan = make_plan(seats, loads, Rules(fixed=("a",), refill=False))
    assert sorted(target for _load, target in plan.steps[0].moves) == ["b", "c"]


def test_the_vm_without_a_place_is_named_with_the_memory_it_misses() -> None:
    seats = [seat("a", 0, todo=True), seat("b", 10, todo=True)]
    loads = [load("big", "a", 16, "ab"), load("small", "a", 1, "ab")]
    plan = make_plan(seats, loads, Rules(first="a"))
    assert not plan.feasible
    # 17 GiB have to leave, 10 GiB are free.
    assert [(short.load.key, short.missing_mib) for short in plan.shortages] == [("big", 7 * GIB)]


def test_a_vm_on_local_storage_is_a_shortage_of_something_else_than_memory() -> None:
    seats = [seat("a", 0, todo=True), seat("b", 100)]
    plan = make_plan(seats, [load("local", "a", 1, "a")], Rules())
    assert [short.missing_mib for short in plan.shortages] == [None]


def test_no_vm_goes_to_an_older_host() -> None:
    seats = [seat("new", 10, todo=True, level=(8, 3)), seat("old", 100, level=(8, 2))]
    assert not make_plan(seats, [load("v", "new", 1, ["new", "old"])], Rules()).feasible


def test_redundant_vms_are_kept_apart_when_that_is_possible() -> None:
    pair = frozenset({"routers"})
    seats = [seat("a", 10, todo=True), seat("b", 20), seat("c", 30)]
    loads = [
        load("r1", "a", 1, "abc", rather_apart=pair),
        load("r2", "b", 1, "abc", rather_apart=pair),
    ]
    assert make_plan(seats, loads, Rules()).steps[0].moves[0][1] == "c"
    assert make_plan(seats[:2], loads, Rules()).feasible


def test_vms_that_belong_together_follow_each_other() -> None:
    group = frozenset({"g"})
    seats = [seat("a", 0, todo=True), seat("b", 20), seat("c", 40)]
    loads = [load("x", "a", 8, "abc", together=group), load("y", "a", 8, "abc", together=group)]
    targets = {target for _load, target in make_plan(seats, loads, Rules()).steps[0].moves}
    assert len(targets) == 1


@pytest.mark.parametrize("number", [2, 3, 16])
def test_an_empty_pool_needs_no_moves(number: int) -> None:
    plan = make_plan([seat(f"h{i}", 10, todo=True) for i in range(number)], [], Rules())
    assert (len(plan.steps), plan.moves_total, plan.lower_bound) == (number, 0, 0)


def test_nothing_to_do_is_an_empty_plan() -> None:
    plan = make_plan([seat("a", 10)], [load("v", "a", 1, "a")], Rules())
    assert plan.steps == ()
    assert plan.feasible
