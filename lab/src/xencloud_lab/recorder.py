# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down every call that clients make over the wire, and keeps the world before and after each.

A call of the lab's own CloudStack to a pool is part of the world, not a call of a client. A world is
kept once: a call that changes nothing has the same world before and after it.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from dataclasses import asdict, dataclass
from pathlib import Path

from .fault_spec import Side
from .timeline import Completion
from .world import World
from .xapi.errors import XapiError

Keep = t.Callable[[Path], str]

# Nothing of a kind that is different each time a question is asked tells that the world has changed.
_CLOCK = re.compile(r"\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(\.\d+)?([+-]\d{4}|Z)?|\b\d{10}(\.\d+)?\b")
_READS = re.compile(
    r"session\.|system\.|(\w+\.)(get_|asynchronous_get_)|event\.|host\.has_extension|list|query|find|get"
)
_OF_THE_SIGNATURE = frozenset({"apikey", "signature", "signatureversion", "expires", "response", "command"})


@dataclass(frozen=True)
class Asked:
    """A call as its caller says it."""

    side: Side
    host: str
    method: str
    about: tuple[str, ...] = ()


@dataclass
class Line:
    """One call: what was asked, when, what came of it, and the worlds around it.

    :ivar begun: the world when the call was accepted, for one whose effect takes time.
    :ivar answer: the mark of the answer without the times in it; empty while there is none.
    """

    number: int
    at: float
    side: Side
    host: str
    method: str
    about: tuple[str, ...]
    reads: bool
    before: str
    begun: str = ""
    after: str = ""
    answer: str = ""
    refused: str = ""


class Recorder:
    """The calls of a recording, and the folder of its worlds."""

    def __init__(self, folder: Path, keep: Keep) -> None:
        self._folder = folder
        self._keep = keep
        self._lines: list[Line] = []

    def begin(self, asked: Asked, world: World) -> Line:
        """A call arrives."""
        facts = (asked.side, asked.host, asked.method, asked.about)
        line = Line(len(self._lines) + 1, world.timeline.now, *facts, _reads(asked.method), self._keep(self._folder))
        self._lines.append(line)
        return line

    def refused(self, line: Line, error: Exception) -> None:
        """It was refused at once."""
        line.after = self._keep(self._folder)
        line.refused = error.code if isinstance(error, XapiError) else type(error).__name__
        line.answer = _mark(line.refused)

    def answered(self, line: Line, outcome: t.Any) -> None:
        """It took effect, or was accepted when that takes time."""
        if isinstance(outcome, Completion) and not outcome.done:
            line.begun = self._keep(self._folder)
            outcome.listen(_End(self, line))
        else:
            self.ended(line, outcome)

    def ended(self, line: Line, outcome: t.Any) -> None:
        """It took effect."""
        value = outcome.value if isinstance(outcome, Completion) else outcome
        if isinstance(outcome, Completion) and outcome.error is not None:
            self.refused(line, outcome.error)
            return
        line.after = self._keep(self._folder)
        line.answer = _mark(getattr(value, "body", value))

    def as_list(self) -> list[dict[str, t.Any]]:
        """All calls as plain data."""
        return [asdict(line) for line in self._lines]


class _End:
    """Waits outside the world for the end of a call."""

    def __init__(self, recorder: Recorder, line: Line) -> None:
        self._recorder, self._line = recorder, line

    def __call__(self, ended: Completion) -> None:
        self._recorder.ended(self._line, ended)


def xapi_call(world: World, address: str, method: str, params: t.Sequence[t.Any]) -> Asked:
    """A call to a host, its references as names where they have one."""
    machine = world.machine_at(address)
    texts = [each for each in params[1:] if isinstance(each, str)] if method != "session.login_with_password" else []
    names = tuple(_name(world, text) for text in texts[:3])
    return Asked("xapi", machine.name if machine else address, method, names)


def cloudstack_call(method: str, pairs: t.Iterable[tuple[str, str]]) -> Asked:
    """A command of the management server, without what signs it."""
    about = tuple(f"{name}={value}" for name, value in sorted(pairs) if name.lower() not in _OF_THE_SIGNATURE)
    return Asked("cloudstack", "", method, about)


def _name(world: World, text: str) -> str:
    if not text.startswith("OpaqueRef:"):
        return text.split("\n", 1)[0][:60]
    for machine in world.machines.values():
        db = machine.toolstack.db
        for cls, rows in db.tables.items() if db is not None else ():
            if text in rows:
                return str(rows[text].get("name_label") or cls)
    return "?"


def _reads(method: str) -> bool:
    return not method.startswith(("Async.", "InternalAsync.")) and bool(_READS.match(method))


def _mark(answer: t.Any) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else json.dumps(answer, default=str)
    return hashlib.sha256(_CLOCK.sub("", text).encode()).hexdigest()[:16]
