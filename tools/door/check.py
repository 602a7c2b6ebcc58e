# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is, and how one is run: its commands one after the other, all output into its own log."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from door.env import Environment
from door.paths import LOGS, ROOT


@dataclass(frozen=True)
class Step:
    """One command of a check."""

    command: list[str]
    environment: Environment
    folder: Path = ROOT
    # Words in the output that mean failure whatever the return code says.
    forbidden: str = ""


class SkipError(Exception):
    """Raised while a check is being prepared: why it cannot run here."""


@dataclass(frozen=True)
class Check:
    """``prepare`` returns the commands, or raises SkipError or DoorError."""

    name: str
    prepare: t.Callable[[], list[Step]]
    # Checks that share a group never run at the same time.
    group: str = ""


# Of the last line of a replay.
FIGURE = " answers alike in "

Verdict = t.Literal["ok", "FAILED", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    name: str
    verdict: Verdict
    seconds: float = 0.0
    reason: str = ""
    # The closing lines of the pytest runs and replays in it.
    closing: list[str] = field(default_factory=list)


class Running:
    """The children alive now, so that an interrupted run leaves nobody behind."""

    def __init__(self) -> None:
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, step: Step, log: Path, timeout_s: float) -> int:
        """The return code; negative when the child was killed. The child leads a group: its own children go with it."""
        with log.open("ab") as output:
            child = self._start(step, output)
            try:
                return child.wait(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                output.write(f"\n'{step.command[0]}' did not end within {timeout_s:.0f} s and was stopped.\n".encode())
                return -signal.SIGKILL
            finally:
                self._end(child)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            children = list(self._children)
        for child in children:
            kill_group(child)

    def _start(self, step: Step, output: t.BinaryIO) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise SkipError("interrupted")
            child = subprocess.Popen(
                step.command,
                cwd=step.folder,
                env=step.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._children.add(child)
        return child

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        kill_group(child)
        child.wait()
        with self._lock:
            self._children.discard(child)


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Also what the child left running: a lab that a test forgot must not outlive the check."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def run_check(check: Check, running: Running, timeout_s: float) -> Outcome:
    """Every way a check can end as an Outcome; an unexpected error is a failure with its text in the log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{check.name}.log"
    log.unlink(missing_ok=True)
    log.touch()
    started = time.monotonic()
    try:
        # All of them, after a failure too: whoever mends the first wants to know of the others.
        results = [succeeded(step, log, running, timeout_s) for step in check.prepare()]
    except SkipError as skip:
        return Outcome(check.name, "skipped", reason=str(skip))
    except Exception as error:  # a broken check is a failed one, never a broken run
        log.write_text(f"{error}\n")
        return Outcome(check.name, "FAILED", time.monotonic() - started)
    verdict: Verdict = "ok" if all(results) else "FAILED"
    return Outcome(check.name, verdict, time.monotonic() - started, closing=closing_lines(log))


def succeeded(step: Step, log: Path, running: Running, timeout_s: float) -> bool:
    if running.run(step, log, timeout_s) != 0:
        return False
    if step.forbidden and step.forbidden in log.read_text(errors="replace"):
        with log.open("a") as output:
            output.write(f"\n'{step.forbidden}' above means that nothing was tested.\n")
        return False
    return True


def closing_lines(log: Path) -> list[str]:
    """pytest's own last word, wherever it ran, and the figures of the replayed recordings."""
    lines = log.read_text(errors="replace").splitlines()
    counted = (" passed", " failed", " error", "no tests ran")
    return [ln for ln in lines if is_closing(ln, counted) or ln.startswith("conformance ") or FIGURE in ln]


def is_closing(line: str, counted: tuple[str, ...]) -> bool:
    return line.startswith("=====") and line.endswith("=") and any(word in line for word in counted)
