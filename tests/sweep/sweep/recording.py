# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is recorded: its calls, and the moments of the world between them."""

from __future__ import annotations

import json
import shutil
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .rehearsals import Json, Rehearsal
from .stage import Stage


class RehearsalFailed(Exception):
    """The role itself does not do on this estate what it is asked; nothing can be swept."""


@dataclass(frozen=True)
class Call:
    """One API call of the run."""

    number: int
    side: str
    method: str
    host: str
    nth: int
    before: int
    after: int

    @property
    def changed(self) -> bool:
        """It left the world other than it found it."""
        return self.before != self.after


@dataclass(frozen=True)
class Recording:
    """All calls of a run, and where the saved moments are."""

    folder: Path
    calls: tuple[Call, ...]
    log: Path

    def moment(self, number: int) -> Path:
        """The saved world of a moment."""
        return self.folder / f"moment-{number}.save"

    @property
    def moments(self) -> dict[int, Call]:
        """Every distinct moment, with the first call beside which it was."""
        found: dict[int, Call] = {}
        for call in self.calls:
            found.setdefault(call.before, call)
            found.setdefault(call.after, call)
        return found

    @property
    def kinds(self) -> list[Call]:
        """The calls at which a fault is a case of its own: every one that changed something, and each question once."""
        found: dict[tuple[str, str, str, int], Call] = {}
        for call in self.calls:
            found.setdefault((call.side, call.method, call.host, call.number if call.changed else 0), call)
        return list(found.values())


def record(rehearsal: Rehearsal, folder: Path) -> Recording:
    """Play the role once from start to end, and write everything down.

    :raises RehearsalFailed: it ended red.
    """
    shutil.rmtree(folder, ignore_errors=True)
    stage = Stage(rehearsal, folder / "stage")
    moments = folder / "moments"
    moments.mkdir()
    try:
        # Both captains find each other first, as in a pool that has run for a while.
        stage.advance(600)
        stage.lab.running.ask("/save", {"file": str(folder / "begin.save")})
        stage.lab.running.ask("/record", {"folder": str(moments)})
        ended = stage.play(rehearsal.role, rehearsal.variables, "recorded")
        stage.lab.running.ask("/record", {})
    finally:
        stage.stop()
    if ended.rc != 0:
        raise RehearsalFailed(
            f"{rehearsal.role}: the run that was to be recorded ended with {ended.rc}, see {ended.log}"
        )
    calls = tuple(_call(each) for each in json.loads((moments / "calls.json").read_text()))
    return Recording(moments, calls, ended.log)


def _call(told: Json) -> Call:
    after = told["before"] if told["after"] is None else told["after"]
    names: tuple[str, ...] = ("number", "side", "method", "host", "nth", "before")
    return Call(**{name: t.cast(t.Any, told[name]) for name in names}, after=after)
