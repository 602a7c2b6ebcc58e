# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's mechanics: signature, envelopes, errors, pages (``cloudstack.md`` 4)."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from cloudstack_world import KEY, SECRET, Cloud
from cs import CloudStack

from xencloud_lab.cloudstack import server, signature
from xencloud_lab.cloudstack.envelope import Response
from xencloud_lab.xapi.errors import Unreachable

BAD_SIGNATURE = (401, "unable to verify user credentials and/or request signature")


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    return Cloud()


def test_the_signature_of_the_cs_client_is_accepted_cloudstack_4_2(cloud: Cloud) -> None:
    client: t.Any = CloudStack(endpoint="http://x/", key=KEY, secret=SECRET, expiration=600)
    _, params = client._prepare_request("listHosts", name="a b*c-d_e.f")
    client._sign(params)
    sent = {name: str(value) for name, value in params.items()}
    answer = server.handle(cloud.world, "GET", list(sent.items()), [])
    assert isinstance(answer, Response)
    assert answer.status == 200


def test_a_tilde_is_signed_as_java_does_cloudstack_4_2() -> None:
    assert signature.java_quote("a~b c*") == "a%7Eb%20c*"


def test_a_wrong_signature_is_a_401_without_description_cloudstack_4_4(cloud: Cloud) -> None:
    answer = cloud.raw("listHosts", sign=False, signature="x")
    inner = json.loads(answer.body)["listhostsresponse"]
    assert (inner["errorcode"], inner["errortext"]) == BAD_SIGNATURE
    assert "cserrorcode" not in inner
    assert "X-Description" not in answer.headers


def test_an_expired_request_looks_like_a_wrong_signature_cloudstack_4_2(cloud: Cloud) -> None:
    expired = {"signatureVersion": "3", "expires": "2020-01-01T00:00:00+0000"}
    assert cloud.refusal("listHosts", **expired) == BAD_SIGNATURE
    assert cloud.refusal("listHosts", signatureVersion="3") == BAD_SIGNATURE
    assert cloud.raw("listHosts", signatureVersion="3", expires="2036-01-01T00:00:00+0000").status == 200


def test_command_names_are_case_sensitive_and_unknown_ones_are_401_cloudstack_4_1(cloud: Cloud) -> None:
    assert cloud.refusal("listhosts") == BAD_SIGNATURE
    assert json.loads(cloud.raw("fooBar").body).keys() == {"errorresponse"}


def test_a_known_command_that_is_not_modelled_says_so(cloud: Cloud) -> None:
    assert cloud.refusal("scaleVirtualMachine") == (
        530,
        "not modelled by xencloud-lab: the command scaleVirtualMachine",
    )


def test_no_command_is_432_cloudstack_4_4(cloud: Cloud) -> None:
    answer = cloud.raw("")
    assert json.loads(answer.body)["errorresponse"]["errortext"] == "Invalid request, no command sent"
    assert answer.status == 432


def test_an_empty_list_is_an_empty_object_cloudstack_4_3(cloud: Cloud) -> None:
    assert cloud.ask("listDedicatedHosts") == {}
    assert cloud.ask("listHosts", name="nobody") == {}


def test_pages_are_cut_and_counted_cloudstack_4_3(cloud: Cloud) -> None:
    first = cloud.ask("listVirtualMachines", page=1, pagesize=3)
    assert (first["count"], len(first["virtualmachine"])) == (4, 3)
    assert cloud.ask("listVirtualMachines", page=3, pagesize=3) == {"count": 4}
    assert cloud.refusal("listHosts", pagesize=5) == (
        431,
        '"page" parameter is required when "pagesize" is specified',
    )
    assert cloud.refusal("listHosts", page=1, pagesize=501)[1] == (
        "Page size can't exceed max allowed page size value: 500"
    )


def test_a_uuid_that_names_nothing_is_431_with_the_parameter_cloudstack_4_5(cloud: Cloud) -> None:
    code, text = cloud.refusal("listHosts", id="nope")
    assert code == 431
    assert text.startswith("Invalid parameter id value=nope due to incorrect long value format")
    assert cloud.refusal("prepareHostForMaintenance") == (
        431,
        "Unable to execute API command preparehostformaintenance due to missing parameter id",
    )


def test_error_answers_carry_description_and_inner_code_cloudstack_4_4(cloud: Cloud) -> None:
    answer = cloud.raw("updateCluster", id=cloud.cluster(), managedstate="Perhaps")
    inner = json.loads(answer.body)["updateclusterresponse"]
    assert inner["errortext"] == "Unable to resolve Managed State 'Perhaps' to a supported state"
    assert inner["cserrorcode"] == 4350
    assert answer.headers["X-Description"] == inner["errortext"]


def test_xml_is_the_default_format_cloudstack_4_1(cloud: Cloud) -> None:
    answer = cloud.raw("listZones", response="xml")
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert b'<listzonesresponse cloud-stack-version="4.22.0.0"><count>1</count><zone><id>' in answer.body


def test_post_is_enforced_for_changes_where_the_setting_says_so_cloudstack_4_1() -> None:
    cloud = Cloud(settings={"enforce.post.requests.and.timestamps": "true"})
    text = "State changing command updateHost needs to be sent using POST request"
    assert cloud.refusal("updateHost", id=cloud.host("xen1").uuid) == (400, text)
    assert cloud.raw("updateHost", "POST", id=cloud.host("xen1").uuid).status == 401
    soon = datetime.datetime.fromtimestamp(cloud.server.clients_clock() + 60, datetime.UTC)
    expires = soon.strftime("%Y-%m-%dT%H:%M:%S+0000")
    assert cloud.raw("updateHost", "POST", id=cloud.host("xen1").uuid, expires=expires).status == 200


def test_configurations_are_found_by_a_part_of_their_name_cloudstack_2_16(cloud: Cloud) -> None:
    found = cloud.ask("listConfigurations", name="ping.")["configuration"]
    assert {row["name"]: row["value"] for row in found}.items() >= {("ping.interval", "60"), ("ping.timeout", "2.5")}


def test_a_management_server_that_is_down_does_not_answer(cloud: Cloud) -> None:
    other = Cloud()
    other.server.restart()
    with pytest.raises(Unreachable):
        other.raw("listHosts")
    other.run(100)
    assert other.raw("listHosts").status == 200


def test_lists_show_instances_by_kind_and_host_cloudstack_2_12(cloud: Cloud) -> None:
    on_xen1 = cloud.host("xen1").uuid
    assert [vm["name"] for vm in cloud.ask("listVirtualMachines", listall="true")["virtualmachine"]] == [
        "web1",
        "web2",
        "plain1",
        "idle1",
    ]
    assert cloud.ask("listRouters", listall="true")["router"][0]["hostname"] == "xen2"
    assert cloud.ask("listSystemVms", hostid=on_xen1)["systemvm"][0]["systemvmtype"] == "consoleproxy"
    assert cloud.ask("listInternalLoadBalancerVMs") == {}
    assert cloud.ask("listVirtualMachines", projectid="-1") == {}


def test_without_type_agents_in_system_vms_are_listed_as_hosts_cloudstack_2_10(cloud: Cloud) -> None:
    assert [host["type"] for host in cloud.ask("listHosts")["host"]] == ["Routing"] * 3 + ["ConsoleProxy"]
    assert cloud.ask("listHosts", type="Routing")["count"] == 3


def test_memory_of_a_host_is_what_its_agent_tells_cloudstack_1_4(cloud: Cloud) -> None:
    host = cloud.ask("listHosts", name="xen1")["host"][0]
    assert host["memorytotal"] == (31 * 1024 - 128) * 1024 * 1024 * 63 // 64
    assert host["memoryallocated"] == 1024**3


def test_jobs_are_forgotten_after_a_day_cloudstack_4_6(cloud: Cloud) -> None:
    done = cloud.job("reconnectHost", id=cloud.host("xen2").uuid)["jobid"]
    cloud.run(86300)
    assert cloud.ask("queryAsyncJobResult", jobid=done)["jobstatus"] == 1
    cloud.run(200)
    assert cloud.refusal("queryAsyncJobResult", jobid=done)[0] == 431
    assert cloud.ask("listAsyncJobs") == {}


def test_last_pinged_is_a_day_in_1970_cloudstack_2_10(cloud: Cloud) -> None:
    (host,) = cloud.ask("listHosts", name="xen1")["host"]
    assert host["lastpinged"].startswith("1970-01-")
