# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import NULL_REF
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.moves import (
    Ended,
    InFlight,
    Move,
    Whereabouts,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.carrier import XapiCarrier
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.client import XapiClient
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    HangUp,
    Scripted,
    failure,
    success,
)

MOVE = Move("uuid-web", "web-01", "h1", "xen01", "h2", "xen02", 4096)


class Vm:
    """One VM that XAPI moves; the n-th order to move it may get no answer."""

    def __init__(self) -> None:
        self.host = "h1"
        self.operations: dict[str, str] = {}
        self.orders: list[tuple[t.Any, ...]] = []
        self.unheard = self.unanswered = 0
        self.task: dict[str, t.Any] = {"status": "pending", "progress": 0.5, "result": "", "error_info": []}

    def migrate(self, _session: str, *arguments: t.Any) -> t.Any:
        self.orders.append(arguments)
        if len(self.orders) <= self.unheard:
            raise HangUp
        self.operations = {"task": "pool_migrate"}
        if len(self.orders) <= self.unanswered:
            raise HangUp
        return success("task")

    def record(self, *_args: t.Any) -> t.Any:
        return success({"resident_on": self.host, "current_operations": self.operations, "power_state": "Running"})


@pytest.fixture
def vm() -> Vm:
    return Vm()


@pytest.fixture
def carrier(start_host: t.Callable[..., Scripted], params: dict[str, t.Any], vm: Vm) -> XapiCarrier:
    """A carrier whose master has this one VM."""
    master = start_host(
        Async__VM__pool_migrate=vm.migrate,
        VM__get_record=vm.record,
        task__get_record=lambda *_args: success(vm.task) if vm.task else failure("HANDLE_INVALID", "task", "task"),
        task__destroy=lambda *_args: success(),
    )
    return XapiCarrier(XapiClient.connect({**params, "hostname": master.address}), {"uuid-web": "ref-web"})


def test_a_move_is_one_live_migration(carrier: XapiCarrier, vm: Vm) -> None:
    assert carrier.start(MOVE) == "task"
    assert vm.orders == [("ref-web", "h2", {"live": "true"})]


def test_an_order_that_was_not_heard_is_given_again(carrier: XapiCarrier, vm: Vm) -> None:
    vm.unheard = 1
    assert carrier.start(MOVE) == "task"
    assert len(vm.orders) == 2


def test_an_order_that_was_heard_is_not_given_again(carrier: XapiCarrier, vm: Vm) -> None:
    vm.unanswered = 1
    assert carrier.start(MOVE) == ""
    assert len(vm.orders) == 1
    assert isinstance(carrier.poll(MOVE, ""), Ended)
    assert not carrier.locate([MOVE])["uuid-web"].settled


def test_a_pending_task_is_in_flight(carrier: XapiCarrier) -> None:
    assert carrier.poll(MOVE, "task") == InFlight()


def test_a_failed_task_tells_its_cause(carrier: XapiCarrier, vm: Vm) -> None:
    vm.task |= {"status": "failure", "error_info": ["HOST_NOT_ENOUGH_FREE_MEMORY", "4294967296", "0"]}
    ended = carrier.poll(MOVE, "task")
    assert isinstance(ended, Ended)
    assert str(ended.cause).startswith("the target has too little free memory (4096 MiB needed, 0 MiB free)")


def test_a_task_that_is_gone_leaves_the_verdict_to_the_place(carrier: XapiCarrier, vm: Vm) -> None:
    vm.task.clear()
    assert isinstance(carrier.poll(MOVE, "task"), Ended)
    vm.host, vm.operations = "h2", {}
    assert carrier.locate([MOVE]) == {"uuid-web": Whereabouts("h2", True, "running")}


def test_a_vm_on_no_host_is_nowhere(carrier: XapiCarrier, vm: Vm) -> None:
    vm.host = NULL_REF
    assert carrier.locate([MOVE])["uuid-web"].host is None
