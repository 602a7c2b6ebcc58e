# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host tags and GPUs: what keeps an instance on its host (``cloudstack.md`` 2.13, 3.1, 6)."""

from __future__ import annotations

from cloudstack_world import Cloud

from xencloud_lab.cloudstack.rows import Instance
from xencloud_lab.cloudstack.states import Resource, VmState

SIZE = {"cpunumber": 1, "cpuspeed": 500, "memory": 1024}


def give_offering(cloud: Cloud, name: str, **params: str) -> Instance:
    """The instance, running with a new offering of its own."""
    new = cloud.ask("createServiceOffering", name=f"for-{name}", displaytext=name, **SIZE, **params)
    vm = cloud.vm(name)
    vm.offering = next(o for o in cloud.server.tables.offerings if o.uuid == new["serviceoffering"]["id"])
    return vm


def suitable(cloud: Cloud, vm: Instance) -> set[str]:
    hosts = cloud.ask("findHostsForMigration", virtualmachineid=vm.uuid)["host"]
    return {host["name"] for host in hosts if host["suitableformigration"]}


def test_a_host_needs_all_tags_of_the_offering_cloudstack_6() -> None:
    cloud = Cloud()
    vm = give_offering(cloud, "web1", hosttags="ssd,fast")
    cloud.ask("updateHost", id=cloud.host("xen1").uuid, hosttags="ssd")
    cloud.ask("updateHost", id=cloud.host("xen3").uuid, hosttags="fast,ssd")
    assert suitable(cloud, vm) == {"xen3"}


def test_an_explicit_target_is_held_to_strict_tags_alone_cloudstack_2_13() -> None:
    cloud = Cloud(settings={"vm.strict.host.tags": "licensed"})
    strict, loose = give_offering(cloud, "web1", hosttags="licensed"), give_offering(cloud, "web2", hosttags="ssd")
    target = cloud.host("xen1")
    code, text = cloud.job_refusal("migrateVirtualMachine", virtualmachineid=strict.uuid, hostid=target.uuid)
    assert (code, "is not compatible for the VM" in text) == (431, True)
    assert cloud.job("migrateVirtualMachine", virtualmachineid=loose.uuid, hostid=target.uuid)["jobstatus"] == 1


def test_older_versions_know_no_strict_tags_cloudstack_7() -> None:
    cloud = Cloud("4.14.0.0")
    vm, target = give_offering(cloud, "web1", hosttags="licensed"), cloud.host("xen1")
    assert cloud.job("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=target.uuid)["jobstatus"] == 1


def test_an_instance_with_a_pci_gpu_has_no_hosts_and_does_not_migrate_cloudstack_6() -> None:
    cloud = Cloud()
    vm = give_offering(cloud, "web1", **{"serviceofferingdetails[0].pciDevice": "GPU group"})
    assert cloud.ask("findHostsForMigration", virtualmachineid=vm.uuid) == {}
    target = cloud.host("xen1").uuid
    assert cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=target)[0] == 431


def test_maintenance_stops_an_instance_with_a_vgpu_and_nothing_restarts_it_cloudstack_3_1() -> None:
    cloud = Cloud()
    details = {"serviceofferingdetails[0].key": "vgpuType", "serviceofferingdetails[0].value": "GRID K100"}
    vm = give_offering(cloud, "web2", **details)
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.until(lambda: cloud.host("xen3").resource is Resource.MAINTENANCE, 600)
    assert vm.state is VmState.STOPPED
    assert cloud.vm("plain1").state is VmState.RUNNING
    cloud.run(1500)
    assert cloud.runs_on(vm) == []


def test_another_offering_is_for_stopped_instances_alone() -> None:
    cloud = Cloud()
    small = cloud.ask("createServiceOffering", name="small", displaytext="small", **SIZE)["serviceoffering"]["id"]
    change = "changeServiceForVirtualMachine"
    assert cloud.refusal(change, id=cloud.vm("web1").uuid, serviceofferingid=small)[0] == 431
    changed = cloud.ask(change, id=cloud.vm("idle1").uuid, serviceofferingid=small)
    assert changed["virtualmachine"]["serviceofferingid"] == small
