# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VM HA: who is asked, who is fenced, and what two captains do to one VM (``cloudstack.md`` 5)."""

from __future__ import annotations

import pytest
from cloudstack_world import Cloud

from xencloud_lab.cloudstack.fencer import Fencer
from xencloud_lab.cloudstack.investigators import Investigators
from xencloud_lab.cloudstack.states import Status, VmState


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def test_a_router_that_can_ping_a_vm_proves_that_it_lives_cloudstack_5_2(cloud: Cloud) -> None:
    web = cloud.vm("web2")
    cloud.host("xen3").attached = False
    investigators = Investigators(cloud.server)
    assert investigators.is_alive(web, cloud.host("xen3")) is True
    cloud.world.machines["xen3"].connected = False
    assert investigators.is_alive(web, cloud.host("xen3")) is None


def test_hosts_ping_system_vms_cloudstack_5_2(cloud: Cloud) -> None:
    console = next(vm for vm in cloud.server.tables.instances if vm.kind == "console_proxy")
    cloud.host("xen1").attached = False
    investigators = Investigators(cloud.server)
    assert investigators.is_alive(console, cloud.host("xen1")) is True
    cloud.world.machines["xen1"].power_cut()
    assert investigators.is_alive(console, cloud.host("xen1")) is None


def test_a_fresh_heartbeat_is_not_fenced_cloudstack_1_5(cloud: Cloud) -> None:
    web, host = cloud.vm("web2"), cloud.host("xen3")
    assert not Fencer(cloud.server).fence(web, host)
    assert cloud.runs_on(web) == ["xen3"]


def test_a_vm_that_another_captain_restarted_is_dropped_once_it_was_reported_cloudstack_5_2(cloud: Cloud) -> None:
    web = cloud.vm("web2")
    cloud.world.machines["xen3"].power_cut()
    cloud.xapi("VM.power_state_reset", cloud.vm_ref(web))
    cloud.xapi("VM.start_on", cloud.vm_ref(web), cloud.host_ref("xen2"), False, False)
    cloud.until(lambda: cloud.host("xen3").status is Status.DOWN, 400)
    cloud.run(300)
    assert (web.state, cloud.runs_on(web)) == (VmState.RUNNING, ["xen2"])
    assert cloud.world.book.totals()["twice"] == 0


def test_two_captains_run_one_vm_twice_and_the_book_tells_cloudstack_5_4(cloud: Cloud) -> None:
    """XAPI restarts the VM on a host whose toolstack then falls silent; CloudStack fences by name and starts it."""
    web = cloud.vm("web2")
    cloud.world.machines["xen3"].power_cut()
    cloud.run(100)
    ref = cloud.vm_ref(web)
    cloud.xapi("VM.power_state_reset", ref)
    cloud.xapi("VM.start_on", ref, cloud.host_ref("xen2"), False, False)
    cloud.world.machines["xen2"].toolstack.killed()
    cloud.until(lambda: cloud.host("xen3").status is Status.DOWN, 400)
    cloud.until(lambda: len(cloud.runs_on(web)) == 2, 600)
    kinds = [entry.kind for entry in cloud.world.book.log]
    assert "fenced_alive" in kinds
    assert "vm_runs_twice" in kinds


@pytest.mark.parametrize(("version", "restarted"), [("4.22.0.0", True), ("4.4.4", False)])
def test_a_vm_that_stopped_on_a_running_host_is_started_since_4_5_cloudstack_1_9(version: str, restarted: bool) -> None:
    cloud = Cloud(version=version)
    web = cloud.vm("web1")
    cloud.xapi("VM.hard_shutdown", cloud.vm_ref(web))
    cloud.run(400)
    assert bool(cloud.runs_on(web)) is restarted


def test_scripts_that_an_upgrade_wiped_are_missed_when_tags_stay_cloudstack_1_4() -> None:
    cloud = Cloud(version="4.19.0.0")
    machine = cloud.world.machines["xen3"]
    machine.software.running["product_version"] = "8.3.1"
    cloud.job("reconnectHost", id=cloud.host("xen3").uuid)
    cloud.until(lambda: any(e.kind == "dom0_scripts_missing" for e in cloud.world.book.log), 600)
