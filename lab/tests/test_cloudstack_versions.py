# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What versions do differently, played out (``cloudstack.md`` 7)."""

from __future__ import annotations

import pytest
from cloudstack_world import Cloud

from xencloud_lab.cloudstack.states import Resource, VmState


def test_old_versions_leave_no_halted_vm_and_make_it_anew_cloudstack_1_8() -> None:
    cloud = Cloud(version="4.14.0.0")
    vm = cloud.vm("plain1")
    before = cloud.vm_ref(vm)
    cloud.job("stopVirtualMachine", id=vm.uuid)
    assert cloud.xapi("VM.get_by_name_label", vm.name) == []
    assert cloud.job("startVirtualMachine", id=vm.uuid)["jobstatus"] == 1
    assert cloud.vm_ref(vm) != before
    assert len(cloud.runs_on(vm)) == 1
    assert vm.disks


def test_new_versions_keep_halted_vms_on_8_x_cloudstack_1_8() -> None:
    cloud = Cloud()
    vm = cloud.vm("plain1")
    before = cloud.vm_ref(vm)
    cloud.job("stopVirtualMachine", id=vm.uuid)
    assert cloud.vm_ref(vm) == before


@pytest.mark.parametrize("version", ["4.4.4", "4.11.0.0", "4.14.0.0", "4.19.0.0"])
def test_the_last_host_stops_its_vms_before_4_22_cloudstack_3_3(version: str) -> None:
    cloud = Cloud(version=version)
    for name in ("xen1", "xen2"):
        cloud.ask("updateHost", id=cloud.host(name).uuid, allocationstate="Disable")
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.until(lambda: cloud.vm("plain1").state is VmState.STOPPED, 120)
    assert cloud.runs_on(cloud.vm("plain1")) == []


def test_the_oldest_version_has_other_names_for_settings_and_fewer_fields_cloudstack_7() -> None:
    cloud = Cloud(version="4.4.4")
    names = {row["name"] for row in cloud.ask("listConfigurations", name="heartbeat")["configuration"]}
    assert names == {"xen.heartbeat.interval", "xen.heartbeat.timeout"}
    (host,) = cloud.ask("listHosts", name="xen1")["host"]
    assert not {"hostha", "outofbandmanagement", "annotation", "arch", "ueficapability"} & set(host)
    assert (type(host["managementserverid"]), "averageload" in host) == (int, True)
    assert "defaultvalue" not in cloud.ask("listConfigurations", name="ping.interval")["configuration"][0]


def test_unknown_commands_are_a_432_before_roles_cloudstack_4_4() -> None:
    text = "The given command does not exist or it is not available for user"
    assert Cloud(version="4.4.4").refusal("listhosts") == (432, text)


def test_the_oldest_version_ignores_that_maintain_was_not_delivered_cloudstack_2_3() -> None:
    cloud = Cloud(version="4.4.4")
    cloud.xapi("host.disable", cloud.host_ref("xen2"))
    job = cloud.job("prepareHostForMaintenance", id=cloud.host("xen2").uuid)
    assert job["jobstatus"] == 1


def test_found_hosts_tell_allocated_memory_as_a_share_in_between_cloudstack_2_10() -> None:
    for version, kind in (("4.4.4", int), ("4.14.0.0", str), ("4.22.0.0", int)):
        cloud = Cloud(version=version)
        found = cloud.ask("findHostsForMigration", virtualmachineid=cloud.vm("web1").uuid)["host"]
        assert {type(row["memoryallocated"]) for row in found} == {kind}


def test_one_version_moves_vms_to_a_last_host_in_maintenance_and_stops_them_issue_12045() -> None:
    for version, state in (("4.22.0.0", VmState.STOPPED), ("4.23.0.0", VmState.RUNNING)):
        cloud = Cloud(version=version)
        vm = cloud.vm("plain1")
        cloud.job("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen2").uuid)
        cloud.host("xen3").resource = Resource.MAINTENANCE
        vm.last_host = cloud.host("xen3")
        cloud.job("prepareHostForMaintenance", id=cloud.host("xen2").uuid)
        cloud.run(120)
        assert vm.state is state, version


def test_the_oldest_version_answers_json_as_javascript_cloudstack_4_1() -> None:
    types = [Cloud(version=version).raw("listZones").headers["Content-Type"] for version in ("4.4.4", "4.22.0.0")]
    assert types == ["text/javascript; charset=UTF-8", "application/json; charset=UTF-8"]


def test_error_in_maintenance_heals_itself_before_4_14_and_never_after_cloudstack_2_2() -> None:
    for version, healed in (("4.11.0.0", True), ("4.14.0.0", False)):
        cloud = Cloud(version=version)
        host, target = cloud.host("xen2"), cloud.host("xen3").uuid
        cloud.job("migrateVirtualMachine", virtualmachineid=cloud.vm("web1").uuid, hostid=target)
        cloud.job("stopRouter", id=cloud.vr().uuid)
        host.resource = Resource.ERROR
        cloud.run(61)
        assert (host.resource is Resource.MAINTENANCE) is healed, version
