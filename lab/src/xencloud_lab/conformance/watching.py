# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``observed`` steps: state that was read, once or as a timeline of changes."""

from __future__ import annotations

import re
import typing as t

from ..xapi.database import Database
from ..xapi.rows import is_guest, is_live
from .compare import difference
from .setting import PASSWORD
from .stage import LOCAL_LOGIN, LOGIN, Stage
from .symbols import Symbols
from .transcript import Step

POLL_S = 0.25
BLINK_S = 0.6
SLACK_S = 240.0
NOT_VISIBLE = object()
FUSE_S = (9.0, 12.0)


class UnknownView(Exception):
    """Nobody knows how to look at this."""


def look(stage: Stage, what: str) -> t.Any:
    """What is observed now.

    :raises UnknownView: the words are not understood.
    """
    for pattern, view in _VIEWS:
        found = re.fullmatch(pattern, what)
        if found:
            return view(stage, **found.groupdict())
    raise UnknownView(f"no rule knows how to observe {what!r}")


def _hosts(stage: Stage, host: str | None = None) -> t.Any:
    db = _database(stage, host)
    if db is None:
        return NOT_VISIBLE
    rows = db.rows("host").items()
    return {row["name_label"]: {"enabled": row["enabled"], "live": is_live(db, ref)} for ref, row in rows}


def _database(stage: Stage, host: str | None) -> Database | None:
    if host is None:
        return stage.database()
    machine = stage.machine(host)
    return machine.toolstack.db if machine.answers() and machine.toolstack.serves_as_master else None


def _guests(stage: Stage) -> t.Any:
    db = stage.database()
    if db is None:
        return "nobody answers"
    return {
        row["name_label"]: {
            "power_state": row["power_state"],
            "on": row["resident_on"],
            "ha_restart_priority": row["ha_restart_priority"],
            "ha_always_run": row["ha_always_run"],
        }
        for row in db.rows("VM").values()
        if is_guest(row)
    }


def _login(stage: Stage, host: str) -> t.Any:
    answer = stage.call(host, LOGIN, ["root", PASSWORD, "1.0", "watch"], patience_s=POLL_S)
    if answer.kind == "ok":
        stage.call(host, "session.logout", [answer.value])
        return "ok"
    return answer.value


def _local_login(stage: Stage, host: str) -> t.Any:
    answer = stage.call(host, LOCAL_LOGIN, ["root", PASSWORD], patience_s=POLL_S)
    return "ok" if answer.kind == "ok" else answer.value


def _local_call(stage: Stage, call: str, host: str) -> t.Any:
    answer = stage.call(host, call, [stage.session("local", host)], patience_s=POLL_S)
    return {"ok": ""} if answer.kind == "ok" and answer.value == "" else answer.value


def _pool(stage: Stage) -> t.Any:
    answer = stage.do("pool.get_record", "@pool")
    return answer.value if answer.kind == "ok" else NOT_VISIBLE


def like(expected: t.Any, state: t.Any, symbols: Symbols) -> str | None:
    """Whether a state is the recorded one; of the pool only some fields were kept."""
    if isinstance(expected, dict) and isinstance(state, dict) and "name_label" in state:
        state = {key: state[key] for key in expected if key in state}
    if isinstance(expected, str) and isinstance(state, str):
        expected, state = (text.replace("reset", "refused") for text in (expected, state))
    return difference(expected, state, symbols)


_VIEWS: tuple[tuple[str, t.Callable[..., t.Any]], ...] = (
    (r"hosts|master sees", _hosts),
    (r"hosts as seen by (?P<host>\w+)", _hosts),
    (r"vms", _guests),
    (r"pool", _pool),
    (r"login on (?P<host>\w+)", _login),
    (r"local login on (?P<host>\w+)", _local_login),
    (r"(?P<call>host\.\w+) on (?P<host>\w+)", _local_call),
)


# timelines --------------------------------------------------------------------------------


class Watch:
    """Looks at several things for as long as their recorded states take to come, in order."""

    def __init__(self, stage: Stage, steps: list[Step]) -> None:
        self._stage = stage
        self._steps = steps
        self._seen: dict[str, list[tuple[float, t.Any]]] = {step["observed"]: [] for step in steps}

    def verdicts(self) -> list[str | None]:
        """For each step what is wrong with it."""
        stage = self._stage
        first = float(self._steps[0]["at_s"])
        begin = stage.now - (first if first > 1.0 else 0.0)
        shortest = max(float(step["at_s"]) for step in self._steps)
        self._look(begin)
        while stage.now - begin < shortest + SLACK_S:
            if stage.now - begin > shortest and not any(self._judge()):
                break
            stage.pass_time(POLL_S)
            self._look(begin)
        return self._judge()

    def _look(self, begin: float) -> None:
        at = self._stage.now - begin
        for what, seen in self._seen.items():
            state = look(self._stage, what)
            if state is not NOT_VISIBLE and (not seen or seen[-1][1] != state):
                seen.append((at, state))

    def _judge(self) -> list[str | None]:
        places = dict.fromkeys(self._seen, 0)
        verdicts: list[str | None] = []
        for step in self._steps:
            what = step["observed"]
            text, places[what] = self._find(step, self._seen[what], places[what])
            verdicts.append(text)
        return verdicts

    def _find(self, step: Step, seen: list[tuple[float, t.Any]], place: int) -> tuple[str | None, int]:
        """The next state that fits; states too short for the recorder's sampling may come between."""
        first = self._begins_here(step)
        if place and like(step["value"], seen[place - 1][1], self._stage.symbols) is None:
            return None, place  # the recorder told two kinds of broken connections apart
        for number in range(place, len(seen)):
            at, state = seen[number]
            if like(step["value"], state, self._stage.symbols) is None:
                return self._fuse(step, at), number + 1
            until = seen[number + 1][0] if number + 1 < len(seen) else None
            if until is None or (until - at > BLINK_S and not first):
                break
        rest = [f"{at:.1f}s {self._stage.symbols.name(state)}" for at, state in seen[place : place + 3]]
        return f"expected {step['value']} at {step['at_s']}s, then came {rest}", place

    def _begins_here(self, step: Step) -> bool:
        """Whether the recorder began to look at this only now: what was before is nobody's business."""
        earlier = next(other for other in self._steps if other["observed"] == step["observed"])
        return earlier is step and float(step["at_s"]) > float(self._steps[0]["at_s"]) + BLINK_S

    def _fuse(self, step: Step, at: float) -> str | None:
        low, high = FUSE_S
        if "refused" not in str(step["value"]) or not low <= step["at_s"] <= high or low <= at <= high:
            return None
        return f"expected the fuse of 10 s, got {at:.1f} s"
