# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cases of a sweep, and how one is played."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .promises import Ending, broken
from .recording import Call, Recording
from .rehearsals import POOL, Json, Rehearsal
from .stage import AFTERMATH_S, STAYS, Stage

MODES = ("carry_on", "take_back")
# The first one may meet what the fault has left behind, and say so; no more than that is asked of people.
ATTEMPTS = 2
FAULTS = ("lose_reply", "refuse", "hang", "host_crash", "master_crash", "management_server")

_IN_BETWEEN = "hosts differ in version"


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong: the controller dies at a moment, or a fault strikes at a call."""

    role: str
    what: str
    call: Call
    moment: int | None = None

    @property
    def id(self) -> str:
        """What ``--case`` takes to play it again."""
        place = f"m{self.moment}" if self.moment is not None else f"c{self.call.number}"
        return f"{self.role}:{place}:{self.what}"

    @property
    def text(self) -> str:
        where = f" on {self.call.host}" if self.call.host else ""
        return f"{self.what} at call {self.call.number} ({self.call.method}{where})"


def crash_cases(role: str, recording: Recording) -> list[Case]:
    """The controller is dead at each distinct moment; both ways to go on."""
    return [Case(role, mode, call, moment) for moment, call in sorted(recording.moments.items()) for mode in MODES]


def fault_cases(role: str, recording: Recording) -> list[Case]:
    """Every fault at every kind of call in every situation."""
    return [Case(role, fault, call) for call in recording.kinds for fault in FAULTS if _possible(fault, call)]


def _possible(fault: str, call: Call) -> bool:
    return fault not in ("host_crash", "master_crash") or not call.method.startswith("session.")


def play(case: Case, rehearsal: Rehearsal, stage: Stage, recording: Recording, begin: Path) -> list[str]:
    """Play a case; the promises that are not kept."""
    if case.moment is not None:
        stage.load(recording.moment(case.moment))
        return _after_death(case, rehearsal, stage)
    stage.load(begin)
    return _with_fault(case, rehearsal, stage)


def _after_death(case: Case, rehearsal: Rehearsal, stage: Stage) -> list[str]:
    """Somebody notices, and resumes from another controller."""
    stage.settle()
    held = _held(stage)
    ended = stage.play("resume", _resume(case.what), _log(case))
    if ended.rc != 0 and case.what == "take_back" and _IN_BETWEEN in ended.output:
        # XAPI has no HA for a pool in between two versions: that is told, kept, and restored by carrying on.
        ended = stage.play("resume", _resume("carry_on"), f"{_log(case)}-on")
    if ended.rc != 0:
        return [f"resume ended with {ended.rc}: {_last_error(ended.output)}"]
    stage.advance(AFTERMATH_S)
    # Without a record the run had not begun, or was over: either is good.
    # Nor is there anything to take back from a run that has done what it was asked, and only did not close.
    endings: tuple[Ending, ...] = ("done",) if held and case.what == "carry_on" else ("done", "as before")
    return _least_broken(rehearsal, endings, stage)


def _held(stage: Stage) -> bool:
    """A run holds the pool: it has begun, and is not over."""
    return any(
        key.startswith("xencloud.maintenance.") for key in stage.lab.state()["pools"][POOL].get("other_config", ())
    )


def _resume(action: str) -> Json:
    return {"resume_action": action, "resume_takeover": True}


def _with_fault(case: Case, rehearsal: Rehearsal, stage: Stage) -> list[str]:
    """The role meets a fault; if it ends red, the cause is repaired and it is carried on."""
    _order(case, stage)
    ended = stage.play(rehearsal.role, rehearsal.variables, _log(case))
    crashed = case.what in ("host_crash", "master_crash")
    drift = _drift(case, stage)
    if drift:
        return [drift]
    _repair(stage)
    # A role that ends red and holds the pool no more has taken everything back, or finished what nobody can take back.
    endings: tuple[Ending, ...] = ("done",) if ended.rc == 0 or _held(stage) else ("done", "as before")
    for attempt in range(ATTEMPTS if _held(stage) else 0):
        ended = stage.play("resume", _resume("carry_on"), f"{_log(case)}-{attempt}")
        _repair(stage)
        if ended.rc == 0:
            break
    if _held(stage):
        return [f"after the repair, resume ended with {ended.rc}: {_last_error(ended.output)}"]
    return _least_broken(rehearsal, endings, stage, crashed)


def _least_broken(rehearsal: Rehearsal, endings: tuple[Ending, ...], stage: Stage, crashed: bool = False) -> list[str]:
    """What is broken of the ending that came about."""
    state, book = stage.lab.state(), stage.lab.book()
    return min((broken(rehearsal, ending, state, book, crashed) for ending in endings), key=len)


def _order(case: Case, stage: Stage) -> None:
    call = case.call
    # The same world hears the same calls from the same playbook, so that the number of a call is its name.
    pattern = {"side": "any", "wire": True, "nth": call.number}
    fault: Json = {"call": pattern}
    match case.what:
        case "lose_reply" | "hang":
            fault["kind"] = case.what
        case "refuse":
            fault |= {"kind": "refuse", "error": _refusal(call)}
        case "host_crash":
            fault |= {"kind": "reset", "host": STAYS}
        case "master_crash":
            fault |= {"kind": "reset", "host": "@master"}
        case "management_server":
            fault["kind"] = "cloudstack_restart"
    stage.lab.running.ask("/faults", fault)


def _drift(case: Case, stage: Stage) -> str:
    """A fault that struck elsewhere proves nothing about its case."""
    struck = [each["what"] for each in stage.lab.state()["faults"]]
    wanted = f": {case.call.method} on {case.call.host or case.call.side}"
    return "" if len(struck) == 1 and struck[0].endswith(wanted) else f"the fault struck elsewhere: {struck}"


def _refusal(call: Call) -> list[str]:
    return ["INTERNAL_ERROR", "the call was refused"] if call.side == "xapi" else ["530", "the call was refused"]


def _repair(stage: Stage) -> None:
    """The machines come back, the pool and CloudStack find each other."""
    stage.settle()
    for _step in range(60):
        state = stage.lab.state()
        if all(host["power"] == "on" and host["answers"] for host in state["hosts"].values()):
            break
        stage.advance(30)
    stage.advance(AFTERMATH_S)


def _log(case: Case) -> str:
    return case.id.replace(":", "-")


def _last_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith("fatal:")]
    return lines[-1][:600] if lines else " ".join(output.splitlines()[-3:])[:600]
