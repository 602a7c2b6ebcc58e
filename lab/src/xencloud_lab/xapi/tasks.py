# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task rows: their life from pending to an end, and how long they stay (``xapi.md`` 1.8)."""

from __future__ import annotations

from .database import Database
from .errors import XapiError
from .registry import Call
from .rows import host_ref, stamp

KEPT = 200


def create(call: Call, label: str, description: str = "") -> str:
    """A pending task of this call's session."""
    db = call.db
    _drop_surplus(db)
    return db.create(
        "task",
        name_label=label,
        name_description=description,
        created=stamp(call.now),
        status="pending",
        resident_on=host_ref(db, call.machine),
        type="<none/>",
        backtrace="()",
    )


def complete(call: Call, result: str) -> None:
    """The call went well; ``result`` is the XML-RPC text of its value."""
    _end(call, status="success", result=result)


def fail(call: Call, error: XapiError) -> None:
    """The call failed, or gave in to a cancellation."""
    status = "cancelled" if error.code == "TASK_CANCELLED" else "failure"
    _end(call, status=status, error_info=error.description)


def _end(call: Call, **values: object) -> None:
    """Only a pending task may end; one that is gone (restart, destroyed) is left alone."""
    db, task = call.db, call.task
    if task is None or not db.exists("task", task):
        return
    db.live.task_ended(task)
    if db.row("task", task)["status"] not in ("pending", "cancelling"):
        return
    db.set("task", task, finished=stamp(call.now), progress=1.0, allowed_operations=[], **values)
    call.world.timeline.after(call.world.durations.completed_task, db.destroy, "task", task)


def _drop_surplus(db: Database) -> None:
    """Above 200 tasks the oldest completed ones go early."""
    rows = db.rows("task")
    surplus = len(rows) + 1 - KEPT
    if surplus <= 0:
        return
    ended = [ref for ref, row in rows.items() if row["status"] in ("success", "failure", "cancelled")]
    for ref in ended[:surplus]:
        db.destroy("task", ref)
