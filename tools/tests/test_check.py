# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a check ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from door.check import Check, Running, SkipError, Step, run_check
from door.errors import DoorError

BOUND_S = 20.0


def python(code: str, forbidden: str = "") -> Step:
    return Step([sys.executable, "-c", code], dict(os.environ), forbidden=forbidden)


def verdict(*steps: Step, timeout_s: float = BOUND_S) -> str:
    return run_check(Check("example", lambda: list(steps)), Running(), timeout_s).verdict


def test_a_check_is_ok_when_every_command_is() -> None:
    assert verdict(python("pass"), python("pass")) == "ok"


def test_a_check_fails_with_any_of_its_commands_and_still_runs_the_others(logs: Path) -> None:
    assert verdict(python("print('first'); raise SystemExit(3)"), python("print('second')")) == "FAILED"
    assert (logs / "example.log").read_text() == "first\nsecond\n"


def test_forbidden_words_fail_a_command_that_returned_zero() -> None:
    assert verdict(python("print('All targets skipped.')", forbidden="All targets skipped")) == "FAILED"


def test_a_command_beyond_its_bound_is_stopped_and_the_log_says_so(logs: Path) -> None:
    started = time.monotonic()
    assert verdict(python("import time; time.sleep(60)"), timeout_s=0.5) == "FAILED"
    assert time.monotonic() - started < BOUND_S
    assert "did not end within" in (logs / "example.log").read_text()


def test_what_a_command_leaves_running_ends_with_it(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(60)"
    leave = (
        "import pathlib, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"while not pathlib.Path({str(ready)!r}).exists(): time.sleep(0.01)\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n"
    )
    assert verdict(python(leave)) == "ok"
    assert gone(int((tmp_path / "pid").read_text()))


def gone(pid: int) -> bool:
    """Dead, or dead and not yet collected by init; given the kernel's moment to deliver the signal."""
    deadline = time.monotonic() + BOUND_S
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_a_check_that_cannot_run_says_why() -> None:
    def prepare() -> list[Step]:
        raise SkipError("no such Python")

    outcome = run_check(Check("example", prepare), Running(), BOUND_S)
    assert (outcome.verdict, outcome.reason) == ("skipped", "no such Python")


@pytest.mark.parametrize("error", [DoorError("stage: it failed. Look."), KeyError("surprise")])
def test_a_check_that_cannot_be_prepared_fails(error: Exception, logs: Path) -> None:
    def prepare() -> list[Step]:
        raise error

    assert run_check(Check("example", prepare), Running(), BOUND_S).verdict == "FAILED"
    assert str(error) in (logs / "example.log").read_text()


def test_the_closing_lines_of_every_pytest_are_kept() -> None:
    lines = ["===== 3 passed in 0.10s =====", "===== short test summary info =====", "===== 1 failed in 2.00s ====="]
    steps = [python(f"print({line!r})") for line in lines]
    assert run_check(Check("example", lambda: steps), Running(), BOUND_S).closing == [lines[0], lines[2]]
