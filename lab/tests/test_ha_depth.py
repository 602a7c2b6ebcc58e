# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HA beyond one failure: health of xapi, armed hosts at boot, giving HA up by hand, waits (``xapi.md`` 2.4 to 2.9)."""

from __future__ import annotations

import pickle
import typing as t

import pytest
from running_world import PASSWORD, Lab

from xencloud_lab.xapi.errors import XapiError

HOSTS = ("xen1", "xen2", "xen3")


@pytest.fixture
def armed() -> Lab:
    """HA with T = 60, a protected guest on xen3."""
    guests = [{"name": "prot", "on": ["xen3"], "memory_gib": 1, "priority": "restart"}]
    return Lab(vms=guests, ha={"enabled": True, "timeout": 60, "heartbeat_sr": "nfs1"})


def _local(lab: Lab, host: str, method: str, *params: t.Any) -> t.Any:
    session = lab.wait(lab.start_raw("session.slave_local_login_with_password", "root", PASSWORD, on=host))
    return lab.wait(lab.start_raw(method, session, *params, on=host))


def _storage(lab: Lab) -> t.Any:
    return lab.world.storage[lab.db.row("SR", lab.ref("SR", "nfs1"))["uuid"]]


def _fenced(lab: Lab) -> list[str]:
    return [entry.subject for entry in lab.world.book.log if entry.kind == "fenced"]


# xapi's health ----------------------------------------------------------------------------


def test_a_dead_xapi_is_restarted_after_120_s_xapi_2_4(armed: Lab) -> None:
    armed.machine("xen3").toolstack.killed()
    armed.run(119)
    assert not armed.machine("xen3").toolstack.running
    armed.run(60)
    assert armed.live("xen3")
    assert armed.enabled("xen3")
    assert _fenced(armed) == []


def test_a_xapi_that_dies_twice_a_day_fences_its_host_xapi_2_4(armed: Lab) -> None:
    armed.machine("xen3").toolstack.killed()
    armed.run(3600)
    armed.machine("xen3").toolstack.killed()
    armed.run(121)
    assert _fenced(armed) == ["xen3"]
    armed.run(900)
    assert armed.runs_on("prot")
    assert armed.world.book.totals()["twice"] == 0


def test_the_budget_is_new_after_a_day_xapi_2_4(armed: Lab) -> None:
    for _day in range(2):
        armed.machine("xen3").toolstack.killed()
        armed.run(86500)
    assert _fenced(armed) == []


def test_quick_restarts_of_the_toolstack_cost_nothing_xapi_2_4(armed: Lab) -> None:
    for _time in range(3):
        armed.ask("host.restart_agent", armed.host("xen3"))
        armed.run(60)
    assert _fenced(armed) == []
    assert armed.live("xen3")


def test_a_start_slower_than_the_health_check_fences_at_the_second_time_xapi_2_4() -> None:
    lab = Lab(vms=[], ha={"enabled": True, "timeout": 60}, durations={"toolstack_start": 150.0})
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(600)
    assert _fenced(lab) == []
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(600)
    assert _fenced(lab) == ["xen3"]


# armed at boot ----------------------------------------------------------------------------


def test_an_armed_host_waits_for_its_statefile_and_heals_within_ten_seconds_xapi_2_8(armed: Lab) -> None:
    _storage(armed).cut.add("xen3")
    armed.run(600)
    assert armed.start_refusal("xen3") == ["HA_HOST_CANNOT_ACCESS_STATEFILE"]
    assert _local(armed, "xen3", "host.is_in_emergency_mode") is True
    _storage(armed).cut.clear()
    armed.run(11)
    assert armed.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.11"]
    armed.run(30)
    assert armed.live("xen3")
    assert armed.enabled("xen3")


def test_an_armed_host_without_statefile_asks_its_master_whether_ha_is_off_xapi_2_8(armed: Lab) -> None:
    _storage(armed).cut.add("xen3")
    armed.run(600)
    armed.ask("pool.disable_ha")
    armed.run(60)
    assert not armed.machine("xen3").toolstack.ha_armed
    assert armed.live("xen3")
    assert armed.enabled("xen3")


def test_after_a_power_cut_of_everything_the_pool_forms_again_xapi_2_4(armed: Lab) -> None:
    for name in HOSTS:
        armed.machine(name).power_cut()
    armed.run(100)
    for name in HOSTS:
        armed.machine(name).boot()
    armed.run(600)
    assert armed.master() is not None
    assert all(armed.live(name) and armed.enabled(name) for name in HOSTS)
    assert armed.runs_on("prot")


def test_without_one_host_the_others_wait_the_boot_time_out_xapi_2_4(armed: Lab) -> None:
    for name in HOSTS:
        armed.machine(name).power_cut()
    armed.run(100)
    for name in HOSTS[:2]:
        armed.machine(name).boot()
    armed.run(240 + 20 + 60)
    assert armed.start_refusal("xen1") == ["HOST_STILL_BOOTING"]
    armed.run(120)
    assert armed.master() in HOSTS[:2]
    assert armed.world.pools["pool"].xhad.liveset == set(HOSTS[:2])


def test_an_estate_may_begin_with_a_member_that_crashed_under_ha() -> None:
    hosts = [{"name": n, "address": f"127.0.1.1{i}", "memory_gib": 16} for i, n in enumerate(HOSTS, 1)]
    hosts[2]["power"] = "off"
    lab = Lab(hosts=hosts, vms=[], ha={"enabled": True, "timeout": 30})
    lab.run(100)
    assert not lab.live("xen3")
    lab.machine("xen3").boot()
    lab.run(400)
    assert lab.live("xen3")
    assert lab.enabled("xen3")


# giving up by hand ------------------------------------------------------------------------


def test_a_member_that_gave_ha_up_is_excluded_and_later_in_emergency_mode_xapi_2_8(armed: Lab) -> None:
    assert _local(armed, "xen2", "host.emergency_ha_disable") is None
    assert armed.world.pools["pool"].xhad.excluded == {"xen2"}
    armed.run(60)
    assert not armed.live("xen2")
    armed.machine("xen2").toolstack.restart()
    armed.run(60)
    assert armed.start_refusal("xen2") == ["HA_POOL_IS_ENABLED_BUT_HOST_IS_DISABLED"]
    armed.ask("pool.disable_ha")
    armed.run(300)
    assert armed.live("xen2")
    assert armed.enabled("xen2")


def test_emergency_ha_disable_of_an_unarmed_host_xapi_2_8(lab: Lab) -> None:
    with pytest.raises(XapiError, match="HA_NOT_ENABLED"):
        _local(lab, "xen2", "host.emergency_ha_disable")
    assert _local(lab, "xen2", "host.emergency_ha_disable", True) is None


def test_a_pool_whose_statefile_is_lost_for_good_is_freed_host_by_host_xapi_2_8(armed: Lab) -> None:
    storage = _storage(armed)
    storage.cut.update(HOSTS)
    armed.machine("xen3").power_cut()
    armed.run(100)
    assert sorted(_fenced(armed)) == ["xen1", "xen2"]
    armed.machine("xen3").boot()
    armed.run(600)
    for name in HOSTS:
        assert armed.start_refusal(name) == ["HA_HOST_CANNOT_ACCESS_STATEFILE"]
        _local(armed, name, "host.emergency_ha_disable")
    armed.run(120)
    assert armed.master() == "xen1"
    assert not armed.pool_row()["ha_enabled"]
    assert not armed.world.pools["pool"].xhad.active
    assert all(armed.live(name) for name in HOSTS)


# enabling that fails ----------------------------------------------------------------------


def test_enable_with_a_member_that_cannot_reach_the_statefile_leaves_its_fields_written_xapi_2_2(lab: Lab) -> None:
    _storage(lab).cut.add("xen3")
    refusal = lab.refusal("pool.enable_ha", [lab.ref("SR", "nfs1")], {"timeout": "90"})
    assert refusal == ["HA_HOST_CANNOT_ACCESS_STATEFILE"]
    row = lab.pool_row()
    assert (row["ha_enabled"], row["ha_configuration"]) == (False, {"timeout": "90"})
    assert row["ha_statefiles"]
    assert not lab.machine("xen3").toolstack.ha_armed


def test_enable_with_a_master_that_cannot_reach_the_statefile_xapi_2_2(lab: Lab) -> None:
    _storage(lab).cut.add("xen1")
    code, vdi = lab.refusal("pool.enable_ha", [lab.ref("SR", "nfs1")], {})
    assert code == "VDI_NOT_AVAILABLE"
    assert vdi == lab.db.row("VDI", lab.pool_row()["ha_statefiles"][0])["uuid"]


# waits ------------------------------------------------------------------------------------


def test_disable_without_the_statefile_hangs_until_every_host_answers_xapi_2_7(armed: Lab) -> None:
    _storage(armed).cut.update(HOSTS)
    armed.machine("xen3").toolstack.killed()
    disabling = armed.start("pool.disable_ha")
    armed.run(100)
    assert not disabling.done
    assert armed.pool_row()["ha_enabled"]
    assert armed.refusal("pool.enable_ha", [], {}) == ["HA_DISABLE_IN_PROGRESS"]
    armed.wait(disabling)
    assert not armed.pool_row()["ha_enabled"]
    assert not any(armed.machine(name).toolstack.ha_armed for name in HOSTS)


def test_a_host_that_stays_disabled_delays_restarts_by_thirty_minutes_after_an_election_xapi_2_5() -> None:
    guests = [{"name": "prot", "on": ["xen1"], "memory_gib": 1, "priority": "restart"}]
    lab = Lab(vms=guests, ha={"enabled": True, "timeout": 60, "heartbeat_sr": "nfs1"})
    next(s for s in lab.world.storage.values() if s.name == "iso1").cut.add("xen2")
    lab.machine("xen1").power_cut()
    lab.until(lambda: lab.master() is not None)
    lab.run(1500)
    assert not lab.enabled("xen2")
    assert (lab.runs_on("prot"), lab.live("xen1")) == ([], True)
    lab.run(400)
    assert lab.runs_on("prot") == ["xen3"]
    assert not lab.live("xen1")


def test_a_shutdown_that_stopped_half_way_leaves_the_host_disabled_until_a_boot_xapi_5_6(lab: Lab) -> None:
    lab.machine("xen3").toolstack.disabled_until_reboot = True
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(60)
    assert not lab.enabled("xen3")
    assert lab.refusal("host.enable", lab.host("xen3")) == ["HOST_DISABLED_UNTIL_REBOOT", lab.host("xen3")]
    lab.machine("xen3").reset()
    lab.run(400)
    assert lab.enabled("xen3")


def test_pending_guidance_keeps_a_host_disabled_xapi_5_6() -> None:
    lab = Lab(product="xenserver-8")
    lab.db.set("host", lab.host("xen3"), pending_guidances=["reboot_host"])
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(60)
    assert not lab.enabled("xen3")
    code = lab.refusal("host.enable", lab.host("xen3"))[0]
    assert code == "HOST_PENDING_MANDATORY_GUIDANCE_NOT_EMPTY"


def test_a_world_in_the_middle_of_a_failure_can_be_saved(armed: Lab) -> None:
    _storage(armed).cut.add("xen3")
    armed.machine("xen1").power_cut()
    armed.run(50)
    saved = pickle.dumps(armed.world)
    armed.run(900)
    first = armed.world.book.as_dict()
    armed.world = pickle.loads(saved)
    armed.run(900)
    assert armed.world.book.as_dict() == first
    assert "xen3" in _fenced(armed)
