# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances with a local disk: what moves them, and what maintenance does (``cloudstack.md`` 2.13, 2.14, 3.1)."""

from __future__ import annotations

import typing as t

from cloudstack_world import HOSTS, Cloud

from xencloud_lab.cloudstack.states import Resource, VmState

VMS: list[dict[str, t.Any]] = [
    {"name": "local1", "memory_gib": 2, "on": ["xen3"], "disk_sr": "local"},
    {"name": "local2", "memory_gib": 1, "on": ["xen3"], "disk_sr": "local"},
    {"name": "web1", "memory_gib": 2, "on": ["xen3"]},
]
STRATEGY = "host.maintenance.local.storage.strategy"
XEN_2_3 = ["xen2", "xen3"]
WITH_VOLUME = "migrateVirtualMachineWithVolume"


def moving(strategy: str = "Migration", **pool: t.Any) -> Cloud:
    return Cloud(settings={STRATEGY: strategy}, vms=VMS, **pool)


def storage(cloud: Cloud, name: str) -> str:
    return str(cloud.ask("listVolumes", virtualmachineid=cloud.vm(name).uuid)["volume"][0]["storage"])


def test_an_instance_moves_with_its_local_disk_cloudstack_2_13() -> None:
    cloud = moving()
    vm, target = cloud.vm("local1"), cloud.host("xen2")
    assert cloud.job_refusal("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=target.uuid)[0] == 431
    job = cloud.job(WITH_VOLUME, virtualmachineid=vm.uuid, hostid=target.uuid)
    assert job["jobresult"]["virtualmachine"]["hostid"] == target.uuid
    assert cloud.runs_on(vm) == ["xen2"]
    assert storage(cloud, "local1") == "local-xen2"


def test_the_caller_chooses_the_storage_cloudstack_2_13() -> None:
    cloud = moving()
    vm, shared = cloud.vm("local1"), next(s for s in cloud.server.tables.storage if s.shared)
    params = {"migrateto[0].volume": "any", "migrateto[0].pool": shared.uuid}
    cloud.job(WITH_VOLUME, virtualmachineid=vm.uuid, hostid=cloud.host("xen1").uuid, **params)
    assert (cloud.runs_on(vm), storage(cloud, "local1")) == (["xen1"], "nfs1")


def test_an_instance_on_shared_storage_takes_the_plain_way_cloudstack_2_13() -> None:
    cloud = moving()
    cloud.job(WITH_VOLUME, virtualmachineid=cloud.vm("web1").uuid, hostid=cloud.host("xen1").uuid)
    assert (cloud.runs_on(cloud.vm("web1")), storage(cloud, "web1")) == (["xen1"], "nfs1")


def test_a_version_without_the_capability_moves_no_storage_cloudstack_2_13() -> None:
    cloud = Cloud("4.19.0.0", vms=VMS)
    hosts = {"virtualmachineid": cloud.vm("local1").uuid, "hostid": cloud.host("xen1").uuid}
    code, text = cloud.job_refusal(WITH_VOLUME, **hosts)
    assert (code, text.startswith("Migration with storage isn't supported for source host")) == (530, True)
    found = cloud.ask("findHostsForMigration", virtualmachineid=cloud.vm("local1").uuid)["host"]
    assert not any(host["suitableformigration"] for host in found)


def test_a_target_in_the_wrong_state_is_refused_cloudstack_2_13() -> None:
    cloud = moving()
    target = cloud.host("xen1")
    cloud.ask("updateHost", id=target.uuid, allocationstate="Disable")
    hosts = {"virtualmachineid": cloud.vm("local1").uuid, "hostid": target.uuid}
    assert cloud.job_refusal(WITH_VOLUME, **hosts) == (
        530,
        f"Cannot migrate VM, destination host xen1 (ID: {target.uuid}) is not in correct state, "
        "has status: Up, state: Disabled",
    )


def test_hosts_with_local_storage_suit_an_instance_that_needs_storage_motion_cloudstack_2_14() -> None:
    cloud = moving(storage=[{"name": "nfs1"}, {"name": "local", "type": "ext", "shared": False, "hosts": XEN_2_3}])
    found = cloud.ask("findHostsForMigration", virtualmachineid=cloud.vm("local1").uuid)["host"]
    assert all(host["requiresStorageMotion"] for host in found)
    assert {host["name"] for host in found if host["suitableformigration"]} == {"xen2"}


def test_the_strategy_migration_moves_local_disks_within_the_job_cloudstack_3_1() -> None:
    cloud = moving()
    job = cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert job["jobstatus"] == 1
    assert "xen3" not in cloud.runs_on(cloud.vm("local1")) + cloud.runs_on(cloud.vm("local2"))
    cloud.until(lambda: cloud.host("xen3").resource is Resource.MAINTENANCE, 600)
    assert {vm.state for vm in cloud.server.tables.instances} == {VmState.RUNNING}
    assert cloud.world.book.totals()["stopped"] == 0


def test_without_room_for_local_disks_the_job_fails_and_the_host_ends_in_error_cloudstack_3_1() -> None:
    cloud = moving(storage=[{"name": "nfs1"}, {"name": "local", "type": "ext", "shared": False, "hosts": ["xen3"]}])
    code, text = cloud.job_refusal("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    assert (code, text.startswith("Failed to prepare host for maintenance due to: ")) == (530, True)
    cloud.until(lambda: cloud.host("xen3").resource is Resource.ERROR, 600)
    assert cloud.runs_on(cloud.vm("local1")) == ["xen3"]


def test_the_strategy_force_stop_stops_them_and_error_refuses_cloudstack_3_1() -> None:
    cloud = moving("ForceStop")
    cloud.job("prepareHostForMaintenance", id=cloud.host("xen3").uuid)
    cloud.until(lambda: cloud.host("xen3").resource is Resource.MAINTENANCE, 600)
    assert {cloud.vm(name).state for name in ("local1", "local2")} == {VmState.STOPPED}
    refusing = moving("Error", hosts=HOSTS)
    code, text = refusing.job_refusal("prepareHostForMaintenance", id=refusing.host("xen3").uuid)
    assert (code, "active VMs using the host's local storage pool" in text) == (530, True)
