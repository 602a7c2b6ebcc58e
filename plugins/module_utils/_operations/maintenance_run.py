# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the record of a run in the pool: the lock, its lease, and what has to be taken back.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import typing as t

from .._argspec import MIRROR_DIR, ArgumentSpec, xapi_spec
from .._maintenance import record
from .._maintenance.digest import short
from .._maintenance.errors import MaintenanceError
from .._maintenance.kinds import RESTORED, STAYS
from .._maintenance.record import Lock, RunRecord, Step, UndoEntry
from .._xapi.errors import XapiError
from ._book import RecordBook, plain
from ._context import Context, Outcome, Params
from ._mirror import keep_mirror

SPEC = xapi_spec() | ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["started", "noted", "undone", "finished"], "required": True},
        "operation": {"type": "str"},
        "asked": {"type": "dict", "default": {}},
        "owner": {"type": "str"},
        "plan": {"type": "str"},
        "run_id": {"type": "str"},
        "lease": {"type": "int", "default": 7200},
        "undo": {
            "type": "dict",
            "options": {
                "kind": {"type": "str", "required": True},
                "object": {"type": "str", "required": True},
                "before": {"type": "raw"},
            },
        },
        "undo_key": {"type": "str", "no_log": False},
        "lasting": {"type": "bool", "default": False},
        "takeover": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "mirror_dir": MIRROR_DIR,
    },
    required_if=(
        ("state", "started", ("operation",)),
        ("state", "noted", ("run_id", "undo")),
        ("state", "undone", ("run_id",)),
        ("state", "undone", ("undo_key", "undo"), True),
        ("state", "finished", ("run_id",)),
    ),
)


def run(context: Context) -> Outcome:
    """Read the record, decide, write."""
    book = RecordBook.open(context)
    states = {"started": _start, "noted": _note, "undone": _undone, "finished": _finish}
    outcome = states[context.params["state"]](book, context)
    if not context.check_mode:
        outcome.warnings += keep_mirror(context.params["mirror_dir"], book.record, context.params["run_id"])
    return outcome


def _start(book: RecordBook, context: Context) -> Outcome:
    held, params = book.record, context.params
    if held is not None and held.lock.run_id == params["run_id"]:
        return _told(book, False, held)
    if held is not None:
        _require_takeover(book, held, params["takeover"])
        _inherit(book, params)
    lock = _new_lock(book, params)
    _take(book, lock)
    if held is not None:
        text = _taken_over(held.lock, lock)
        context.report(f"{book.label} {text}")
        book.step(Step(book.now, text, since=held.lock.started))
    book.sync()
    return _told(book, True, book.record)


def _inherit(book: RecordBook, params: Params) -> None:
    """Take the dead run's lock away; what this run was asked is written first, in case it dies here as well."""
    will = record.heir(params["operation"], plain(params["asked"]))
    if book.config.get(record.HEIR) != will:
        book.remove(record.HEIR)
        book.add(record.HEIR, will)
    book.remove(record.ENDED)
    book.remove(record.LOCK)


def _taken_over(dead: Lock, lock: Lock) -> str:
    """Whose work goes on, and whether it goes on as it was planned; hosts that are done leave the plan."""
    same = lock.plan in ("", dead.plan) or not dead.plan
    changed = "" if same else f"; its plan {short(dead.plan)} is now {short(lock.plan)}"
    return f"goes on with what {dead.name} began{changed}"


def _require_takeover(book: RecordBook, held: RunRecord, takeover: bool) -> None:
    # What an ended run left in its record is this run's to take back.
    if held.lives(book.now) or not (takeover or held.ended):
        # Not as ``run``: a rescue takes back what is its own run.
        raise MaintenanceError(f"{book.label}: {record.refusal(held, book.now)}", holder=held.as_dict())


def _new_lock(book: RecordBook, params: Params) -> Lock:
    nonce = secrets.token_hex(8)
    return Lock(
        run_id=params["run_id"] or f"{book.now}-{nonce[:6]}",
        owner=params["owner"] or owner(),
        nonce=nonce,
        operation=params["operation"],
        started=book.now,
        lease_s=params["lease"],
        asked=plain(params["asked"]),
        plan=params["plan"] or "",
    )


def owner() -> str:
    """The user, this machine, and AWX's job where there is one."""
    job = os.environ.get("JOB_ID") or os.environ.get("AWX_JOB_ID")
    return f"{getpass.getuser()}@{socket.gethostname()}" + (f" (job {job})" if job else "")


def _take(book: RecordBook, lock: Lock) -> None:
    """Add the lock and read it back: two takers can each remove the other's (xapi.md 8)."""
    try:
        book.add(record.LOCK, lock.as_json())
    except XapiError as error:
        if error.code != "MAP_DUPLICATE_KEY":
            raise
    book.reread()
    found = book.record
    if found is None or found.lock.nonce != lock.nonce:
        winner = found.holding(book.now) if found else "somebody else"
        raise MaintenanceError(f"{book.label}: {winner} was faster. Wait until it has finished, then run this again.")


def _note(book: RecordBook, context: Context) -> Outcome:
    params = context.params
    undo = params["undo"]
    entry, new = book.note(params["run_id"], undo["kind"], undo["object"], undo["before"])
    if not new:
        book.renew(params["run_id"])
    return _told(book, new, book.record, undo_key=entry.key, before=entry.before)


def _undone(book: RecordBook, context: Context) -> Outcome:
    entry = _entry_of(book.mine(context.params["run_id"]), context.params)
    if entry is not None:
        book.strike(entry, STAYS if context.params["lasting"] else RESTORED)
    return _told(book, entry is not None, book.record)


def _entry_of(held: RunRecord, params: Params) -> UndoEntry | None:
    key, undo = params["undo_key"], params["undo"]
    if key:
        return next((entry for entry in held.undo if entry.key == key), None)
    return held.entry_for(undo["kind"], undo["object"])


def _finish(book: RecordBook, context: Context) -> Outcome:
    params = context.params
    if book.record is None:
        return _told(book, False, None)
    held = book.mine(params["run_id"])
    if held.undo and not params["force"]:
        left = ", ".join(entry.still for entry in held.undo)
        raise MaintenanceError(
            f"{book.label}: run {held.lock.run_id} cannot end, because {left}. Take these back first.",
            run=held.as_dict(),
        )
    book.clear()
    return _told(book, True, held)


def _told(book: RecordBook, changed: bool, run: RunRecord | None, **more: t.Any) -> Outcome:
    """The result that all states share; the record itself is no step of the run."""
    result = {"run": run.as_dict() if run else None, **more}
    return Outcome(changed=changed, result=result, warnings=book.warnings, step=None)
