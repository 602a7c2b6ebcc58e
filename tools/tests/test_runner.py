# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several checks beside each other."""

from __future__ import annotations

import threading

import pytest

from door.check import Check, Outcome, SkipError, Step
from door.errors import DoorError
from door.runner import next_check, run_checks, sum_up

BOUND_S = 20.0


def nothing() -> list[Step]:
    return []


def test_outcomes_come_back_in_the_order_of_the_checks() -> None:
    names = [f"check-{number}" for number in range(6)]
    outcomes = run_checks([Check(name, nothing) for name in names], 2, BOUND_S)
    assert [outcome.name for outcome in outcomes] == names


def test_two_jobs_run_two_checks_at_a_time() -> None:
    meeting = threading.Barrier(2, timeout=BOUND_S)

    def meet() -> list[Step]:
        meeting.wait()
        return []

    outcomes = run_checks([Check("left", meet), Check("right", meet)], 2, BOUND_S)
    assert [outcome.verdict for outcome in outcomes] == ["ok", "ok"]


def test_checks_of_a_group_wait_for_each_other_and_let_others_pass() -> None:
    first, second, other = (Check(name, nothing, group) for name, group in (("a", "lab"), ("b", "lab"), ("c", "")))
    assert next_check([second, other], [first]) is other
    assert next_check([second], [first]) is None
    assert next_check([second, other], [other]) is second


def test_checks_without_a_group_never_wait() -> None:
    first, second = Check("a", nothing), Check("b", nothing)
    assert next_check([second], [first]) is second


@pytest.mark.parametrize(("verdict", "code"), [("ok", 0), ("skipped", 0), ("FAILED", 1)])
def test_only_a_failure_makes_the_run_red(verdict: str, code: int) -> None:
    def prepare() -> list[Step]:
        if verdict == "skipped":
            raise SkipError("why")
        if verdict == "FAILED":
            raise DoorError("because")
        return []

    assert sum_up(run_checks([Check("example", prepare)], 1, BOUND_S), 1.0) == code


def test_pytest_has_the_word_before_the_table_and_skips_say_why(capsys: pytest.CaptureFixture[str]) -> None:
    sum_up([Outcome("unit", "ok", 1.5, closing=["== 3 passed =="]), Outcome("lab", "skipped", reason="no lab")], 2.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines.index("== 3 passed ==") < lines.index("  lab   skipped  no lab")
    assert lines[-1] == "checks in 2 s: 1 passed, 0 failed, 1 skipped"
