# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import (
    NOBODY,
    Lock,
    RunRecord,
    Step,
    UndoEntry,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.status import status_lines

LOCKED = Lock("1000-abc", "ops@controller", "5eed", "rolling_patch", started=1000, lease_s=600)
HA = UndoEntry("undo.001", "pool_ha", "pool-a", {"enabled": True}, 1010)
HELD = RunRecord(LOCKED, renewed=1300, undo=(HA,), steps=(Step(1020, "HA is off"), Step(1300, "xen02 is disabled")))


def test_a_free_pool_is_one_line() -> None:
    assert status_lines("pool-a", None, 1400) == ["pool-a: no run holds it."]


def test_a_living_run_tells_who_and_what_is_changed_for_now() -> None:
    assert status_lines("pool-a", HELD, 1400) == [
        "pool-a: run 1000-abc (rolling_patch) of ops@controller, begun 6 min ago; last sign of life 100 s ago.",
        "pool-a changed for now: HA of pool-a is off, for 6 min",
        "pool-a 6 min ago: HA is off",
        "pool-a 100 s ago: xen02 is disabled",
        "pool-a its lease lasts another 8 min; if its controller is dead, resume_takeover=true makes resume not wait",
    ]


def test_what_it_was_asked_and_the_plan_follow_the_owner() -> None:
    lock = Lock("1-a", "ops@c", "5eed", "patch", 1000, 600, {"hosts": ["xen02"], "cluster": ""}, "0123456789abcdef")
    lines = status_lines("pool-a", RunRecord(lock, 1300), 1400)
    assert lines[1:-1] == ["pool-a it was asked for hosts: xen02", "pool-a its plan is 0123456789ab"]


def test_the_whole_of_a_run_is_one_line_however_many_steps_there_were() -> None:
    out = UndoEntry("undo.002", "host_in_service", "192.0.2.13", {"name": "xen03"}, 1200)
    steps = (
        Step(1020, "3 VMs moved", moves=3),
        Step(1100, "xen01", kind="host_in_service", since=1050),
        Step(1150, "xen02", kind="host_in_service", since=1110),
        Step(1160, "xen03", kind="host_in_service", since=1155),
        *(Step(1170 + number, f"step {number}") for number in range(6)),
        Step(1190, "2 VMs moved", moves=2),
    )
    lines = status_lines("pool-a", replace(HELD, undo=(HA, out), steps=steps), 1400)
    assert lines[1] == "pool-a so far: done with xen01 xen02, xen03 under way, 5 live migrations"
    ended = status_lines("pool-a", replace(HELD, undo=(out,), ended=True), 1400)
    assert ended[1] == "pool-a so far: xen03 not finished"


def test_what_it_was_asked_is_told_by_the_names_that_the_record_knows() -> None:
    leaving = UndoEntry("undo.002", "host_leaving", "192.0.2.13", {"name": "xen03", "uuid": "u3"}, 1200)
    cluster = UndoEntry("undo.003", "cluster_managed", "b9b2", {"name": "cluster-a"}, 1200)
    lock = replace(LOCKED, asked={"hosts": ["192.0.2.13", "192.0.2.14"], "host": "u3", "cluster": "b9b2"})
    lines = status_lines("pool-a", RunRecord(lock, 1300, (leaving, cluster)), 1400)
    assert lines[1] == "pool-a it was asked for hosts: xen03 192.0.2.14, host: xen03, cluster: cluster-a"


def test_a_silent_run_points_to_resume() -> None:
    lines = status_lines("pool-a", HELD, 1901)
    assert "its lease has run out, silent for 10 min" in lines[0]
    assert "make sure that its controller is dead" in lines[-1]
    assert "resume_action=take_back" in lines[-1]


def test_a_run_that_ended_and_left_something_points_to_resume() -> None:
    lines = status_lines("pool-a", replace(HELD, ended=True), 1901)
    assert "it ended and left what follows" in lines[0]
    assert lines[-1].startswith("pool-a to do: the playbook resume carries on")


def test_of_a_record_without_a_lock_no_age_is_told() -> None:
    head = status_lines("pool-a", RunRecord(NOBODY, 0, (HA,), ended=True), 1901)[0]
    assert head == "pool-a: run unknown (unknown) of an unknown owner; it ended and left what follows."


def test_an_entry_of_an_unknown_kind_is_told_as_well() -> None:
    odd = UndoEntry("undo.002", "something_new", "thing", None, 1010)
    assert "thing is changed" in status_lines("p", RunRecord(LOCKED, 1000, (odd,)), 1100)[1]
