# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Migrations by order, VM sync and VM HA (``cloudstack.md`` 1.9, 2.13, 2.14, 5)."""

from __future__ import annotations

import pickle

from cloudstack_world import Cloud

from xencloud_lab.cloudstack.states import Resource, Status, VmState


def test_a_migration_ends_on_the_chosen_host_cloudstack_2_13() -> None:
    cloud = Cloud()
    vm, target = cloud.vm("web1"), cloud.host("xen3")
    job = cloud.job("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=target.uuid)
    assert (job["jobstatus"], job["jobinstancetype"]) == (1, "VirtualMachine")
    assert job["jobresult"]["virtualmachine"]["hostname"] == "xen3"
    assert cloud.runs_on(vm) == ["xen3"]
    before = dict(cloud.server.capacity.memory)
    cloud.server.capacity.recount()
    assert {k: v for k, v in before.items() if v} == dict(cloud.server.capacity.memory)


def test_during_a_migration_the_host_is_already_the_target_cloudstack_2_12() -> None:
    cloud = Cloud()
    vm = cloud.vm("web1")
    cloud.ask("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen3").uuid)
    cloud.run(2)
    row = cloud.ask("listVirtualMachines", id=vm.uuid)["virtualmachine"][0]
    assert (row["state"], row["hostname"]) == ("Migrating", "xen3")
    assert cloud.runs_on(vm) == ["xen2"]


def test_what_migrate_refuses_cloudstack_2_13() -> None:
    cloud = Cloud()
    vm, vr = cloud.vm("web1"), cloud.vr()
    refusal = cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen2").uuid)
    assert refusal[0] == 431
    assert refusal[1].startswith("Cannot migrate VM, VM is already present on this host")
    cloud.ask("updateHost", id=cloud.host("xen3").uuid, allocationstate="Disable")
    _, text = cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen3").uuid)
    assert text.endswith("is not in correct state, has status: Up, state: Disabled")
    _, text = cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vr.uuid, hostid=cloud.host("xen1").uuid)
    assert text == f"Unable to find the VM by id={vr.id}"
    _, text = cloud.job_refusal("migrateVirtualMachine", virtualmachineid=cloud.vm("idle1").uuid)
    assert text == "VM is not Running, unable to migrate the vm with specified id"


def test_user_migrations_off_a_preparing_host_are_refused_cloudstack_2_13() -> None:
    cloud = Cloud()
    cloud.host("xen2").resource = Resource.PREPARE
    _, text = cloud.job_refusal(
        "migrateVirtualMachine", virtualmachineid=cloud.vm("web1").uuid, hostid=cloud.host("xen3").uuid
    )
    assert text.endswith("is not allowed as host is preparing for maintenance mode")


def test_a_failed_migration_by_order_leaves_the_vm_running_cloudstack_2_13() -> None:
    cloud = Cloud()
    vm = cloud.vm("web1")
    cloud.xapi("VM.add_to_blocked_operations", cloud.vm_ref(vm), "pool_migrate", "test")
    code, text = cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen3").uuid)
    assert code == 530
    assert "OPERATION_BLOCKED" in text
    assert (str(vm.state), vm.host, cloud.runs_on(vm)) == ("Running", cloud.host("xen2"), ["xen2"])
    assert cloud.ask("listAlerts", type=17)["count"] == 1


def test_routers_migrate_by_the_system_vm_command_cloudstack_2_13() -> None:
    cloud = Cloud()
    job = cloud.job("migrateSystemVm", virtualmachineid=cloud.vr().uuid, hostid=cloud.host("xen3").uuid)
    assert job["jobresult"]["systemvm"]["hostname"] == "xen3"
    assert cloud.runs_on(cloud.vr()) == ["xen3"]


def test_find_hosts_judges_every_host_but_the_source_cloudstack_2_14() -> None:
    group = [{"name": "db", "count": 2, "memory_gib": 2, "on": ["xen2", "xen3"], "affinity": "db"}]
    cloud = Cloud(vms=group)
    rows = cloud.ask("findHostsForMigration", virtualmachineid=cloud.vm("db-1").uuid)["host"]
    assert {row["name"]: row["suitableformigration"] for row in rows} == {"xen1": True, "xen3": False}
    assert not any(row["requiresStorageMotion"] for row in rows)


def test_vm_moved_by_xapi_is_noticed_at_the_next_ping_without_a_word_cloudstack_1_9() -> None:
    cloud = Cloud()
    vm = cloud.vm("web1")
    cloud.xapi("VM.pool_migrate", cloud.vm_ref(vm), cloud.host_ref("xen3"), {"live": "true"})
    assert cloud.until(lambda: vm.host is cloud.host("xen3")) <= 61
    assert cloud.ask("listEvents") == cloud.ask("listAlerts") == {}
    assert cloud.server.capacity.memory[cloud.host("xen2").id] == int(2.5 * 1024**3)  # until the next count
    cloud.run(300)
    assert cloud.server.capacity.memory[cloud.host("xen2").id] == 512 * 1024**2


def test_a_vm_without_ha_that_is_gone_is_stopped_after_120_s_cloudstack_1_9() -> None:
    cloud = Cloud()
    vm = cloud.vm("plain1")
    cloud.xapi("VM.hard_shutdown", cloud.vm_ref(vm))
    took = cloud.until(lambda: str(vm.state) == "Stopped")
    assert 60 <= took <= 241
    assert cloud.ask("listEvents", type="VM.STOP")["event"][0]["description"] == "Out of band VM power off"


def test_a_vm_started_by_xapi_is_taken_as_running_cloudstack_1_9() -> None:
    cloud = Cloud()
    vm = cloud.vm("idle1")
    cloud.xapi("VM.start_on", cloud.vm_ref(vm), cloud.host_ref("xen3"), False, False)
    cloud.until(lambda: str(vm.state) == "Running", 61)
    assert vm.host is cloud.host("xen3")
    assert cloud.ask("listEvents", type="VM.START")["event"][0]["description"] == "Out of band VM power on"


def test_an_ha_vm_that_stopped_is_started_again_cloudstack_1_9() -> None:
    cloud = Cloud()
    vm = cloud.vm("web2")
    cloud.xapi("VM.hard_shutdown", cloud.vm_ref(vm))
    cloud.run(400)
    assert str(vm.state) == "Running"
    assert cloud.world.book.totals()["started"] == 1
    assert cloud.ask("listAlerts", type=30)["alert"][0]["description"] == f"HA starting VM: web2 ({vm.name})"


def test_a_dead_host_is_down_and_its_ha_vms_start_elsewhere_cloudstack_5_2() -> None:
    cloud = Cloud()
    cloud.world.machines["xen3"].power_cut()
    took = cloud.until(lambda: cloud.host("xen3").status is Status.DOWN)
    assert 150 <= took <= 270
    cloud.run(300)
    assert str(cloud.vm("web2").state) == "Running"
    assert cloud.runs_on(cloud.vm("web2")) in (["xen1"], ["xen2"])
    assert str(cloud.vm("plain1").state) == "Stopped"
    assert cloud.world.book.totals()["twice"] == 0


def test_stop_and_start_by_order() -> None:
    cloud = Cloud()
    vm = cloud.vm("web1")
    assert cloud.job("stopVirtualMachine", id=vm.uuid)["jobresult"]["virtualmachine"]["state"] == "Stopped"
    assert cloud.runs_on(vm) == []
    job = cloud.job("startVirtualMachine", id=vm.uuid, hostid=cloud.host("xen3").uuid)
    assert job["jobresult"]["virtualmachine"]["hostname"] == "xen3"
    assert cloud.runs_on(vm) == ["xen3"]


def test_the_world_can_be_saved_in_the_middle_of_everything() -> None:
    cloud = Cloud()
    cloud.ask("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.run(3)
    cloud.world = pickle.loads(pickle.dumps(cloud.world))
    cloud.server = cloud.world.cloudstack
    cloud.until(lambda: cloud.host("xen3").resource is Resource.MAINTENANCE, 300)
    assert cloud.world.book.totals()["migrations"] == 2


def test_a_deployed_instance_runs_and_goes_again_cloudstack_8() -> None:
    cloud = Cloud()
    zone = cloud.ask("listZones")["zone"][0]["id"]
    template = cloud.ask("listTemplates", templatefilter="all")["template"][0]["id"]
    offering = cloud.ask("listServiceOfferings")["serviceoffering"][0]["id"]
    answer = cloud.ask(
        "deployVirtualMachine", zoneid=zone, templateid=template, serviceofferingid=offering, name="fresh"
    )
    cloud.until(lambda: bool(cloud.runs_on(cloud.vm("fresh"))), 120)
    vm = cloud.vm("fresh")
    assert (answer["id"], vm.name) == (vm.uuid, f"i-2-{vm.id}-VM")
    cloud.until(lambda: vm.state is VmState.RUNNING, 60)
    cloud.job("destroyVirtualMachine", id=vm.uuid)
    assert (vm.state, cloud.runs_on(vm)) == (VmState.DESTROYED, [])
    cloud.ask("recoverVirtualMachine", id=vm.uuid)
    assert cloud.job("startVirtualMachine", id=vm.uuid)["jobstatus"] == 1


def test_a_destroyed_system_vm_is_made_anew_with_another_number_cloudstack_3_1() -> None:
    cloud = Cloud()
    old = next(vm for vm in cloud.server.tables.instances if vm.kind == "console_proxy")
    cloud.job("destroySystemVm", id=old.uuid)
    assert cloud.runs_on(old) == []
    cloud.until(lambda: len(cloud.ask("listSystemVms", state="Running")) > 0, 120)
    (new,) = cloud.ask("listSystemVms")["systemvm"]
    assert (new["systemvmtype"], new["id"] != old.uuid, new["name"] != old.name) == ("consoleproxy", True, True)


def test_routers_and_system_vms_are_rebooted_by_stop_and_start_cloudstack_8() -> None:
    cloud = Cloud()
    router = cloud.vr()
    assert cloud.job("rebootRouter", id=router.uuid)["jobresult"]["router"]["state"] == "Running"
    assert cloud.refusal("rebootSystemVm", id="nobody")[0] == 431
    assert cloud.job("stopRouter", id=router.uuid)["jobresult"]["router"]["state"] == "Stopped"
    assert cloud.job("startRouter", id=router.uuid)["jobresult"]["router"]["state"] == "Running"
    assert cloud.job("destroyRouter", id=router.uuid)["jobstatus"] == 1
    assert cloud.ask("listRouters", listall="true") == {}


def test_a_world_in_the_middle_of_new_hosts_and_instances_can_be_saved() -> None:
    cloud = Cloud()
    console = next(vm for vm in cloud.server.tables.instances if vm.kind == "console_proxy")
    cloud.ask("destroySystemVm", id=console.uuid)
    cloud.ask("rebootRouter", id=cloud.vr().uuid)
    cloud.ask("deleteHost", id=cloud.host("xen3").uuid, forced="true")
    copy = pickle.loads(pickle.dumps(cloud.world))
    for world in (cloud.world, copy):
        world.timeline.run_until(world.timeline.now + 300)
    assert copy.book.as_dict() == cloud.world.book.as_dict()
    assert copy.cloudstack.summary() == cloud.server.summary()
