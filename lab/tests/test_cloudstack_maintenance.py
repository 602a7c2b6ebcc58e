# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host maintenance (``cloudstack.md`` 2.3, 2.4, 3)."""

from __future__ import annotations

from cloudstack_world import HOSTS, VMS, Cloud

from xencloud_lab.cloudstack.states import Resource

PREFIX = "Failed to prepare host for maintenance due to: "


def resource(cloud: Cloud, name: str) -> Resource:
    return cloud.host(name).resource


def test_the_job_ends_at_once_and_the_host_is_empty_later_cloudstack_2_3() -> None:
    cloud = Cloud()
    job = cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert job["jobstatus"] == 1
    assert job["jobresult"]["host"]["resourcestate"] == "PrepareForMaintenance"
    assert cloud.vm("web2").host is not None
    cloud.until(lambda: resource(cloud, "xen3") is Resource.MAINTENANCE, 300)
    assert cloud.server.tables.instances_on(cloud.host("xen3")) == []
    assert cloud.world.book.totals()["migrations"] == 2
    assert cloud.world.book.totals()["stopped"] == 0
    assert "Migration Complete for host name: xen3" in cloud.ask("listAlerts")["alert"][0]["description"]


def test_migrations_of_maintenance_make_no_vm_migrate_event_cloudstack_3_5() -> None:
    cloud = Cloud()
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.until(lambda: resource(cloud, "xen3") is Resource.MAINTENANCE, 300)
    assert cloud.ask("listEvents", type="VM.MIGRATE") == {}
    assert cloud.ask("listEvents", type="MAINT.PREPARE", state="Completed")["count"] == 1


def test_queued_vms_that_were_started_here_show_eipfm_in_a_healthy_evacuation_cloudstack_3_2() -> None:
    many = [{"name": f"w{n}", "memory_gib": 4, "on": ["xen3"]} for n in range(6)]
    cloud = Cloud(vms=[*many, *VMS], settings={"ha.workers": "1"})
    cloud.run(50)  # the monitor's next tick falls into the evacuation
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.until(lambda: resource(cloud, "xen3") is Resource.ERROR_IN_PREPARE, 120)
    cloud.until(lambda: resource(cloud, "xen3") is Resource.MAINTENANCE, 600)


def test_prepare_is_not_idempotent_and_one_host_a_cluster_cloudstack_2_3() -> None:
    cloud = Cloud()
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    code, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert (code, text) == (
        530,
        f"{PREFIX}Host is already in state PrepareForMaintenance. Cannot recall for maintenance until resolved.",
    )
    _, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen2").uuid)
    assert text.startswith(f"{PREFIX}There are other servers attempting migrations for maintenance.")


def test_a_disabled_host_cannot_prepare_and_has_lost_its_tags_cloudstack_2_3() -> None:
    cloud = Cloud()
    cloud.ask("updateHost", id=cloud.host("xen3").uuid, allocationstate="Disable")
    _, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert text.endswith("No next resource state found for current state = Disabled event = AdminAskMaintenance")
    assert cloud.xapi("host.get_tags", cloud.host_ref("xen3")) == []
    assert cloud.xapi("host.get_tags", cloud.host_ref("xen2")) != []


def test_a_host_that_xapi_has_disabled_does_not_get_the_command_cloudstack_1_7() -> None:
    cloud = Cloud()
    cloud.xapi("host.disable", cloud.host_ref("xen3"))
    code, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert code == 530
    assert text.startswith(f"{PREFIX}Unable to prepare for maintenance host ")
    assert resource(cloud, "xen3") is Resource.ENABLED


def test_the_last_host_fails_in_prepare_and_keeps_its_vms_cloudstack_3_3() -> None:
    cloud = Cloud()
    for name in ("xen1", "xen2"):
        cloud.ask("updateHost", id=cloud.host(name).uuid, allocationstate="Disable")
    _, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert "Unable to prepare for maintenance host" in text
    assert resource(cloud, "xen3") is Resource.PREPARE
    cloud.until(lambda: resource(cloud, "xen3") is Resource.ERROR, 120)
    assert cloud.world.book.totals()["stopped"] == 0
    job = cloud.job("cancelHostMaintenance", id=cloud.host("xen3").uuid)
    assert job["jobresult"]["host"]["resourcestate"] == "Enabled"


def test_a_target_that_xapi_has_disabled_costs_the_vms_their_lives_cloudstack_3_4() -> None:
    cloud = Cloud()
    cloud.ask("updateHost", id=cloud.host("xen1").uuid, allocationstate="Disable")
    cloud.xapi("host.disable", cloud.host_ref("xen2"))  # CloudStack still believes that it is Up
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.run(60)
    assert {str(cloud.vm(name).state) for name in ("web2", "plain1")} == {"Stopped"}
    assert cloud.world.book.totals()["stopped"] == 2


def test_a_migration_that_xapi_refuses_is_tried_again_and_the_vm_runs_on_cloudstack_3_4() -> None:
    cloud = Cloud(hosts=HOSTS[:2], vms=[{"name": "web1", "memory_gib": 2, "on": ["xen2"]}])
    vm = cloud.vm("web1")
    cloud.xapi("VM.add_to_blocked_operations", cloud.vm_ref(vm), "pool_migrate", "test")
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen2").uuid)
    cloud.run(90)
    assert (str(vm.state), cloud.runs_on(vm)) == ("Running", ["xen2"])
    assert resource(cloud, "xen2") in (Resource.PREPARE, Resource.ERROR_IN_PREPARE)
    cloud.xapi("VM.remove_from_blocked_operations", cloud.vm_ref(vm), "pool_migrate")
    cloud.until(lambda: resource(cloud, "xen2") is Resource.MAINTENANCE, 600)
    assert cloud.runs_on(vm) == ["xen1"]


def test_tries_run_out_and_leave_error_in_maintenance_for_good_cloudstack_3_2() -> None:
    cloud = Cloud(hosts=HOSTS[:2], vms=[{"name": "web1", "memory_gib": 2, "on": ["xen2"]}])
    cloud.xapi("VM.add_to_blocked_operations", cloud.vm_ref(cloud.vm("web1")), "pool_migrate", "test")
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen2").uuid)
    took = cloud.until(lambda: resource(cloud, "xen2") is Resource.ERROR, 1800)
    assert 480 <= took <= 900
    cloud.xapi("VM.hard_shutdown", cloud.vm_ref(cloud.vm("web1")))
    cloud.run(600)
    assert resource(cloud, "xen2") is Resource.ERROR


def test_cancel_is_enabled_at_once_whatever_the_connection_cloudstack_2_4() -> None:
    cloud = Cloud()
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.until(lambda: resource(cloud, "xen3") is Resource.MAINTENANCE, 300)
    cloud.xapi("host.disable", cloud.host_ref("xen3"))
    cloud.until(lambda: not cloud.up("xen3"), 300)
    job = cloud.job("cancelHostMaintenance", id=cloud.host("xen3").uuid)
    host = job["jobresult"]["host"]
    assert (host["state"], host["resourcestate"]) == ("Disconnected", "Enabled")
    code, text = cloud.job_refusal("cancelHostMaintenance", id=cloud.host("xen3").uuid)
    assert code == 530
    assert text.startswith("Cannot perform cancelMaintenance when resource state is Enabled, host: ")


def test_local_storage_refuses_maintenance_cloudstack_2_3() -> None:
    cloud = Cloud(vms=[{"name": "pinned", "on": ["xen3"], "disk_sr": "local"}])
    _, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert text.startswith(f"{PREFIX}There are active VMs using the host's local storage pool.")


def test_4_11_prepares_without_prefix_and_heals_error_in_maintenance_cloudstack_2_2() -> None:
    cloud = Cloud(version="4.11.1.0", hosts=HOSTS[:2], vms=[{"name": "web1", "memory_gib": 2, "on": ["xen2"]}])
    cloud.ask("updateHost", id=cloud.host("xen1").uuid, allocationstate="Disable")
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen2").uuid)
    cloud.until(lambda: resource(cloud, "xen2") is Resource.MAINTENANCE, 900)
    assert cloud.world.book.totals()["stopped"] == 1  # the last host: stopped, not moved
