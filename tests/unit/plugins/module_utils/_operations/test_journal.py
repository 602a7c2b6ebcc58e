# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation writes into the record of its run."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._argspec import run_spec, waiting_spec, xapi_spec
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.kinds import STAYS
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import (
    Lock,
    RunRecord,
    read_record,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter import NotYet
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._carry_out import carry_out
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Outcome
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.errors import ConnectionLost
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._operations.blackboard import (
    Blackboard,
    serve,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import Scripted

RUN = "1000-abc"
LOCKED = Lock(RUN, "ops@controller", "5eed", "patch", started=1000, lease_s=600)


@pytest.fixture
def board() -> Blackboard:
    board = Blackboard()
    board.config["xencloud.maintenance.lock"] = LOCKED.as_json()
    return board


@pytest.fixture
def begin(
    start_host: t.Callable[..., Scripted], params: dict[str, t.Any], board: Blackboard, tmp_path: Path
) -> t.Iterator[t.Callable[..., Context]]:
    """Contexts of operations on the blackboard's pool."""
    master = serve(board, start_host)
    made: list[Context] = []

    def begin(check_mode: bool = False, **options: t.Any) -> Context:
        spec = xapi_spec() | waiting_spec(60) | run_spec()
        defaults = {name: option.get("default") for name, option in spec.options.items()}
        reach = {**params, "hostname": master.address, "mirror_dir": str(tmp_path), "run_id": RUN}
        made.append(Context({**defaults, **reach, **options}, check_mode, report=lambda _line: None))
        return made[-1]

    yield begin
    for context in made:
        context.close()


Begin = t.Callable[..., Context]


def record(board: Blackboard) -> RunRecord:
    found = read_record(board.config)
    assert found is not None
    return found


def test_the_first_note_of_a_change_is_the_true_one(begin: Begin, board: Blackboard) -> None:
    journal = begin().journal
    assert journal.note("pool_ha", "pool-a", {"enabled": True}) == {"enabled": True}
    assert journal.note("pool_ha", "pool-a", {"enabled": False}) == {"enabled": True}
    assert len(record(board).undo) == 1
    assert board.synced == 1


def test_a_strike_leaves_how_long_the_change_lasted(begin: Begin, board: Blackboard) -> None:
    journal = begin().journal
    journal.note("pool_ha", "pool-a", {"enabled": True})
    noted = record(board).undo[0].at
    board.minute = 30
    journal.strike("pool_ha", "pool-a")
    step = record(board).steps[0]
    assert (step.kind, step.text, step.since, step.at - step.since) == ("pool_ha", "pool-a", noted, 1800)
    assert record(board).undo == ()


def test_striking_what_was_never_noted_changes_nothing(begin: Begin, board: Blackboard) -> None:
    before = dict(board.config)
    begin().journal.strike("pool_ha", "pool-a")
    assert board.config == before


def test_without_a_run_and_in_check_mode_nothing_is_written(begin: Begin, board: Blackboard) -> None:
    before = dict(board.config)
    for context in (begin(run_id=""), begin(run_id=None), begin(check_mode=True)):
        assert context.journal.note("pool_ha", "pool-a", "as it was") == "as it was"
        context.journal.strike("pool_ha", "pool-a")
        context.journal.renew()
        assert context.journal.step("done") is None
    assert board.config == before


def test_a_run_that_lost_its_pool_changes_nothing_more(begin: Begin, board: Blackboard) -> None:
    journal = begin(run_id="another").journal
    for act in (lambda: journal.note("pool_ha", "pool-a", None), journal.renew, lambda: journal.step("done")):
        with pytest.raises(MaintenanceError, match="not the pool of run another any more"):
            act()


def test_a_run_needs_to_know_where_its_record_is(begin: Begin) -> None:
    with pytest.raises(MaintenanceError, match="there is no hostname"):
        begin(hostname=None).journal.note("cluster_managed", "c1", None)


def test_a_change_whose_note_may_not_be_there_is_not_made(begin: Begin, board: Blackboard) -> None:
    """Two calls in a row that nobody heard; one that was heard and not answered is found again."""
    board.miss = 2
    with pytest.raises(ConnectionLost, match="two answers in a row were lost"):
        begin().journal.note("pool_ha", "pool-a", {"enabled": True})
    assert record(board).undo == ()
    board.miss = 1
    begin().journal.note("pool_ha", "pool-a", {"enabled": True})
    assert len(record(board).undo) == 1


def test_before_a_change_that_leaves_no_note_the_pool_is_asked_whose_it_is(begin: Begin) -> None:
    begin().journal.confirm()
    begin(run_id="").journal.confirm()
    with pytest.raises(MaintenanceError, match="not the pool of run another any more"):
        begin(run_id="another").journal.confirm()


def test_changes_that_are_meant_to_last_are_struck_all_together_or_not_at_all(begin: Begin, board: Blackboard) -> None:
    journal = begin().journal
    for batch in ("first", "second"):
        journal.note("vm_protection", batch, {"uuid": ""})
    journal.note("pool_ha", "pool-a", {"enabled": True})
    board.only_adds = 1
    with pytest.raises(ConnectionLost):
        journal.settle("vm_protection", "vm_captain")
    assert [entry.kind for entry in record(board).undo] == ["pool_ha"]
    board.only_adds = 0
    # A run that has lost its pool finishes nothing in the record of another one.
    before = dict(board.config)
    with pytest.raises(MaintenanceError, match="not the pool of run another any more"):
        begin(run_id="another").journal.note("vm_protection", "first", {"uuid": "restart"})
    assert board.config == before
    # A run that goes on after that may note such a change anew.
    journal.note("vm_protection", "first", {"uuid": "restart"})
    assert [(entry.kind, entry.before) for entry in record(board).undo] == [
        ("pool_ha", {"enabled": True}),
        ("vm_protection", {"uuid": "restart"}),
    ]
    told = [step.sentence for step in record(board).steps]
    assert told == [f"{batch} have the captain that was asked for" for batch in ("first", "second")]


def test_what_stays_changed_is_told_so(begin: Begin, board: Blackboard) -> None:
    journal = begin().journal
    journal.note("pool_ha", "pool-a", {"enabled": True})
    journal.strike("pool_ha", "pool-a", STAYS)
    (step,) = record(board).steps
    assert (step.sentence, step.closed) == ("HA of pool-a stays off", None)


def test_waiting_is_a_sign_of_life(begin: Begin, board: Blackboard) -> None:
    board.minute = 5
    context = begin(poll_interval=0.01, heartbeat_interval=0.0)
    looks = iter([NotYet(""), NotYet(""), True])
    context.waiter().wait("waiting", lambda: next(looks))
    assert record(board).renewed > 1000


def test_a_copy_that_cannot_be_written_stops_no_run_and_is_told_once(
    begin: Begin, board: Blackboard, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    def operation(context: Context) -> Outcome:
        context.report("xen02 is disabled")
        context.journal.note("pool_ha", "pool-a", {"enabled": True})
        context.journal.strike("pool_ha", "pool-a")
        return Outcome(changed=True)

    outcome = carry_out(operation, begin(mirror_dir=str(tmp_path / "file" / "mirror")))
    assert [RUN in each and "mirror_dir" in each for each in outcome.warnings] == [True]
    assert [step.text for step in record(board).steps] == ["pool-a", "xen02 is disabled"]


def test_what_changed_something_is_a_step_and_what_did_not_is_none(begin: Begin, board: Blackboard) -> None:
    def operation(outcome: Outcome, *lines: str) -> t.Callable[[Context], Outcome]:
        def run(context: Context) -> Outcome:
            for line in lines:
                context.report(line)
            return outcome

        return run

    carry_out(operation(Outcome(changed=True), "first", "xen02 is disabled"), begin())
    carry_out(operation(Outcome(changed=True, step="12 VMs moved"), "last line"), begin())
    carry_out(operation(Outcome(changed=False), "nothing to do"), begin())
    carry_out(operation(Outcome(changed=True, step=None), "the record itself"), begin())
    assert [step.text for step in record(board).steps] == ["xen02 is disabled", "12 VMs moved"]
