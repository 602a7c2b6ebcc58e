# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.carrier import CloudStackCarrier
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import Kind
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.moves import (
    Ended,
    InFlight,
    Move,
    Whereabouts,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._cloudstack.scripted import (
    HANG,
    Answer,
    Server,
    job,
    refused,
)

MOVE = Move("vm-1", "web-07", "h1", "xen01", "h2", "xen02", 4096)


def carrier(server: Server, kind: Kind = "user", **options: t.Any) -> CloudStackCarrier:
    return CloudStackCarrier(server.client(**options), {"vm-1": kind})


def located(server: Server, kind: Kind = "user") -> Whereabouts:
    return carrier(server, kind).locate([MOVE])["vm-1"]


@pytest.mark.parametrize(
    ("kind", "command"),
    [("user", "migrateVirtualMachine"), ("router", "migrateSystemVm"), ("system", "migrateSystemVm")],
)
def test_each_kind_has_its_own_call_and_always_an_explicit_host(server: Server, kind: Kind, command: str) -> None:
    server.answers[command] = [Answer({"jobid": "j"})]
    assert carrier(server, kind).start(MOVE) == "j"
    assert (server.asked[0]["virtualmachineid"], server.asked[0]["hostid"]) == ("vm-1", "h2")


def test_a_refusal_at_the_start_is_an_error(server: Server) -> None:
    server.answers["migrateVirtualMachine"] = [refused(431, "VM is not Running")]
    with pytest.raises(MaintenanceError, match=r"^VM is not Running \(431\)$"):
        carrier(server).start(MOVE)


def test_when_the_answer_to_the_start_is_lost_the_place_decides(server: Server) -> None:
    server.answers["migrateVirtualMachine"] = [HANG]
    lost = carrier(server, api_timeout=0.2)
    ticket = lost.start(MOVE)
    assert lost.poll(MOVE, ticket) == Ended("CloudStack did not answer the request")


def test_a_job_is_in_flight_while_it_is_pending_or_nobody_answers(server: Server) -> None:
    bad_gateway = Answer(raw=b"<html>", status=502, content_type="text/html")
    server.answers["queryAsyncJobResult"] = [job(0), bad_gateway, job(1, jobresult={})]
    it = carrier(server)
    assert [it.poll(MOVE, "j") for _look in range(3)] == [InFlight(), InFlight(), Ended()]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (job(2, jobresult={"errorcode": 530, "errortext": "no room"}), "no room"),
        (job(2), "the management server was restarted"),
        (refused(431, "Unable to find a job by id j"), "CloudStack has forgotten the job"),
    ],
)
def test_a_job_that_failed_or_was_lost_has_ended_with_its_cause(server: Server, answer: Answer, cause: str) -> None:
    server.answers["queryAsyncJobResult"] = [answer]
    assert carrier(server).poll(MOVE, "j") == Ended(cause)


def test_a_vm_on_its_way_is_not_settled_although_it_has_its_target_as_host(server: Server) -> None:
    row = {"id": "vm-1", "state": "Migrating", "hostid": "h2"}
    server.answers["listVirtualMachines"] = [Answer({"count": 1, "virtualmachine": [row]})]
    assert located(server) == Whereabouts("h2", False, "Migrating")


def test_a_vm_of_a_project_is_found_by_the_second_call(server: Server) -> None:
    row = {"id": "vm-1", "state": "Running", "hostid": "h2"}
    server.answers["listVirtualMachines"] = [Answer({}), Answer({"count": 1, "virtualmachine": [row]})]
    assert located(server) == Whereabouts("h2", True, "Running")
    assert server.asked[1]["projectid"] == "-1"


def test_an_internal_load_balancer_is_no_router_but_moves_like_one(server: Server) -> None:
    row = {"id": "vm-1", "state": "Running", "hostid": "h2"}
    server.answers["listRouters"] = [Answer({})]
    server.answers["listInternalLoadBalancerVMs"] = [Answer({"count": 1, "internalloadbalancervm": [row]})]
    assert located(server, "router") == Whereabouts("h2", True, "Running")


def test_a_vm_that_is_gone_is_nowhere(server: Server) -> None:
    server.answers["listSystemVms"] = [Answer({})]
    assert located(server, "system") == Whereabouts(None, True, "gone")


def test_a_vm_that_cannot_be_asked_for_now_is_left_out(server: Server) -> None:
    server.answers["listVirtualMachines"] = [HANG]
    assert carrier(server, api_timeout=0.2).locate([MOVE]) == {}
