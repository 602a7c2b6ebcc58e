# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks and asynchronous calls."""

from __future__ import annotations

import typing as t

import pytest
from plain_world import PlainWorld

from xencloud_lab.timeline import Completion
from xencloud_lab.xapi import registry
from xencloud_lab.xapi.classes.task import cancelled
from xencloud_lab.xapi.model import EPOCH
from xencloud_lab.xapi.registry import Call

WORK_S = 30.0


class Work:
    """Something that takes its time and can be cancelled."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.answer = Completion()

    def begin(self) -> Completion:
        self.call.progress(0.25)
        self.call.on_cancel(self.give_up)
        self.call.world.timeline.after(WORK_S, self.answer.resolve, ["OpaqueRef:a", "OpaqueRef:b"])
        return self.answer

    def give_up(self) -> None:
        self.answer.reject(cancelled(self.call.task or ""))


@pytest.fixture(autouse=True)
def slow_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """``VM.get_possible_hosts`` takes 30 s here."""
    registry.implementation("task", "create")
    monkeypatch.setitem(registry._REGISTRY, ("VM", "get_possible_hosts"), lambda call, vm: Work(call).begin())


def begin(plain: PlainWorld, root: str) -> str:
    task = plain.ask("Async.VM.get_possible_hosts", root, plain.ref("VM", "web1"))
    plain.timeline.run_until(plain.timeline.now + 1)
    return t.cast(str, task)


def test_async_call_gives_a_pending_task_at_once_xapi_1_8(plain: PlainWorld, root: str) -> None:
    task = begin(plain, root)
    row = plain.ask("task.get_record", root, task)
    assert (row["name_label"], row["status"], row["progress"]) == ("Async.VM.get_possible_hosts", "pending", 0.25)
    assert row["finished"] == EPOCH
    assert row["allowed_operations"] == ["cancel"]


def test_result_is_the_xmlrpc_text_of_the_value_xapi_1_8(plain: PlainWorld, root: str) -> None:
    task = begin(plain, root)
    plain.timeline.run_until(plain.timeline.now + WORK_S)
    row = plain.ask("task.get_record", root, task)
    assert (row["status"], row["progress"]) == ("success", 1.0)
    assert (
        row["result"]
        == "<value><array><data><value>OpaqueRef:a</value><value>OpaqueRef:b</value></data></array></value>"
    )


def test_bad_reference_fails_in_the_task_not_at_once_observed(plain: PlainWorld, root: str) -> None:
    task = plain.ask("Async.VM.checkpoint", root, "OpaqueRef:no", "name")
    assert plain.ask("task.get_status", root, task) == "pending"
    plain.timeline.run_until(plain.timeline.now + 1)
    assert plain.ask("task.get_status", root, task) == "failure"


def test_wrong_arity_and_types_fail_at_once_observed(plain: PlainWorld, root: str) -> None:
    assert plain.refusal("Async.VM.get_possible_hosts", root)[0] == "MESSAGE_PARAMETER_COUNT_MISMATCH"
    assert plain.refusal("Async.VM.get_possible_hosts", root, 5)[0] == "INTERNAL_ERROR"


@pytest.mark.parametrize("method", ["pool.get_all", "session.logout", "pool.ha_compute_max_host_failures_to_tolerate"])
def test_message_without_async_form_is_a_fault_as_failure_observed(plain: PlainWorld, root: str, method: str) -> None:
    assert plain.refusal(f"Async.{method}", root) == ["Fault", f"No async mode for this operation (rpc: {method})"]


def test_cancelled_work_ends_the_task_as_cancelled_xapi_1_8(plain: PlainWorld, root: str) -> None:
    task = begin(plain, root)
    plain.ask("task.cancel", root, task)
    row = plain.ask("task.get_record", root, task)
    assert (row["status"], row["error_info"]) == ("cancelled", ["TASK_CANCELLED", task])


def test_cancelling_a_task_without_a_hook_only_leaves_a_note_observed(plain: PlainWorld, root: str) -> None:
    task = plain.ask("task.create", root, "mine", "d")
    plain.ask("task.cancel", root, task)
    row = plain.ask("task.get_record", root, task)
    assert row["status"] == "pending"
    assert list(row["current_operations"].values()) == ["cancel"]


def test_destroying_a_pending_task_only_marks_it_observed(plain: PlainWorld, root: str) -> None:
    task = plain.ask("task.create", root, "mine", "d")
    plain.ask("task.destroy", root, task)
    assert plain.ask("task.get_current_operations", root, task) == {"task": "destroy"}
    plain.ask("task.set_status", root, task, "failure")
    assert plain.ask("task.get_status", root, task) == "failure"


def test_destroyed_task_is_handle_invalid(plain: PlainWorld, root: str) -> None:
    task = plain.ask("task.create", root, "mine", "d")
    plain.ask("task.set_status", root, task, "success")
    plain.ask("task.destroy", root, task)
    for method in ("get_status", "destroy", "cancel"):
        assert plain.refusal(f"task.{method}", root, task) == ["HANDLE_INVALID", "task", task]


def test_late_completion_of_a_task_that_is_gone_is_ignored_xapi_1_8(plain: PlainWorld, root: str) -> None:
    task = begin(plain, root)
    plain.db.destroy("task", task)
    plain.timeline.run_until(plain.timeline.now + WORK_S)
    assert not plain.db.exists("task", task)


def test_completed_task_vanishes_after_65_minutes_xapi_1_8(plain: PlainWorld, root: str) -> None:
    task = begin(plain, root)
    plain.timeline.run_until(plain.timeline.now + WORK_S + 3898)
    assert plain.db.exists("task", task)
    plain.timeline.run_until(plain.timeline.now + 2)
    assert not plain.db.exists("task", task)


def test_oldest_completed_tasks_go_early_above_200_xapi_1_8(plain: PlainWorld, root: str) -> None:
    first = plain.ask("task.create", root, "first", "")
    plain.ask("task.set_status", root, first, "success")
    for _ in range(200):
        plain.ask("task.create", root, "pending", "")
    assert not plain.db.exists("task", first)
