# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One recording, step by step, against a world made for it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from .answers import PATIENCE_S, Answer
from .happenings import Happenings, NotUnderstood
from .made import Made
from .outcome import judge
from .raw_http import play_http
from .stage import Stage
from .together import play_together
from .transcript import Step, Transcript
from .watching import UnknownView, Watch, like, look

BETWEEN_STEPS_S = 0.02
_WAIT_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer: alike when ``wrong`` is None."""

    step: int
    what: str
    wrong: str | None


@dataclass(slots=True)
class Result:
    """A whole recording."""

    name: str
    area: str
    verdicts: list[Verdict] = field(default_factory=list)
    skipped: list[Verdict] = field(default_factory=list)


def replay(transcript: Transcript) -> Result:
    """Play a recording; nothing that goes wrong in the lab ends it early."""
    result = Result(transcript.name, transcript.area)
    try:
        player = _Player(transcript, result)
    except Exception as error:  # a world that cannot be built is a difference like any other
        result.verdicts.append(Verdict(0, "the estate", f"{type(error).__name__}: {error}"))
        return result
    player.play()
    return result


class _Player:
    def __init__(self, transcript: Transcript, result: Result) -> None:
        self._steps = transcript.steps
        self._result = result
        self._stage = Stage(transcript)
        self._happenings = Happenings(self._stage)
        self._made = Made(self._stage.symbols)

    def play(self) -> None:
        """All steps."""
        number = 0
        while number < len(self._steps):
            count = self._timeline_length(number)
            try:
                if count:
                    self._timeline(number, count)
                else:
                    self._step(number, self._steps[number])
            except Exception as error:  # a failure of the lab is a difference of this step
                self._add(number, _title(self._steps[number]), f"the lab failed: {type(error).__name__}: {error}")
            self._stage.pass_time(BETWEEN_STEPS_S)
            number += max(1, count)

    def _add(self, number: int, what: str, wrong: str | None) -> None:
        self._result.verdicts.append(Verdict(number, what, wrong))

    # kinds of steps -----------------------------------------------------------------------

    def _step(self, number: int, step: Step) -> None:
        match step:
            case {"event": str(text)}:
                self._event(number, text)
            case {"wait": str(text)}:
                self._wait(number, text, float(step.get("took_s", 0.0)))
            case {"note": _}:
                pass
            case {"observed": str(what), "value": value}:
                self._observed(number, what, value)
            case {"concurrent": _}:
                for what, wrong in play_together(self._stage, step):
                    self._add(number, what, wrong)
            case {"request": _}:
                self._add(number, _title(step), play_http(self._stage, step))
            case {"call": _}:
                self._call(number, step)
            case _:
                self._add(number, "step", f"a step with {sorted(step)} is not understood")

    def _event(self, number: int, text: str) -> None:
        try:
            self._happenings.happen(text)
        except NotUnderstood as error:
            self._add(number, f"event {text}", str(error))

    def _observed(self, number: int, what: str, value: t.Any) -> None:
        try:
            self._add(number, what, like(value, look(self._stage, what), self._stage.symbols))
        except UnknownView as error:
            self._add(number, what, str(error))

    def _call(self, number: int, step: Step) -> None:
        title = _title(step)
        if "unusable" in step["result"]:
            self._result.skipped.append(Verdict(number, title, str(step["result"]["unusable"])))
            return
        self._made.claim(step)
        answer = self._ask(step)
        self._add(number, title, judge(step["result"], answer, self._stage.symbols))
        self._made.note(step, answer)
        if step["call"] == "event.from" and answer.kind == "ok":
            self._stage.tokens.append(answer.value["token"])

    def _ask(self, step: Step) -> Answer:
        stage = self._stage
        session = stage.session(step["as"], step["on"])
        args = stage.symbols.fill_in(_with_token(step, stage))
        protocol = "jsonrpc1" if step.get("jsonrpc") == "1.0" else step["protocol"]
        params = args if session is None else [session, *args]
        silence = re.fullmatch(r"no answer in (\d+)s", str(step["result"].get("transport", "")))
        self._happenings.anchor = stage.now if _starts_a_count(step) else self._happenings.anchor
        return stage.call(step["on"], step["call"], params, protocol, float(silence[1]) if silence else PATIENCE_S)

    # time ---------------------------------------------------------------------------------

    def _timeline_length(self, number: int) -> int:
        """How many steps from here on are one timeline; its times do not go back."""
        count, last = 0, -1.0
        for step in self._steps[number:]:
            at = step.get("at_s")
            if "observed" not in step or at is None or float(at) < last:
                break
            count, last = count + 1, float(at)
        return count

    def _timeline(self, number: int, count: int) -> None:
        steps = list(self._steps[number : number + count])
        for place, (step, wrong) in enumerate(zip(steps, Watch(self._stage, steps).verdicts(), strict=True)):
            self._add(number + place, f"{step['observed']} at {step['at_s']} s", wrong)

    def _wait(self, number: int, text: str, took_s: float) -> None:
        """Until a condition is true; it must come true."""
        seconds = re.search(r"^(\d+(?:\.\d+)?) s passed", text)
        if seconds:
            self._stage.pass_time(float(seconds[1]))
        elif "pending" in text:
            self._until(number, text, self._task_ended)
        elif "live and enabled" in text:
            self._until(number, text, self._all_enabled)
        else:
            self._add(number, f"wait {text}", f"no rule knows this condition; the recorder waited {took_s} s")

    def _until(self, number: int, text: str, condition: t.Callable[[str], bool]) -> None:
        until = self._stage.now + _WAIT_LIMIT_S
        while not condition(text):
            if self._stage.now >= until:
                self._add(number, f"wait {text}", f"it did not come true in {_WAIT_LIMIT_S:g} s")
                return
            self._stage.pass_time(0.1)

    def _task_ended(self, text: str) -> bool:
        found = re.search(r"@task:\w+", text)
        ref = self._stage.symbols.fill_in(found[0] if found else "@task:1")
        db = self._stage.database()
        return db is None or not db.exists("task", ref) or db.row("task", ref)["status"] != "pending"

    def _all_enabled(self, _text: str) -> bool:
        hosts = look(self._stage, "hosts")
        return isinstance(hosts, dict) and all(host["enabled"] and host["live"] for host in hosts.values())


def _title(step: Step) -> str:
    if "request" in step:
        request = step["request"]
        return str(request)[:80] if step["protocol"] != "http" else f"{request['method']} {request['path']}"
    return str(step.get("call") or step.get("observed") or step.get("event") or sorted(step))


def _with_token(step: Step, stage: Stage) -> list[t.Any]:
    """Arguments; an unnamed event token is the one from before the last event."""
    token = stage.tokens[0] if "old" in step.get("label", "") else stage.tokens[-1]
    return [token if arg == {"any": "token"} else arg for arg in step["args"]]


def _starts_a_count(step: Step) -> bool:
    return "designate" in step["call"] or "transition" in step["call"]
