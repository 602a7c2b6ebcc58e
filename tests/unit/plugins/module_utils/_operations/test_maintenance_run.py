# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import LOCK, read_record
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations import maintenance_run
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Outcome
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._operations.blackboard import (
    Blackboard,
    serve,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import Scripted

KEY = "xencloud.maintenance.undo.001"
UNDO = {"kind": "host_in_service", "object": "xen02", "before": {"enabled": True}}


@pytest.fixture
def board() -> Blackboard:
    return Blackboard()


@pytest.fixture
def act(
    start_host: t.Callable[..., Scripted], params: dict[str, t.Any], board: Blackboard, tmp_path: Path
) -> t.Callable[..., Outcome]:
    """Runs the operation on the blackboard."""
    master = serve(board, start_host)

    def run(state: str, check_mode: bool = False, **given: t.Any) -> Outcome:
        defaults = {name: option.get("default") for name, option in maintenance_run.SPEC.options.items()}
        connection = {**params, "hostname": master.address, "mirror_dir": str(tmp_path)}
        options = {**defaults, **connection, "state": state, "operation": "patch", **given}
        context = Context(params=options, check_mode=check_mode, report=lambda _line: None)
        try:
            return maintenance_run.run(context)
        finally:
            context.close()

    return run


Act = t.Callable[..., Outcome]


def test_a_run_takes_notes_and_gives_the_pool_back_as_it_found_it(act: Act, board: Blackboard) -> None:
    run_id = act("started").result["run"]["id"]
    noted = act("noted", run_id=run_id, undo=UNDO)
    at = noted.result["run"]["undo"][0]["at"]
    assert (noted.result["undo_key"], noted.result["run"]["undo"]) == (KEY, [{"key": KEY, **UNDO, "at": at}])
    assert act("undone", run_id=run_id, undo_key=KEY).result["run"]["undo"] == []
    assert act("finished", run_id=run_id).changed
    assert board.config == {"xo:other": "kept"}
    assert board.synced == 3


def test_a_second_run_is_refused_while_the_lease_lives(act: Act) -> None:
    act("started", owner="night@controller")
    with pytest.raises(MaintenanceError, match="night@controller"):
        act("started", takeover=True)


def test_a_dead_run_is_taken_over_only_knowingly_and_its_notes_are_kept(act: Act, board: Blackboard) -> None:
    dead = act("started").result["run"]["id"]
    act("noted", run_id=dead, undo=UNDO)
    board.minute = 121
    with pytest.raises(MaintenanceError, match="takeover: true"):
        act("started")
    run = act("started", takeover=True).result["run"]
    assert run["id"] != dead
    assert [entry["object"] for entry in run["undo"]] == ["xen02"]


def test_a_run_that_takes_over_tells_whose_work_goes_on_and_that_the_plan_is_another_one(
    act: Act, board: Blackboard
) -> None:
    dead = act("started", owner="ops@here", plan="a" * 64).result["run"]
    assert dead["plan"] == "a" * 64
    board.minute = 121
    told = f"goes on with what run {dead['id']} (patch) of ops@here began"
    run = act("started", takeover=True, plan="b" * 64).result["run"]
    assert [step["text"] for step in run["steps"]] == [f"{told}; its plan {'a' * 12} is now {'b' * 12}"]
    assert run["plan"] == "b" * 64
    assert run["steps"][0]["since"] == dead["started"] < run["started"]


@pytest.mark.parametrize(("before", "after"), [("a", "a"), ("", "a"), ("a", None)])
def test_a_plan_that_is_the_same_or_missing_is_not_said_to_have_changed(
    act: Act, board: Blackboard, before: str, after: str | None
) -> None:
    act("started", plan=before)
    board.minute = 121
    (step,) = act("started", takeover=True, plan=after).result["run"]["steps"]
    assert step["text"].endswith("began")


def test_a_run_that_was_taken_over_writes_nothing_more(act: Act, board: Blackboard) -> None:
    dead = act("started").result["run"]["id"]
    board.minute = 121
    act("started", takeover=True)
    kept = dict(board.config)
    for state in ("noted", "undone", "finished"):
        with pytest.raises(MaintenanceError, match=f"not the pool of run {dead} any more"):
            act(state, run_id=dead, undo=UNDO, undo_key=KEY)
    assert board.config == kept


def test_a_run_that_is_slower_by_a_moment_is_refused(act: Act, board: Blackboard) -> None:
    def somebody_else() -> None:
        board.config[LOCK] = '{"id":"other","owner":"them","nonce":"n","operation":"x","started":1,"lease":9}'

    board.before_add = somebody_else
    with pytest.raises(MaintenanceError, match=r"run other \(x\) of them, begun .* was faster"):
        act("started")
    assert '"them"' in board.config[LOCK]


def test_a_run_may_start_again_under_its_own_id(act: Act) -> None:
    run_id = act("started").result["run"]["id"]
    assert not act("started", run_id=run_id).changed


def test_signs_of_life_extend_the_lease_and_leave_one_key(act: Act, board: Blackboard) -> None:
    run_id = act("started").result["run"]["id"]
    for board.minute in (60, 118, 170):
        act("noted", run_id=run_id, undo=UNDO)
    with pytest.raises(MaintenanceError, match="its lease lasts another"):
        act("started", takeover=True)
    assert len([key for key in board.config if ".renewed." in key]) == 1


def test_the_first_state_that_was_noted_is_the_one_to_go_back_to(act: Act, board: Blackboard) -> None:
    run_id = act("started").result["run"]["id"]
    act("noted", run_id=run_id, undo=UNDO)
    again = act("noted", run_id=run_id, undo={**UNDO, "before": {"enabled": False}})
    assert not again.changed
    assert again.result["run"]["undo"][0]["before"] == {"enabled": True}


def test_the_pool_is_not_given_back_while_changes_are_left_unless_forced(act: Act, board: Blackboard) -> None:
    run_id = act("started").result["run"]["id"]
    act("noted", run_id=run_id, undo=UNDO)
    with pytest.raises(MaintenanceError, match="cannot end, because xen02 is still out of service"):
        act("finished", run_id=run_id)
    act("finished", run_id=run_id, force=True)
    assert board.config == {"xo:other": "kept"}


def test_what_is_gone_needs_not_be_undone_or_finished_again(act: Act) -> None:
    run_id = act("started").result["run"]["id"]
    assert not act("undone", run_id=run_id, undo_key=KEY).changed
    act("finished", run_id=run_id)
    assert not act("finished", run_id=run_id).changed


def test_a_run_begins_and_ends_without_a_copy_on_the_controller(act: Act, board: Blackboard, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / "file" / "mirror")
    begun = act("started", mirror_dir=folder)
    run_id = begun.result["run"]["id"]
    assert [f"{folder}/{run_id}.json" in each for each in begun.warnings] == [True]
    assert act("finished", run_id=run_id, mirror_dir=folder).warnings == []
    assert board.config == {"xo:other": "kept"}


def test_a_lost_answer_does_not_lose_the_lock(act: Act, board: Blackboard) -> None:
    board.lose = 1
    assert act("started").changed
    assert read_record(board.config) is not None


def test_a_lost_answer_does_not_lose_a_note(act: Act, board: Blackboard) -> None:
    run_id = act("started").result["run"]["id"]
    board.lose = 1
    act("noted", run_id=run_id, undo=UNDO)
    assert KEY in board.config


def test_check_mode_refuses_what_would_be_refused_and_writes_nothing(act: Act, board: Blackboard) -> None:
    assert act("started", check_mode=True).changed
    assert board.config == {"xo:other": "kept"}
    act("started")
    with pytest.raises(MaintenanceError):
        act("started", check_mode=True)


def test_a_failed_copy_to_the_members_is_a_warning(act: Act, board: Blackboard) -> None:
    board.refuse_sync = True
    outcome = act("started")
    assert outcome.changed
    assert "RESTORE_INCOMPATIBLE_VERSION" in outcome.warnings[0]


def test_a_run_that_dies_between_two_locks_leaves_what_it_was_asked(act: Act, board: Blackboard) -> None:
    act("started", asked={"hosts": ["xen02"]})
    board.minute = 121
    act("started", takeover=True, asked={"hosts": ["xen03"]})
    del board.config[LOCK]
    found = read_record(board.config)
    assert found is not None
    assert (found.ended, found.lock.operation, found.lock.asked) == (True, "patch", {"hosts": ["xen03"]})
    assert act("started", asked={"hosts": ["xen03"]}).changed
