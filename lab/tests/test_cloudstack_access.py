# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles, limits, logins, scopes, and a server that takes no new jobs (``cloudstack.md`` 4.1, 4.4, 4.7, 2.12, 2.16)."""

from __future__ import annotations

import json
import typing as t

import pytest
from cloudstack_world import HOSTS, KEY, PASSWORD, SECRET, VMS, Cloud

from xencloud_lab.build import build
from xencloud_lab.cloudstack import server, signature
from xencloud_lab.cloudstack.envelope import Response
from xencloud_lab.estate import Estate

USERS = [
    {"name": "auditor", "api_key": "look", "api_secret": "s1", "role": "Read-Only Admin"},
    {"name": "tenant", "api_key": "tenant", "api_secret": "s2", "role": "User", "password": "p"},
]
SECRETS = {KEY: SECRET, "look": "s1", "tenant": "s2"}


class Shared(Cloud):
    """A cloud with several users, two zones and a project."""

    def __init__(self, version: str = "4.22.0.0", **settings: str) -> None:
        cloudstack = {"address": "127.0.1.10", "version": version, "api_key": KEY, "api_secret": SECRET}
        vms = [*VMS, {"name": "theirs", "project": "apollo", "on": ["xen2"]}]
        pool = {"name": "pool", "password": PASSWORD, "hosts": HOSTS, "storage": [{"name": "nfs1"}], "vms": vms}
        other = {
            "name": "far",
            "hosts": [{"name": "far1", "address": "127.0.2.11"}],
            "cluster": {"name": "c2", "zone": "zone2"},
        }
        values = {"cloudstack": {**cloudstack, "users": USERS, "settings": settings}}
        estate = Estate.model_validate({**values, "pools": [{**pool, "cluster": {"name": "cluster"}}, other]})
        self.world = build(estate)
        self.server = self.world.cloudstack
        self.run(1)

    def by(self, key: str, command: str, **params: t.Any) -> Response:
        sent = {"command": command, "apiKey": key, "response": "json", **params}
        sent["signature"] = signature.signature(sent, SECRETS[key])
        return self.plain(sent)

    def plain(self, sent: dict[str, str], method: str = "GET", **how: t.Any) -> Response:
        answer = server.handle(self.world, method, list(sent.items()), [], **how)
        assert isinstance(answer, Response)
        return answer


def inner(answer: Response) -> dict[str, t.Any]:
    (body,) = json.loads(answer.body).values()
    return dict(body)


@pytest.fixture
def cloud() -> Shared:
    return Shared()


def test_a_role_that_may_not_is_told_like_a_missing_command_cloudstack_4_4(cloud: Shared) -> None:
    assert cloud.by("look", "listHosts").status == 200
    answer = cloud.by("look", "updateHost", id=cloud.host("xen1").uuid)
    text = "The given command 'updateHost' either does not exist, is not available for user."
    assert (answer.status, inner(answer)["errortext"]) == (401, text)
    assert cloud.by("tenant", "listHosts").status == 401


def test_calls_are_limited_but_not_for_administrators_cloudstack_4_7() -> None:
    cloud = Shared(**{"api.throttling.enabled": "true", "api.throttling.max": "2"})
    codes = [cloud.by("tenant", "listZones").status for _call in range(3)]
    assert codes == [200, 200, 429]
    assert {cloud.by(KEY, "listZones").status for _call in range(5)} == {200}
    cloud.run(1)
    assert cloud.by("tenant", "listZones").status == 200


def test_a_login_gives_a_session_that_needs_key_and_cookie_cloudstack_4_1(cloud: Shared) -> None:
    sent = {"command": "login", "username": "tenant", "password": "p", "domain": "/", "response": "json"}
    answer = cloud.plain(sent, "POST")
    body, cookie = inner(answer), answer.headers["Set-Cookie"].split(";")[0].removeprefix("JSESSIONID=")
    assert (body["username"], body["timeout"], body["type"]) == ("tenant", "1800", "0")
    later = {"command": "listZones", "response": "json", "sessionkey": body["sessionkey"]}
    assert cloud.plain(later, session_id=cookie).status == 200
    assert cloud.plain(later, session_id="another").status == 401
    assert cloud.plain({**sent, "password": "wrong"}, "POST").status == 531
    cloud.plain({**later, "command": "logout"}, session_id=cookie)
    assert cloud.plain(later, session_id=cookie).status == 401


def test_the_integration_port_asks_nobody_who_he_is_cloudstack_4_1(cloud: Shared) -> None:
    assert cloud.plain({"command": "listZones", "response": "json"}, trusted=True).status == 200
    unknown = cloud.plain({"command": "nonsense", "response": "json"}, trusted=True)
    assert (unknown.status, inner(unknown)["errortext"]) == (432, "Unknown API command: nonsense")


def test_a_draining_server_takes_no_new_jobs_cloudstack_2_16(cloud: Shared) -> None:
    ms = cloud.ask("listManagementServers")["managementserver"][0]["id"]
    cloud.ask("prepareForShutdown", managementserverid=ms)
    text = "Maintenance or Shutdown has been initiated on this management server. Can not accept new jobs"
    assert cloud.refusal("prepareHostForMaintenance", id=cloud.host("xen1").uuid) == (503, text)
    assert cloud.ask("listManagementServers")["managementserver"][0]["state"] == "ReadyToShutDown"
    cloud.ask("cancelShutdown", managementserverid=ms)
    cloud.ask("reconnectHost", id=cloud.host("xen1").uuid)


def test_a_triggered_shutdown_ends_the_server_and_a_restart_brings_it_back_cloudstack_2_16(cloud: Shared) -> None:
    ms = cloud.ask("listManagementServers")["managementserver"][0]["id"]
    cloud.ask("triggerShutdown", managementserverid=ms)
    cloud.until(lambda: not cloud.server.running, 60)
    cloud.server.restart()
    cloud.until(lambda: cloud.server.running, 120)
    assert cloud.ask("listManagementServers")["managementserver"][0]["state"] == "Up"


def test_one_management_server_cannot_be_maintained_cloudstack_2_16(cloud: Shared) -> None:
    ms = cloud.ask("listManagementServers")["managementserver"][0]["id"]
    text = "Prepare for maintenance not supported, there is only one active management server"
    assert cloud.refusal("prepareForMaintenance", managementserverid=ms) == (530, text)
    assert Shared("4.20.0.0").refusal("prepareForMaintenance", managementserverid=ms)[0] == 401


@pytest.mark.parametrize(("version", "both"), [("4.22.0.0", True), ("4.14.0.0", True), ("4.11.0.0", False)])
def test_minus_one_means_project_vms_alone_or_too_cloudstack_2_12(version: str, both: bool) -> None:
    cloud = Shared(version)
    plain = {vm["name"] for vm in cloud.ask("listVirtualMachines", listall="true")["virtualmachine"]}
    every = cloud.ask("listVirtualMachines", listall="true", projectid="-1")["virtualmachine"]
    assert "theirs" not in plain
    assert {vm["name"] for vm in every} == ({"theirs", *plain} if both else {"theirs"})


def test_zones_have_their_own_hosts(cloud: Shared) -> None:
    zones = {zone["name"]: zone["id"] for zone in cloud.ask("listZones")["zone"]}
    assert [host["name"] for host in cloud.ask("listHosts", zoneid=zones["zone2"])["host"]] == ["far1"]
    found = cloud.ask("findHostsForMigration", virtualmachineid=cloud.vm("web1").uuid)["host"]
    assert "far1" not in [host["name"] for host in found]


def test_a_cluster_can_have_its_own_values_cloudstack_2_16(cloud: Shared) -> None:
    name, cluster = "mem.overprovisioning.factor", cloud.cluster()
    cloud.ask("updateConfiguration", name=name, value="2.0", clusterid=cluster)
    (own,) = cloud.ask("listConfigurations", name=name, clusterid=cluster)["configuration"]
    (all_,) = cloud.ask("listConfigurations", name=name)["configuration"]
    assert (own["value"], all_["value"]) == ("2.0", "1.0")
    assert cloud.ask("listClusters", id=cluster)["cluster"][0]["memoryovercommitratio"] == "2.0"
