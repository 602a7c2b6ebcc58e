# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking over by hand, copies of the database and their age, emergency mode (``xapi.md`` 1.7, 3.2; ``emergency_*``)."""

from __future__ import annotations

import typing as t

import pytest
from running_world import PASSWORD, Lab

from xencloud_lab.xapi.errors import Unreachable, XapiError

HOSTS = ("xen1", "xen2", "xen3")


def _local(lab: Lab, host: str) -> str:
    return str(lab.wait(lab.start_raw("session.slave_local_login_with_password", "root", PASSWORD, on=host)))


def _ask(lab: Lab, host: str, method: str, *params: t.Any) -> t.Any:
    """A call with a fresh local session."""
    return lab.wait(lab.start_raw(method, _local(lab, host), *params, on=host))


def _refusal(lab: Lab, host: str, method: str, *params: t.Any) -> list[str]:
    with pytest.raises(XapiError) as caught:
        _ask(lab, host, method, *params)
    return caught.value.description


def _keys(lab: Lab) -> set[str]:
    return {key for key in lab.pool_row()["other_config"] if not key.startswith("memory")}


def _write(lab: Lab, key: str) -> None:
    lab.ask("pool.add_to_other_config", lab.pool_ref(), key, "1")


# copies -----------------------------------------------------------------------------------


def test_one_member_in_turn_gets_a_copy_every_300_s_xapi_3_2(lab: Lab) -> None:
    members = [lab.machine(name).toolstack for name in HOSTS[1:]]
    seen = set()
    for _round in range(2):
        lab.run(301)
        seen.add(max(members, key=lambda member: member.db_copy_at).machine.name)
    assert seen == set(HOSTS[1:])
    assert max(lab.world.timeline.now - member.db_copy_at for member in members) <= 602


def test_a_forced_sync_refreshes_every_copy_xapi_3_2(lab: Lab) -> None:
    _write(lab, "late")
    lab.ask("pool.sync_database")
    lab.machine("xen1").power_cut()
    _ask(lab, "xen3", "pool.emergency_transition_to_master")
    lab.run(60)
    assert (lab.master(), _keys(lab)) == ("xen3", {"late"})


def test_an_emergency_master_starts_from_its_copy_as_old_as_that_is_xapi_3_2(lab: Lab) -> None:
    _write(lab, "early")
    lab.ask("pool.sync_database")
    _write(lab, "late")
    lab.ask("VM.pool_migrate", lab.vm("web1"), lab.host("xen3"), {})
    lab.machine("xen1").power_cut()
    assert _ask(lab, "xen2", "pool.emergency_transition_to_master") is None
    lab.run(9)
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    lab.run(25)
    assert (lab.master(), _keys(lab)) == ("xen2", {"early"})
    assert lab.vm_row("web1")["power_state"] == "Halted"
    assert lab.runs_on("web1") == ["xen3"]
    assert [lab.live(name) for name in HOSTS] == [True, True, True]
    assert lab.ask("pool.recover_slaves", on="xen2") == [lab.host("xen3")]
    lab.run(60)
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.12"]
    assert lab.vm_row("web1")["resident_on"] == lab.host("xen3")
    assert (lab.enabled("xen1"), lab.enabled("xen2"), lab.enabled("xen3")) == (False, True, True)
    assert {m["name"] for m in lab.db.rows("message").values()} >= {"POOL_MASTER_TRANSITION"}


def test_a_master_power_cut_in_the_first_minutes_loses_what_was_written_since_the_start_xapi_3_4(lab: Lab) -> None:
    _write(lab, "late")
    lab.machine("xen1").reset()
    lab.run(300)
    assert _keys(lab) == set()


def test_in_a_mixed_pool_copies_stay_as_they_were_before_the_upgrade_xapi_3_1(lab: Lab) -> None:
    newer = {**lab.host_row("xen1")["software_version"], "platform_version": "99.0"}
    lab.db.set("host", lab.host("xen1"), software_version=newer)
    before = [lab.machine(name).toolstack.db_copy_at for name in HOSTS[1:]]
    lab.run(601)
    assert "rolling_upgrade_in_progress" in lab.pool_row()["other_config"]
    assert [lab.machine(name).toolstack.db_copy_at for name in HOSTS[1:]] == before


def test_a_master_whose_database_does_not_know_it_is_broken_xapi_1_7(lab: Lab) -> None:
    copy = lab.machine("xen3").toolstack.db_copy
    assert copy is not None
    copy.destroy("host", lab.host("xen3"))
    _ask(lab, "xen3", "pool.emergency_transition_to_master")
    lab.run(60)
    assert lab.start_refusal("xen3") == ["HOST_BROKEN"]
    assert lab.master() == "xen1"


# taking over ------------------------------------------------------------------------------


def test_the_old_master_returns_says_master_for_a_moment_and_follows_observed(lab: Lab) -> None:
    lab.machine("xen1").power_cut()
    _ask(lab, "xen2", "pool.emergency_transition_to_master")
    lab.run(60)
    lab.ask("pool.recover_slaves", on="xen2")
    lab.run(60)
    lab.machine("xen1").boot()
    lab.until(lambda: lab.machine("xen1").answers())
    assert lab.login("xen1")
    lab.run(1.5)
    with pytest.raises(Unreachable):
        lab.login("xen1")
    lab.run(60)
    assert lab.start_refusal("xen1") == ["HOST_IS_SLAVE", "127.0.1.12"]
    assert lab.master() == "xen2"
    assert [lab.live(name) and lab.enabled(name) for name in HOSTS] == [True, True, True]


def test_emergency_transition_on_a_living_master_restarts_it_after_ten_seconds_observed(lab: Lab) -> None:
    _write(lab, "kept")
    assert lab.ask("pool.emergency_transition_to_master") is None
    lab.run(9)
    assert lab.login("xen1")
    lab.run(2)
    with pytest.raises(Unreachable):
        lab.login("xen1")
    lab.run(60)
    assert (lab.master(), _keys(lab)) == ("xen1", {"kept"})


def test_emergency_transition_on_a_live_member_is_undone_by_the_other_master_observed(lab: Lab) -> None:
    _ask(lab, "xen2", "pool.emergency_transition_to_master")
    lab.until(lambda: len(lab.world.pools["pool"].masters()) == 2, 60)
    lab.run(60)
    assert lab.master() == "xen1"
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]


def test_recover_slaves_on_a_live_member_leaves_the_pool_without_a_master_observed(lab: Lab) -> None:
    _write(lab, "of_the_master")
    everybody_else = [lab.host("xen1"), lab.host("xen3")]
    assert _ask(lab, "xen2", "pool.recover_slaves") == everybody_else
    lab.run(9)
    assert lab.master() == "xen1"
    lab.run(60)
    assert lab.master() is None
    assert lab.start_refusal("xen1") == ["HOST_IS_SLAVE", "127.0.1.12"]
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.12"]
    assert _ask(lab, "xen1", "host.is_in_emergency_mode") is False
    answer = lab.start_raw("pool.get_all", _local(lab, "xen1"), on="xen1")
    lab.run(60)
    assert not answer.done


def test_a_pool_of_members_only_is_repaired_with_the_former_masters_database_xapi_3_2(lab: Lab) -> None:
    _write(lab, "of_the_master")
    _ask(lab, "xen2", "pool.recover_slaves")
    lab.run(60)
    _ask(lab, "xen1", "pool.emergency_transition_to_master")
    lab.run(60)
    lab.ask("pool.recover_slaves")
    lab.run(120)
    assert (lab.master(), _keys(lab)) == ("xen1", {"of_the_master"})
    assert [lab.live(name) and lab.enabled(name) for name in HOSTS] == [True, True, True]


def test_emergency_reset_master_points_one_host_elsewhere_after_the_fuse_xapi_3_2(lab: Lab) -> None:
    assert _ask(lab, "xen3", "pool.emergency_reset_master", "xen2") is None
    lab.run(60)
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.12"]
    _ask(lab, "xen3", "pool.emergency_reset_master", "127.0.1.11")
    lab.run(60)
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.11"]
    assert lab.enabled("xen3")


def test_under_ha_nobody_takes_over_by_hand_observed(lab: Lab) -> None:
    lab.enable_ha()
    for host in ("xen1", "xen2"):
        assert _refusal(lab, host, "pool.emergency_transition_to_master") == ["HA_IS_ENABLED"]
        assert _refusal(lab, host, "pool.emergency_reset_master", "127.0.1.13") == ["HA_IS_ENABLED"]
    assert lab.ask("pool.recover_slaves") == []
    assert _ask(lab, "xen2", "pool.recover_slaves") == []


# emergency mode ---------------------------------------------------------------------------


def test_a_host_that_its_pool_forgot_is_in_emergency_mode_with_a_short_list_of_calls_xapi_1_7(lab: Lab) -> None:
    lab.machine("xen3").power_cut()
    lab.ask("VM.power_state_reset", lab.vm("db1"))
    lab.run(700)
    gone = lab.machine("xen3").uuid
    lab.ask("host.destroy", lab.host("xen3"))
    lab.machine("xen3").boot()
    lab.until(lambda: lab.machine("xen3").toolstack.emergency is not None)
    error = ["HOST_UNKNOWN_TO_MASTER", gone]
    assert lab.start_refusal("xen3") == error
    assert _refusal(lab, "xen3", "pool.get_all") == error
    assert _refusal(lab, "xen3", "host.local_assert_healthy") == error
    assert _ask(lab, "xen3", "host.is_in_emergency_mode") is True
    before = lab.machine("xen3").toolstack.process
    lab.run(200)
    assert lab.machine("xen3").toolstack.process > before


def test_a_host_that_follows_itself_is_in_emergency_mode_xapi_1_7(lab: Lab) -> None:
    _ask(lab, "xen3", "pool.emergency_reset_master", "127.0.1.13")
    lab.run(40)
    assert lab.start_refusal("xen3") == ["HOST_ITS_OWN_SLAVE"]


def test_a_member_of_an_old_product_that_restarts_without_a_master_is_in_emergency_mode_xapi_1_7() -> None:
    lab = Lab(product="xcp-ng-8.2")
    lab.machine("xen1").power_cut()
    lab.machine("xen3").toolstack.restart()
    lab.run(60)
    code, text = lab.start_refusal("xen3")
    assert (code, "ECONNREFUSED" in text) == ("INTERNAL_ERROR", True)
    assert _ask(lab, "xen3", "host.is_in_emergency_mode") is True
    lab.machine("xen1").boot()
    lab.run(600)
    assert lab.live("xen3")
    assert lab.enabled("xen3")


def test_only_hosts_of_the_pool_propose_a_master_observed(lab: Lab) -> None:
    text = 'Internal API "host.propose_new_master" call attempted with non-pool (external) session'
    assert lab.refusal("host.propose_new_master", "127.0.1.12", False) == ["INTERNAL_ERROR", text]


def test_shutdown_agent_stops_the_toolstack_for_good_xapi_5_5(lab: Lab) -> None:
    _ask(lab, "xen3", "host.shutdown_agent")
    assert (lab.live("xen3"), lab.enabled("xen3")) == (False, False)
    lab.run(600)
    with pytest.raises(Unreachable):
        lab.login("xen3")
    assert lab.runs_on("db1") == ["xen3"]
    lab.machine("xen3").toolstack.start()
    lab.run(60)
    assert lab.live("xen3")
    assert lab.enabled("xen3")
