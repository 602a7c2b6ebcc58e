# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class task (``xapi.md`` 1.8, transcript ``tasks_by_hand``)."""

from __future__ import annotations

from .. import tasks
from ..errors import XapiError
from ..registry import Call, message

_ENDED = ("success", "failure", "cancelled")


@message("task", "create")
def task_create(call: Call, label: str, description: str) -> str:
    """A task that its maker ends by hand."""
    return tasks.create(call, label, description)


@message("task", "destroy")
def task_destroy(call: Call, task: str) -> None:
    """An ended task goes; a pending one is only marked (seen live)."""
    if call.db.row("task", task)["status"] in _ENDED:
        call.db.destroy("task", task)
    else:
        call.db.set("task", task, current_operations={"task": "destroy"})


@message("task", "cancel")
def task_cancel(call: Call, task: str) -> None:
    """Leave a note, and use the hook when the work behind the task has one."""
    row = call.db.row("task", task)
    note = f"DummyRef:|{call.db.new_uuid()}|task.cancel"
    call.db.set("task", task, current_operations={**row["current_operations"], note: "cancel"})
    if row["status"] not in _ENDED:
        call.db.live.cancel(task)


@message("task", "set_status")
def task_set_status(call: Call, task: str, value: str) -> None:
    call.db.set("task", task, status=value)


@message("task", "set_progress")
def task_set_progress(call: Call, task: str, value: float) -> None:
    call.db.set("task", task, progress=value)


@message("task", "set_result")
def task_set_result(call: Call, task: str, value: str) -> None:
    call.db.set("task", task, result=value)


@message("task", "set_error_info")
def task_set_error_info(call: Call, task: str, value: list[str]) -> None:
    call.db.set("task", task, error_info=value)


def cancelled(task: str) -> XapiError:
    """With this error the work behind a task gives in to its cancellation."""
    return XapiError("TASK_CANCELLED", task)
