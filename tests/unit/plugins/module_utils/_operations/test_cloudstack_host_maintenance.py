# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations import cloudstack_host_maintenance
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._context import Context, Outcome
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._cloudstack.scripted import (
    Answer,
    Server,
    job,
    refused,
    serving,
)

PREPARE = "prepareHostForMaintenance"
CANCEL = "cancelHostMaintenance"


@pytest.fixture(name="server")
def scripted_server() -> t.Iterator[Server]:
    with serving() as server:
        server.answers["listCapabilities"] = [Answer({"capability": {"cloudstackversion": "4.22.0.0"}})]
        for command in (PREPARE, CANCEL):
            server.answers[command] = [Answer({"jobid": "j"})]
        server.answers["queryAsyncJobResult"] = [job(1, jobresult={})]
        for command in ("listVirtualMachines", "listRouters", "listSystemVms", "listServiceOfferings"):
            server.answers[command] = [Answer({})]
        yield server


def hosts(resource_state: str, state: str = "Up", other: str = "Enabled") -> Answer:
    rows = [
        {"id": "h2", "name": "xen02", "ipaddress": "192.0.2.2", "clusterid": "c", "state": state},
        {"id": "h3", "name": "xen03", "ipaddress": "192.0.2.3", "clusterid": "c", "state": "Up"},
    ]
    rows[0]["resourcestate"], rows[1]["resourcestate"] = resource_state, other
    return Answer({"count": 2, "host": rows})


def run(server: Server, wanted: str, check_mode: bool = False, **options: t.Any) -> Outcome:
    params = {
        "api_url": f"http://127.0.0.1:{server.port}/client/api",
        "api_key": "key",
        "api_secret": "secret",
        "api_http_method": "post",
        "api_timeout": 5.0,
        "api_verify_ssl_cert": None,
        "api_validate_certs": True,
        "host": "xen02",
        "cluster": None,
        "state": wanted,
        "wait_for_up": True,
        "wait_timeout": 5.0,
        "poll_interval": 0.01,
        "progress_interval": 30.0,
        "heartbeat_interval": 60.0,
        **options,
    }
    return cloudstack_host_maintenance.run(Context(params=params, check_mode=check_mode, report=lambda line: None))


def asked(server: Server, command: str) -> int:
    return sum(1 for call in server.asked if call["command"] == command)


def test_a_job_that_is_done_is_no_host_in_maintenance(server: Server) -> None:
    states = ["Enabled", "Enabled", "PrepareForMaintenance", "ErrorInPrepareForMaintenance", "Maintenance"]
    server.answers["listHosts"] = [hosts(state) for state in states]
    outcome = run(server, "maintenance")
    assert outcome.changed
    assert outcome.result["host"]["resource_state"] == "Maintenance"


def test_error_in_maintenance_is_prepared_again_and_then_fails(server: Server) -> None:
    server.answers["listHosts"] = [hosts("Enabled"), hosts("Enabled"), hosts("ErrorInMaintenance")]
    with pytest.raises(MaintenanceError, match="asked twice"):
        run(server, "maintenance")
    assert asked(server, PREPARE) == 2


def test_a_host_in_maintenance_is_left_alone(server: Server) -> None:
    server.answers["listHosts"] = [hosts("Maintenance")]
    assert not run(server, "maintenance").changed
    assert asked(server, PREPARE) == 0


def test_another_host_that_is_being_prepared_comes_first(server: Server) -> None:
    server.answers["listHosts"] = [
        hosts("Enabled", other="PrepareForMaintenance"),
        hosts("Enabled", other="PrepareForMaintenance"),
        hosts("Enabled", other="Maintenance"),
        hosts("Maintenance"),
    ]
    run(server, "maintenance")
    assert asked(server, PREPARE) == 1


def test_losing_the_race_for_the_turn_is_not_a_failure(server: Server) -> None:
    behind = {"errorcode": 530, "errortext": "... There are other servers attempting migrations for maintenance."}
    server.answers["queryAsyncJobResult"] = [job(2, jobresult=behind), job(1, jobresult={})]
    server.answers["listHosts"] = [
        hosts("Enabled"),
        hosts("Enabled"),
        hosts("Enabled"),
        hosts("Enabled"),
        hosts("Maintenance"),
    ]
    assert run(server, "maintenance").changed
    assert asked(server, PREPARE) == 2


def test_a_refusal_tells_cloudstacks_words_and_the_state_it_left(server: Server) -> None:
    failure = {"errorcode": 530, "errortext": "Unable to prepare for maintenance host xen02"}
    server.answers["queryAsyncJobResult"] = [job(2, jobresult=failure)]
    server.answers["listHosts"] = [hosts("Enabled"), hosts("Enabled"), hosts("PrepareForMaintenance")]
    with pytest.raises(MaintenanceError, match=r"Unable to prepare .* now Up and PrepareForMaintenance"):
        run(server, "maintenance")


def test_a_lost_job_is_judged_by_the_host(server: Server) -> None:
    server.answers["queryAsyncJobResult"] = [job(2)]
    server.answers["listHosts"] = [hosts("Enabled"), hosts("Enabled"), hosts("Maintenance")]
    assert run(server, "maintenance").changed


def test_check_mode_predicts_and_asks_for_nothing(server: Server) -> None:
    server.answers["listHosts"] = [hosts("Enabled")]
    outcome = run(server, "maintenance", check_mode=True)
    assert (outcome.changed, outcome.after) == (True, {"resource_state": "Maintenance", "state": "Up"})
    assert asked(server, PREPARE) == 0


def test_check_mode_refuses_what_would_be_refused(server: Server) -> None:
    server.answers["listHosts"] = [hosts("Disabled")]
    with pytest.raises(MaintenanceError, match="Disabled"):
        run(server, "maintenance", check_mode=True)


def test_coming_back_waits_until_cloudstack_sees_the_host_up(server: Server) -> None:
    server.answers["listHosts"] = [
        hosts("Maintenance", "Disconnected"),
        hosts("Maintenance", "Disconnected"),
        hosts("Enabled", "Connecting"),
        hosts("Enabled", "Up"),
    ]
    outcome = run(server, "enabled")
    assert outcome.result["host"]["state"] == "Up"
    assert asked(server, CANCEL) == 1


def test_a_cancel_that_somebody_else_did_first_is_no_failure(server: Server) -> None:
    server.answers[CANCEL] = [refused(530, "Cannot perform cancelMaintenance when resource state is Enabled")]
    server.answers["listHosts"] = [hosts("Maintenance"), hosts("Maintenance"), hosts("Enabled")]
    assert run(server, "enabled").changed


def test_the_time_out_names_the_host_and_its_state(server: Server) -> None:
    server.answers["listHosts"] = [hosts("Enabled"), hosts("PrepareForMaintenance")]
    with pytest.raises(
        MaintenanceError, match=r"xen02: .*gave up after 0\.1 s.*PrepareForMaintenance, VMs on it: none"
    ):
        run(server, "maintenance", wait_timeout=0.1)
