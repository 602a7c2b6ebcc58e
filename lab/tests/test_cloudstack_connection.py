# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How CloudStack holds on to a pool, loses it and gets it back (``cloudstack.md`` 1.2, 1.6, 2.9)."""

from __future__ import annotations

from cloudstack_world import Cloud

from xencloud_lab.cloudstack.states import Status
from xencloud_lab.fault_spec import CallPattern, FaultSpec
from xencloud_lab.xapi.errors import Unreachable

ALL = ("xen1", "xen2", "xen3")


def test_a_disabled_member_falls_to_alert_and_comes_back_alone_cloudstack_1_6() -> None:
    cloud = Cloud()
    cloud.xapi("host.disable", cloud.host_ref("xen3"))
    took = cloud.until(lambda: cloud.host("xen3").status is Status.ALERT)
    assert 150 <= took <= 270
    assert cloud.up("xen1", "xen2")
    cloud.xapi("host.enable", cloud.host_ref("xen3"))
    assert cloud.until(lambda: cloud.up("xen3")) <= 240


def test_a_disabled_master_takes_the_whole_pool_from_cloudstack_1_2() -> None:
    cloud = Cloud()
    cloud.xapi("host.disable", cloud.host_ref("xen1"))
    took = cloud.until(lambda: sum(cloud.up(name) for name in ALL) < 2)
    assert 150 <= took <= 270
    # The last one has nobody left who could be asked about it, and lingers (alert.wait).
    assert cloud.until(lambda: not any(cloud.up(name) for name in ALL)) <= 1980
    assert {cloud.host(name).status for name in ALL} == {Status.ALERT}
    assert cloud.ask("listAlerts", type=30) == {}  # their heartbeats are fresh: no VM HA
    cloud.xapi("host.enable", cloud.host_ref("xen1"))
    cloud.until(lambda: cloud.up(*ALL), 300)


def test_a_host_that_is_disabled_in_cloudstack_is_quietly_disconnected_cloudstack_2_8() -> None:
    cloud = Cloud()
    cloud.ask("updateHost", id=cloud.host("xen3").uuid, allocationstate="Disable")
    cloud.xapi("host.disable", cloud.host_ref("xen3"))
    cloud.until(lambda: not cloud.up("xen3"))
    assert cloud.host("xen3").status is Status.DISCONNECTED
    assert len(cloud.server.tables.alerts) == 0


def test_unmanaged_answers_after_the_hosts_are_let_go_cloudstack_2_9() -> None:
    cloud = Cloud()
    before = cloud.world.timeline.now
    answer = cloud.ask("updateCluster", id=cloud.cluster(), managedstate="Unmanaged")
    assert answer["cluster"]["managedstate"] == "Unmanaged"
    assert 5 <= cloud.world.timeline.now - before <= 7
    assert {cloud.host(name).status for name in ALL} == {Status.DISCONNECTED}
    assert not cloud.world.book.clusters["cluster"].managed


def test_while_unmanaged_nothing_is_declared_missing_cloudstack_1_9() -> None:
    cloud = Cloud()
    cloud.ask("updateCluster", id=cloud.cluster(), managedstate="Unmanaged")
    cloud.xapi("VM.hard_shutdown", cloud.vm_ref(cloud.vm("plain1")))
    cloud.run(1800)
    assert str(cloud.vm("plain1").state) == "Running"
    assert {cloud.host(name).status for name in ALL} == {Status.DISCONNECTED}


def test_managed_answers_at_once_and_the_hosts_follow_cloudstack_2_9() -> None:
    cloud = Cloud()
    cloud.ask("updateCluster", id=cloud.cluster(), managedstate="Unmanaged")
    answer = cloud.ask("updateCluster", id=cloud.cluster(), managedstate="Managed")
    assert answer["cluster"]["managedstate"] == "Managed"
    assert not cloud.up("xen1")
    assert 60 <= cloud.until(lambda: cloud.up(*ALL)) <= 300


def test_reconnect_lets_go_of_a_host_that_is_up_and_is_refused_in_alert_cloudstack_2_6() -> None:
    cloud = Cloud()
    job = cloud.job("reconnectHost", id=cloud.host("xen2").uuid)
    assert job["jobresult"]["host"]["state"] == "Disconnected"
    assert 90 <= cloud.until(lambda: cloud.up("xen2")) <= 300
    cloud.xapi("host.disable", cloud.host_ref("xen3"))
    cloud.until(lambda: cloud.host("xen3").status is Status.ALERT)
    code, text = cloud.job_refusal("reconnectHost", id=cloud.host("xen3").uuid)
    assert code == 530
    assert text.startswith("Unable to disconnect host because it is not connected to this server")


def test_a_changed_product_version_costs_one_more_round_cloudstack_1_3() -> None:
    cloud = Cloud()
    cloud.host("xen2").hypervisor_version = "8.2.1"
    cloud.job("reconnectHost", id=cloud.host("xen2").uuid)
    cloud.until(lambda: cloud.host("xen2").status is Status.ALERT)
    assert cloud.host("xen2").hypervisor_version == "8.3.0"
    cloud.until(lambda: cloud.up("xen2"), 300)


def test_storage_that_is_gone_makes_hosts_fence_themselves_cloudstack_1_5() -> None:
    cloud = Cloud()
    cloud.world.faults.add(FaultSpec(kind="storage_cut", host="xen3", sr="nfs1"))
    cloud.until(lambda: bool(cloud.world.book.host("xen3").power_cuts), 300)
    assert not cloud.world.book.host("xen2").power_cuts


def test_a_restart_of_the_server_loses_jobs_and_finds_its_hosts_again_cloudstack_4_6() -> None:
    cloud = Cloud()
    vm = cloud.vm("web1")
    uuid = cloud.ask("migrateVirtualMachine", virtualmachineid=vm.uuid, hostid=cloud.host("xen3").uuid)["jobid"]
    cloud.run(1)
    cloud.server.restart()
    cloud.run(100)
    job = cloud.ask("queryAsyncJobResult", jobid=uuid)
    assert (job["jobstatus"], job["jobresultcode"]) == (2, 530)
    assert "jobresult" not in job
    cloud.until(lambda: cloud.up(*ALL))
    cloud.run(60)
    assert (str(vm.state), vm.host, cloud.runs_on(vm)) == ("Running", cloud.host("xen3"), ["xen3"])


def test_a_lost_reply_to_one_ping_is_made_up_for_cloudstack_1_4() -> None:
    cloud = Cloud()
    echo = CallPattern(method="host.call_plugin", times=1)
    cloud.world.faults.add(FaultSpec(kind="lose_reply", call=echo))
    last = cloud.host("xen1").last_ping
    cloud.until(lambda: cloud.host("xen1").last_ping != last, 61)


def test_a_change_of_master_is_followed_without_losing_a_host_for_long_cloudstack_1_2() -> None:
    cloud = Cloud()
    cloud.xapi("pool.designate_new_master", cloud.host_ref("xen2"))
    cloud.run(60)
    cloud.until(lambda: cloud.up(*ALL), 600)
    job = cloud.job("migrateVirtualMachine", virtualmachineid=cloud.vm("web1").uuid, hostid=cloud.host("xen3").uuid)
    assert job["jobstatus"] == 1


def test_a_dead_pool_is_no_answer_and_no_crash_of_the_lab() -> None:
    cloud = Cloud()
    for name in ALL:
        cloud.world.machines[name].power_cut()
    cloud.run(3000)
    assert not any(cloud.up(name) for name in ALL)
    try:
        cloud.world.call("127.0.1.11", "session.login_with_password", ["root", "x", "1.3", "test"])
    except Unreachable:
        return
    raise AssertionError("a machine without power answered")
