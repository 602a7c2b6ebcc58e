# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run, from its record and what closed it, or from its own account: data, and the same in Markdown.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from datetime import UTC, datetime

from .errors import MaintenanceError
from .kinds import name_of, words
from .record import Step, duration, step_from
from .request import in_words

Data = dict[str, t.Any]


def build(run: t.Mapping[str, t.Any], pool: str, error: str, left: t.Sequence[t.Mapping[str, t.Any]]) -> Data:
    """Who, what, when, every step with its time, the windows, the migrations, and what is left to do.

    :param run: the record as ``maintenance_run`` and ``maintenance_undo`` tell it.
    :param error: why it failed; empty when it did not.
    :param left: what could not be taken back.
    """
    steps = [step_from(step) for step in run["steps"]]
    begun, ended = _from_to(run, steps)
    closed = [_window(step.kind, step.text, step.since, step.closed) for step in steps if step.kind]
    still_open = [_open_window(entry) for entry in run["undo"]]
    return {
        "id": run["id"],
        "pool": pool,
        "operation": run["operation"],
        "owner": run["owner"],
        "asked": run["asked"],
        "plan": run.get("plan", ""),
        "outcome": "failed" if error or left or still_open else "done",
        "error": error,
        "left": [each["text"] for each in left],
        "started": _iso(begun),
        "ended": _iso(ended),
        "seconds": ended - begun,
        "steps": [{"at": _iso(s.at), "after_s": s.at - begun, "text": s.sentence} for s in steps],
        "windows": [*closed, *still_open],
        "migrations": sum(step.moves for step in steps),
    }


def by_account(account: t.Mapping[str, t.Any], pool: str, error: str, owner: str) -> Data:
    """The same of a run that kept no record, because nothing of it has to be taken back or there is no pool to ask.

    :param account: what its role tells, with the times of the controller.
    """
    begun, ended = (_moment(account["operation"], name, account[name]) for name in ("started", "ended"))
    steps = [{"at": _moment(account["operation"], "at", step["at"]), "text": step["text"]} for step in account["steps"]]
    run = {
        "id": f"{begun}-{_digest(account)}",
        "owner": owner,
        "operation": account["operation"],
        "asked": account["asked"],
        "started": begun,
        "renewed": ended,
        "undo": [],
        "steps": steps,
    }
    # Nothing is left changed, so what people still have to do is no failure; what the error says is not said twice.
    left = [line for line in account["left"] if line not in error.splitlines()]
    return {**build(run, pool, error, []), "left": left}


def _moment(operation: str, name: str, iso: str) -> int:
    try:
        return int(datetime.fromisoformat(iso).timestamp())
    except ValueError:
        raise MaintenanceError(
            f"{operation}: {name} is {iso!r}, which is no time. Give it as 2026-11-20T22:00:00Z."
        ) from None


def _digest(account: t.Mapping[str, t.Any]) -> str:
    """The same account has the same files, and another one of the same second has others."""
    return hashlib.sha256(json.dumps(account, sort_keys=True).encode()).hexdigest()[:6]


def _from_to(run: t.Mapping[str, t.Any], steps: t.Sequence[Step]) -> tuple[int, int]:
    """From the first sign to the last one: a run that took over another one tells what both did."""
    signs = [run["started"], run["renewed"], *(step.at for step in steps), *(step.since for step in steps)]
    known = [sign for sign in (*signs, *(entry["at"] for entry in run["undo"])) if sign > 0]
    return min(known, default=0), max(known, default=0)


def _window(kind: str, thing: str, begun: int, ended: int | None) -> Data:
    return {
        "what": words(kind).window,
        "object": thing,
        "from": _iso(begun),
        "to": None if ended is None else _iso(ended),
        "seconds": None if ended is None else ended - begun,
    }


def _open_window(entry: t.Mapping[str, t.Any]) -> Data:
    return _window(entry["kind"], name_of(entry["object"], entry["before"]), entry["at"], None)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def markdown(report: Data) -> str:
    """The report for people."""
    return "\n".join([*_head(report), *_trouble(report), *_windows(report), *_steps(report), ""])


def _head(report: Data) -> list[str]:
    return [
        f"# {report['operation']} of {report['pool']}: {report['outcome']}",
        "",
        "| | |",
        "|---|---|",
        f"| run | `{report['id']}` |",
        f"| by | {_cell(report['owner'])} |",
        f"| asked | {_cell(in_words(report['asked']))} |",
        *([f"| plan | `{_cell(report['plan'])}` |"] if report["plan"] else []),
        f"| from | {report['started']} |",
        f"| to | {report['ended']} ({duration(report['seconds'])}) |",
        f"| live migrations | {report['migrations']} |",
    ]


def _trouble(report: Data) -> list[str]:
    lines = troubles(report)
    return ["", "## Left to do", "", *(f"- {line}" for line in lines)] if lines else []


def troubles(report: Data) -> list[str]:
    """Why the run failed and what is left to do, a sentence a line."""
    return [line.removeprefix("- ") for line in (*report["error"].splitlines(), *report["left"])]


def _windows(report: Data) -> list[str]:
    if not report["windows"]:
        return []
    rows = [
        f"| {_cell(each['object'])} | {each['what']} | {each['from']} | {each['to'] or 'still'} | {_length(each)} |"
        for each in report["windows"]
    ]
    return ["", "## Windows", "", "| object | | from | to | length |", "|---|---|---|---|---|", *rows]


def _length(window: Data) -> str:
    return "" if window["seconds"] is None else duration(window["seconds"])


def _steps(report: Data) -> list[str]:
    rows = [f"| {step['at']} | {duration(step['after_s'])} | {_cell(step['text'])} |" for step in report["steps"]]
    return ["", "## Steps", "", "| when | after | what |", "|---|---|---|", *rows]


def _cell(text: str) -> str:
    """Names come out of other people's databases: none may break the table."""
    return text.replace("|", "\\|").replace("\n", " ")
