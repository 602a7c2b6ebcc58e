# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import (
    NOBODY,
    Lock,
    RunRecord,
    Step,
    UndoEntry,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.report import (
    build,
    by_account,
    markdown,
)

LOCKED = Lock("1000-abc", "ops@controller", "5eed", "rolling_patch", 1000, 600, {"hosts": ["xen02"]})
STEPS = (
    Step(1020, "pool-a HA is off"),
    Step(1100, "12 VMs moved off xen02", moves=12),
    Step(1200, "1 VM moved off xen02", moves=1),
    Step(1600, "pool-a", kind="pool_ha", since=1010),
)


def report(
    *undo: UndoEntry, error: str = "", left: t.Sequence[dict[str, t.Any]] = (), owner: str = LOCKED.owner
) -> dict[str, t.Any]:
    told = RunRecord(LOCKED, renewed=1600, undo=undo, steps=STEPS).as_dict()
    return build({**told, "owner": owner}, "pool-a", error, left)


def test_a_run_that_ended_well_tells_its_steps_windows_and_migrations() -> None:
    told = report()
    assert (told["outcome"], told["migrations"], told["seconds"]) == ("done", 13, 600)
    assert [(step["after_s"], step["text"]) for step in told["steps"]][1] == (100, "12 VMs moved off xen02")
    assert told["windows"] == [
        {
            "what": "without pool HA",
            "object": "pool-a",
            "from": "1970-01-01T00:16:50Z",
            "to": "1970-01-01T00:26:40Z",
            "seconds": 590,
        }
    ]


def test_a_window_that_is_still_open_makes_the_run_a_failed_one() -> None:
    told = report(UndoEntry("k", "cluster_managed", "c1", {"name": "cluster-a"}, 1500))
    assert told["outcome"] == "failed"
    assert (told["windows"][1]["object"], told["windows"][1]["to"]) == ("cluster-a", None)
    assert "| cluster-a | without CloudStack | 1970-01-01T00:25:00Z | still |  |" in markdown(told)


def test_what_is_left_to_do_comes_before_the_steps() -> None:
    text = markdown(report(error="xen02: it did not come back", left=[{"text": "HA of pool-a is still off: why"}]))
    assert text.index("- xen02: it did not come back") < text.index("- HA of pool-a is still off") < text.index("## St")


def test_a_run_that_went_on_with_the_work_of_another_one_begins_with_the_first_step_of_both() -> None:
    told = build({**RunRecord(LOCKED, 1600, (), steps=STEPS).as_dict(), "started": 1500}, "pool-a", "", [])
    assert (told["started"], told["seconds"]) == ("1970-01-01T00:16:50Z", 590)
    assert [step["after_s"] for step in told["steps"]] == [10, 90, 190, 590]


def test_a_record_without_a_lock_has_the_times_of_its_steps() -> None:
    told = build(RunRecord(NOBODY, 0, (), True, STEPS).as_dict(), "pool-a", "", [])
    assert (told["started"], told["ended"]) == ("1970-01-01T00:16:50Z", "1970-01-01T00:26:40Z")


def test_names_cannot_break_the_table() -> None:
    assert "| by | a\\|b c |" in markdown(report(owner="a|b\nc"))


ACCOUNT: dict[str, t.Any] = {
    "operation": "elect_master",
    "asked": {"confirm_dead": ["xen01"]},
    "started": "1970-01-01T00:16:40Z",
    "ended": "1970-01-01T00:20:00Z",
    "steps": [{"at": "1970-01-01T00:18:20Z", "text": "xen02 is master now"}],
    "left": ["xen01: it was confirmed dead"],
}


def test_a_run_without_a_record_is_reported_by_its_own_account() -> None:
    told = by_account(ACCOUNT, "pool-a", "", "ops@controller")
    assert (told["operation"], told["owner"], told["seconds"]) == ("elect_master", "ops@controller", 200)
    assert told["steps"] == [{"at": "1970-01-01T00:18:20Z", "after_s": 100, "text": "xen02 is master now"}]
    assert "- xen01: it was confirmed dead" in markdown(told)


def test_what_people_still_have_to_do_is_no_failure_of_a_run_that_left_nothing_changed() -> None:
    assert by_account(ACCOUNT, "pool-a", "", "ops")["outcome"] == "done"
    failed = by_account(ACCOUNT, "pool-a", "xen02: silent\nxen01: it was confirmed dead", "ops")
    assert (failed["outcome"], failed["left"]) == ("failed", [])


def test_the_same_account_has_the_same_id_and_another_one_has_another() -> None:
    first, second = (by_account(ACCOUNT, "pool-a", "", "ops")["id"] for _attempt in range(2))
    assert first == second
    assert by_account({**ACCOUNT, "left": []}, "pool-a", "", "ops")["id"] != first


def test_a_time_that_is_none_is_one_sentence() -> None:
    with pytest.raises(MaintenanceError, match="elect_master: ended is 'soon', which is no time"):
        by_account({**ACCOUNT, "ended": "soon"}, "pool-a", "", "ops")
