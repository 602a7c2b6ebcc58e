# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in a world with physics: what they do, and that "after" is after the call took effect."""

from __future__ import annotations

import typing as t

import pytest
from cloudstack_world import Cloud
from running_world import Lab

from xencloud_lab.fault_spec import EXPLAINED, FaultKind, FaultSpec
from xencloud_lab.world import World
from xencloud_lab.xapi.errors import Unreachable, XapiError


def order(world: World, kind: str, **values: t.Any) -> None:
    world.faults.add(FaultSpec.model_validate({"kind": kind, **values}))
    world.timeline.run_until(world.timeline.now)


def test_every_kind_of_fault_is_explained() -> None:
    assert list(EXPLAINED) == list(t.get_args(FaultKind))


def test_reply_of_a_call_that_takes_time_is_lost_at_its_end_not_at_its_start(lab: Lab) -> None:
    order(lab.world, "lose_reply", call={"method": "pool.enable_ha"})
    began = lab.world.timeline.now
    with pytest.raises(Unreachable):
        lab.enable_ha()
    assert lab.world.timeline.now - began > 10
    assert lab.db.rows("pool").popitem()[1]["ha_enabled"] is True


def test_machine_that_crashes_after_a_call_does_so_when_the_call_has_taken_effect(lab: Lab) -> None:
    order(lab.world, "crash", host="xen3", call={"method": "pool.enable_ha", "when": "after"})
    lab.enable_ha()
    assert lab.db.rows("pool").popitem()[1]["ha_enabled"] is True
    assert not lab.machine("xen3").powered


def test_refusal_after_the_call_took_effect(lab: Lab) -> None:
    pool = lab.ask("pool.get_all")[0]
    order(lab.world, "refuse", call={"method": "pool.add_to_other_config", "when": "after"}, error=["INTERNAL_ERROR"])
    assert lab.refusal("pool.add_to_other_config", pool, "k", "v") == ["INTERNAL_ERROR"]
    assert lab.ask("pool.get_other_config", pool)["k"] == "v"


def test_network_that_is_cut_is_silent_until_it_is_back(lab: Lab) -> None:
    order(lab.world, "network_cut", host="xen2")
    with pytest.raises(Unreachable):
        lab.login("xen2")
    assert lab.machine("xen2").powered
    order(lab.world, "network_back", host="xen2")
    assert lab.start_refusal("xen2")[0] == "HOST_IS_SLAVE"


def test_clients_that_are_cut_off_from_a_machine_are_alone_with_it(lab: Lab) -> None:
    order(lab.world, "controller_cut", host="xen1")
    machine = lab.machine("xen1")
    assert not machine.reachable
    assert machine.answers()
    assert lab.machine("xen2").toolstack.database() is not None
    order(lab.world, "controller_back", host="xen1")
    assert machine.reachable


@pytest.mark.parametrize("when", ["before", "after"])
def test_task_of_a_call_fails_without_its_effect_or_with_it(lab: Lab, when: str) -> None:
    error = ["INTERNAL_ERROR", "a fault"]
    order(lab.world, "fail_job", call={"method": "Async.host.disable", "when": when}, error=error)
    task = lab.ask("Async.host.disable", lab.ref("host", "xen2"))
    lab.run(60)
    assert (lab.ask("task.get_status", task), lab.ask("task.get_error_info", task)) == ("failure", error)
    assert lab.ask("host.get_enabled", lab.ref("host", "xen2")) is (when == "before")


def test_killed_task_vanishes_and_its_work_goes_on(lab: Lab) -> None:
    order(lab.world, "kill_task", call={"method": "Async.host.disable"})
    task = lab.ask("Async.host.disable", lab.ref("host", "xen2"))
    assert lab.refusal("task.get_status", task)[:2] == ["HANDLE_INVALID", "task"]
    lab.run(60)
    assert lab.ask("host.get_enabled", lab.ref("host", "xen2")) is False


def test_pending_tasks_can_be_killed_at_any_time(lab: Lab) -> None:
    task = lab.ask("Async.pool.enable_ha", [lab.ref("SR", "nfs1")], {})
    order(lab.world, "kill_task", host="xen2")
    assert lab.refusal("task.get_status", task)[:2] == ["HANDLE_INVALID", "task"]


@pytest.mark.parametrize(("when", "state"), [("before", "Enabled"), ("after", "Maintenance")])
def test_job_of_cloudstack_fails_without_its_effect_or_with_it(when: str, state: str) -> None:
    cloud = Cloud()
    call = {"side": "cloudstack", "method": "prepareHostForMaintenance", "when": when}
    order(cloud.world, "fail_job", call=call, error=["a fault"])
    host = cloud.host("xen2")
    call_of_a_client = cloud.world.faults.around
    assert call_of_a_client("cloudstack", "listHosts", "", len, "abc") == 3
    code, text = _prepare(cloud, host.uuid)
    assert (code, text) == (530, "a fault")
    cloud.run(600)
    assert str(host.resource) == state


def _prepare(cloud: Cloud, uuid: str) -> tuple[int, str]:
    answer: dict[str, t.Any] = cloud.world.faults.around(
        "cloudstack", "prepareHostForMaintenance", "", _asked, cloud, uuid
    )
    cloud.until(lambda: cloud.ask("queryAsyncJobResult", jobid=answer["jobid"])["jobstatus"] != 0)
    job = cloud.ask("queryAsyncJobResult", jobid=answer["jobid"])
    return job["jobresultcode"], job["jobresult"]["errortext"]


def _asked(cloud: Cloud, uuid: str) -> dict[str, t.Any]:
    return cloud.ask("prepareHostForMaintenance", id=uuid)


def test_guest_that_never_migrates_may_be_named_as_cloudstack_names_it() -> None:
    cloud = Cloud()
    order(cloud.world, "vm_never_migrates", vm="web1")
    name = cloud.vm("web1").name
    assert [d.never_migrates for m in cloud.world.machines.values() for d in m.domains.values() if d.name == name] == [
        True
    ]


def test_storage_that_does_not_exist_is_a_clear_error(lab: Lab) -> None:
    with pytest.raises(ValueError, match="storage nfs9 does not exist"):
        order(lab.world, "storage_cut", host="xen1", sr="nfs9")


def test_error_of_a_call_is_lost_with_its_reply(lab: Lab) -> None:
    order(lab.world, "lose_reply", call={"method": "host.get_enabled"})
    with pytest.raises(Unreachable):
        lab.ask("host.get_enabled", "OpaqueRef:none")
    with pytest.raises(XapiError):
        lab.ask("host.get_enabled", "OpaqueRef:none")


@pytest.mark.parametrize("started_again", [True, False])
def test_protected_guest_that_halts_itself_is_started_again_unless_the_pool_says_otherwise_s11(
    started_again: bool,
) -> None:
    lab = Lab(
        hosts=[{"name": "xen1", "address": "127.0.1.11"}, {"name": "xen2", "address": "127.0.1.12"}],
        vms=[{"name": "prot", "memory_gib": 1, "priority": "restart"}, {"name": "plain", "memory_gib": 1}],
        storage=[{"name": "nfs1"}],
        ha={"enabled": True, "timeout": 60},
    )
    lab.db.set("pool", lab.ask("pool.get_all")[0], ha_reboot_vm_on_internal_shutdown=started_again)
    for name in ("prot", "plain"):
        order(lab.world, "guest_shutdown", vm=name)
        assert lab.vm_row(name)["power_state"] == "Halted"
    lab.run(120)
    assert bool(lab.runs_on("prot")) is started_again
    assert lab.runs_on("plain") == []
