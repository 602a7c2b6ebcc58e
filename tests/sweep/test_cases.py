# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure parts of the sweep: which cases there are, and what counts as broken."""

from __future__ import annotations

import copy
import typing as t
from pathlib import Path

import pytest
from sweep import page
from sweep.__main__ import sample
from sweep.cases import FAULTS, MODES, crash_cases, fault_cases
from sweep.promises import broken
from sweep.recording import Call, Recording
from sweep.rehearsals import REHEARSALS, Json

POLL = ("xapi", "task.get_record", "xen01")
RECORDING = Recording(
    Path(),
    (
        Call(1, "xapi", "session.login_with_password", "xen01", 1, before=0, after=0),
        Call(2, "xapi", "Async.pool.disable_ha", "xen01", 1, before=0, after=1),
        Call(3, *POLL, 1, before=1, after=1),
        Call(4, *POLL, 2, before=1, after=1),
        Call(5, *POLL, 3, before=2, after=2),
    ),
    Path(),
)
GOOD_STATE: Json = {
    "hosts": {},
    "pools": {
        "pool-a": {
            "master": "xen01",
            "ha_enabled": True,
            "ha_configuration": {"timeout": "180"},
            "ha_heartbeat_sr": "nfs-ha",
            "ha_armed_hosts": ["xen01", "xen02", "xen03"],
            "other_config": {"xo:tag": "kept"},
            "hosts": {f"xen0{number}": {"enabled": True, "live": True} for number in (1, 2, 3)},
        }
    },
    "cloudstack": {
        "hosts": {f"xen0{number}": {"state": "Up", "resource_state": "Enabled"} for number in (1, 2, 3)},
        "clusters": {"cluster-a": {"managed_state": "Managed", "allocation_state": "Enabled"}},
    },
}
GOOD_BOOK: Json = {
    "totals": {"lost": 0, "stopped": 0, "twice": 0},
    "pools": {"pool-a": {"most_masters": 1}},
    "vms": {"uuid": {"name": "web-1", "running_on": ["xen02"]}},
    "internal_errors": [],
}
ROLE = REHEARSALS["rolling_patch"]


def test_every_distinct_moment_is_a_crash_point_in_both_ways() -> None:
    found = [case.id for case in crash_cases("pool_ha", RECORDING)]
    assert found == [f"pool_ha:m{moment}:{mode}" for moment in (0, 1, 2) for mode in ("carry_on", "take_back")]


def test_faults_strike_at_every_change_and_at_each_question_once() -> None:
    assert sorted({case.call.number for case in fault_cases("pool_ha", RECORDING)}) == [1, 2, 3]


def test_a_sample_is_spread_and_repeatable() -> None:
    every = crash_cases("pool_ha", RECORDING)
    chosen = sample(every, 3, seed=7)
    assert [each.moment for each in chosen] == [0, 1, 2]
    assert chosen == sample(every, 3, seed=7)
    assert sample(every, 99, seed=7) == every


def test_figures_of_one_role_leave_the_others_alone(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(f"before\n{page.BEGIN}| role |\n|---|\n| `z` | kept |\n| `a` | old |\n{page.END}after\n")
    counts = dict.fromkeys((*MODES, *FAULTS), 2)
    page.renew({"a": {"calls": 9, "moments": 5, "violations": 0, "took": 90, "by": counts}}, file)
    lines = file.read_text().splitlines()
    assert lines[4:6] == ["| `a` | 9 | 5 | 4 | 12 | 0 | 2 |", "| `z` | kept |"]
    assert (lines[0], lines[-1]) == ("before", "after")


def test_a_good_end_breaks_nothing() -> None:
    assert broken(ROLE, "as before", GOOD_STATE, GOOD_BOOK) == []


def change(place: str, value: t.Any) -> tuple[Json, Json]:
    state, book = copy.deepcopy((GOOD_STATE, GOOD_BOOK))
    folder: t.Any = {"state": state, "book": book}
    *path, last = place.split("/")
    for part in path:
        folder = folder[part]
    folder[last] = value
    return state, book


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("book/totals/twice", 1, "1 VMs ran twice"),
        ("book/totals/lost", 2, "2 VMs lost"),
        ("book/totals/stopped", 1, "1 VMs stopped"),
        ("book/pools/pool-a/most_masters", 2, "pool-a had 2 masters at once"),
        ("book/internal_errors", ["x"], "the lab itself failed: x"),
        ("book/vms/uuid/running_on", [], "web-1 does not run"),
        ("state/pools/pool-a/ha_enabled", False, "pool HA is off"),
        ("state/pools/pool-a/ha_configuration", {}, "the HA timeout is None, not 180"),
        ("state/pools/pool-a/ha_heartbeat_sr", "nfs-two", "the heartbeat SR is nfs-two"),
        ("state/pools/pool-a/ha_armed_hosts", ["xen01"], "HA is armed on xen01"),
        (
            "state/pools/pool-a/other_config",
            {"xencloud.maintenance.lock": ""},
            "the key xencloud.maintenance.lock is left",
        ),
        ("state/pools/pool-a/hosts/xen02", {"enabled": False, "live": True}, "pool: xen02 is"),
        ("state/cloudstack/hosts/xen02/state", "Alert", "CloudStack: xen02 is {'state': 'Alert'"),
        ("state/cloudstack/clusters/cluster-a/managed_state", "Unmanaged", "cluster-a is Unmanaged and Enabled"),
    ],
)
def test_each_promise_can_be_broken(place: str, value: t.Any, said: str) -> None:
    (wrong,) = broken(ROLE, "as before", *change(place, value))
    assert wrong.startswith(said)


def test_what_a_crash_kills_is_not_held_against_the_role() -> None:
    assert broken(ROLE, "as before", *change("book/totals/lost", 2), crashed=True) == []
