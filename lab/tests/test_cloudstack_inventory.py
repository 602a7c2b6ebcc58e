# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that come and go: addHost, deleteHost, degraded hosts (``cloudstack.md`` 1.3, 2.5, 2.7, 2.8)."""

from __future__ import annotations

import typing as t

import pytest
from cloudstack_world import PASSWORD, Cloud

from xencloud_lab.cloudstack.states import Resource, Status, VmState


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def into_maintenance(cloud: Cloud, name: str) -> str:
    host = cloud.host(name)
    cloud.job("prepareHostForMaintenance", id=host.uuid)
    cloud.until(lambda: host.resource is Resource.MAINTENANCE)
    return host.uuid


def add(cloud: Cloud, url: str = "http://127.0.1.12", **changed: t.Any) -> dict[str, t.Any]:
    """The parameters of addHost."""
    tables = cloud.server.tables
    return {
        "zoneid": next(iter(tables.zones)).uuid,
        "podid": next(iter(tables.pods)).uuid,
        "clusterid": cloud.cluster(),
        "hypervisor": "XenServer",
        "url": url,
        "username": "root",
        "password": PASSWORD,
        **changed,
    }


def test_delete_needs_maintenance_or_force_cloudstack_2_5(cloud: Cloud) -> None:
    host = cloud.host("xen3")
    text = f"Host with UUID [{host.uuid}] is not in maintenance mode and no forced deletion was requested."
    assert cloud.refusal("deleteHost", id=host.uuid) == (530, text)
    old = Cloud(version="4.14.0.0")
    assert (
        "cannot be deleted as it is not in maintenance mode" in old.refusal("deleteHost", id=old.host("xen3").uuid)[1]
    )


def test_delete_changes_nothing_in_the_pool_cloudstack_2_5(cloud: Cloud) -> None:
    uuid = into_maintenance(cloud, "xen3")
    assert cloud.ask("deleteHost", id=uuid) == {"success": True}
    assert cloud.refusal("listHosts", id=uuid)[0] == 431
    assert len(cloud.xapi("host.get_all")) == 3


def test_one_member_brings_back_every_host_that_was_deleted_cloudstack_1_3(cloud: Cloud) -> None:
    for name in ("xen3", "xen2"):
        cloud.ask("deleteHost", id=into_maintenance(cloud, name))
    added = cloud.ask("addHost", **add(cloud, "http://127.0.1.11:8080/path"))
    assert (added["count"], sorted(h["name"] for h in added["host"])) == (2, ["xen2", "xen3"])
    assert cloud.up("xen1", "xen2", "xen3")
    assert {h["resourcestate"] for h in added["host"]} == {"Enabled"}


def test_a_known_pool_is_an_error_and_so_is_a_host_that_is_none_cloudstack_1_3(cloud: Cloud) -> None:
    assert cloud.refusal("addHost", **add(cloud)) == (530, "Failed to add host")
    url = "http://127.0.1.99"
    nothing = f"Unable to add the host: Cannot find the server resources at {url}"
    assert cloud.refusal("addHost", **add(cloud, url)) == (530, nothing)
    wrong = cloud.refusal("addHost", **add(cloud, password="wrong"))
    assert "Cannot find the server resources" in wrong[1]


def test_what_add_host_checks_first_cloudstack_1_3(cloud: Cloud) -> None:
    assert cloud.refusal("addHost", **add(cloud, "127.0.1.12"))[1].startswith("uri.scheme is null 127.0.1.12")
    both = cloud.refusal("addHost", **add(cloud, clustername="new"))
    assert both == (431, "Can't specify cluster by both id and name")
    assert cloud.refusal("addHost", **add(cloud, password=""))[1] == "Username and Password need to be provided."
    other = cloud.refusal("addHost", **add(cloud, hypervisor="Parallels"))
    assert other == (530, "Do not support HypervisorType Parallels for http://127.0.1.12")


def test_a_host_of_another_pool_is_refused_and_only_the_log_says_why_cloudstack_1_3(cloud: Cloud) -> None:
    next(iter(cloud.server.tables.clusters)).guid = "another-pool"
    assert "Cannot find the server resources" in cloud.refusal("addHost", **add(cloud))[1]
    assert any("Please join the host 127.0.1.12 to XS pool  another-pool" in e.text for e in cloud.world.book.log)


def test_the_last_host_leaves_the_cluster_free_for_another_pool_cloudstack_1_3(cloud: Cloud) -> None:
    for name in ("xen1", "xen2", "xen3"):
        cloud.ask("deleteHost", id=cloud.host(name).uuid, forced="true")
    assert not next(iter(cloud.server.tables.clusters)).guid
    assert cloud.ask("addHost", **add(cloud))["count"] == 3


def test_a_host_that_cannot_be_set_up_is_added_in_alert_cloudstack_1_3(cloud: Cloud) -> None:
    cloud.ask("deleteHost", id=into_maintenance(cloud, "xen3"))
    cloud.xapi("host.disable", cloud.host_ref("xen3"))
    (host,) = cloud.ask("addHost", **add(cloud))["host"]
    assert host["state"] == "Alert"
    cloud.xapi("host.enable", cloud.host_ref("xen3"))
    cloud.until(lambda: cloud.up("xen3"), 240)


def test_forced_delete_writes_vms_off_that_still_run_cloudstack_2_5(cloud: Cloud) -> None:
    plain = cloud.vm("plain1")
    assert cloud.refusal("deleteHost", id=into_error(cloud))[1] == "Failed to delete host"
    cloud.ask("deleteHost", id=cloud.host("xen3").uuid, forced="true")
    assert (plain.state, plain.host) == (VmState.STOPPED, None)
    assert cloud.runs_on(plain) == ["xen3"]


def into_error(cloud: Cloud) -> str:
    """A host in maintenance with VMs still bound to it."""
    host = cloud.host("xen3")
    host.resource = Resource.MAINTENANCE
    return host.uuid


def test_degraded_hosts_have_their_vms_started_elsewhere_unasked_cloudstack_2_8(cloud: Cloud) -> None:
    host, web = cloud.host("xen3"), cloud.vm("web2")
    up = cloud.job_refusal("declareHostAsDegraded", id=host.uuid)
    assert up == (431, "Cannot perform declare host (xen3) as 'Degraded' when host is in Up status")
    cloud.ask("updateHost", id=host.uuid, allocationstate="Disable")
    cloud.world.machines["xen3"].power_cut()
    cloud.until(lambda: host.status is Status.DISCONNECTED, 400)
    cloud.xapi("VM.power_state_reset", cloud.vm_ref(web))
    assert cloud.job("declareHostAsDegraded", id=host.uuid)["jobresult"]["host"]["resourcestate"] == "Degraded"
    again = cloud.job_refusal("declareHostAsDegraded", id=host.uuid)
    assert again == (530, "Host (xen3) was already marked as Degraded.")
    cloud.until(lambda: bool(cloud.runs_on(web)), 60)
    assert cloud.job("cancelHostAsDegraded", id=host.uuid)["jobresult"]["host"]["resourcestate"] == "Enabled"


def test_degraded_came_with_4_16_cloudstack_2_2() -> None:
    old = Cloud(version="4.14.0.0")
    assert old.refusal("declareHostAsDegraded", id=old.host("xen3").uuid)[0] == 401
