# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The master role on the move, and a pool whose master is away (``xapi.md`` 3; ``master_*``, ``emergency_*``)."""

from __future__ import annotations

import pytest
from running_world import PASSWORD, Lab

from xencloud_lab.xapi.errors import Unreachable, XapiError

MEMBERS = ("xen2", "xen3")


def test_designate_answers_at_once_and_nothing_moves_before_the_fuse_has_burnt_xapi_3_1(lab: Lab) -> None:
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.run(9)
    assert lab.master() == "xen1"
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    lab.run(2)
    assert lab.master() is None
    for host in ("xen1", *MEMBERS):
        with pytest.raises(Unreachable):
            lab.login(host)
    lab.run(30)
    assert lab.master() == "xen2"
    assert lab.start_refusal("xen1") == ["HOST_IS_SLAVE", "127.0.1.12"]
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.12"]


def test_writes_after_designate_are_lost_xapi_3_1(lab: Lab) -> None:
    pool = lab.pool_ref()
    lab.ask("pool.add_to_other_config", pool, "before", "1")
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.ask("pool.add_to_other_config", pool, "after_0s", "1")
    lab.run(8)
    lab.ask("pool.add_to_other_config", pool, "after_8s", "1")
    lab.run(60)
    assert {key for key in lab.pool_row()["other_config"] if "_" in key or key == "before"} == {"before"}


def test_a_refused_second_designate_pushes_the_database_again_observed(lab: Lab) -> None:
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.ask("pool.add_to_other_config", lab.pool_ref(), "written_after", "1")
    lab.refusal("pool.designate_new_master", lab.host("xen3"))
    lab.run(60)
    assert lab.master() == "xen2"
    assert "written_after" in lab.pool_row()["other_config"]


def test_all_hosts_are_disabled_until_they_enable_themselves_and_a_user_disable_is_forgotten_xapi_3_1(lab: Lab) -> None:
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.run(34)
    assert [lab.enabled(name) for name in ("xen1", *MEMBERS)] == [False, False, False]
    lab.run(60)
    assert [lab.enabled(name) for name in ("xen1", *MEMBERS)] == [True, True, True]


def test_sessions_and_tasks_do_not_survive_the_switch_xapi_3_1(lab: Lab) -> None:
    session = lab.login()
    task = lab.ask("task.create", "mine", "d")
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.run(60)
    with pytest.raises(XapiError) as caught:
        lab.wait(lab.start_raw("pool.get_all", session, on="xen2"))
    assert caught.value.description == ["SESSION_INVALID", session]
    assert lab.refusal("task.get_record", task, on="xen2") == ["HANDLE_INVALID", "task", task]
    assert {m["name"] for m in lab.db.rows("message").values()} == {"POOL_MASTER_TRANSITION"}


def test_guests_do_not_notice_a_master_switch(lab: Lab) -> None:
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.run(120)
    assert (lab.runs_on("web1"), lab.runs_on("db1")) == (["xen2"], ["xen3"])
    assert lab.vm_row("web1")["power_state"] == "Running"
    assert lab.world.book.totals()["lost"] == 0


def test_a_second_designate_right_behind_is_refused_xapi_3_1(lab: Lab) -> None:
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    code, text = lab.refusal("pool.designate_new_master", lab.host("xen3"))
    assert code == "HA_ABORT_NEW_MASTER"
    assert "127.0.1.12" in text


def test_designate_refusals_observed(lab: Lab) -> None:
    assert lab.ask("pool.designate_new_master", lab.host("xen1")) is None
    assert lab.refusal("pool.designate_new_master", "OpaqueRef:nope") == ["HANDLE_INVALID", "host", "OpaqueRef:nope"]
    lab.machine("xen3").power_cut()
    assert lab.refusal("pool.designate_new_master", lab.host("xen2")) == ["CANNOT_CONTACT_HOST", lab.host("xen3")]
    lab.run(700)
    dead = ["HOST_OFFLINE", lab.host("xen3")]
    assert lab.refusal("pool.designate_new_master", lab.host("xen3")) == dead
    assert lab.refusal("pool.designate_new_master", lab.host("xen2")) == dead
    assert lab.refusal("pool.sync_database") == dead
    lab.run(60)
    assert lab.master() == "xen1"


def test_without_ha_members_keep_naming_the_dead_master_and_database_calls_hang_observed(lab: Lab) -> None:
    lab.machine("xen1").power_cut()
    lab.run(3600)
    assert lab.master() is None
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    local = lab.wait(lab.start_raw("session.slave_local_login_with_password", "root", PASSWORD, on="xen2"))
    answer = lab.start_raw("pool.get_all", local, on="xen2")
    lab.run(60)
    assert not answer.done


def test_a_member_that_restarts_without_a_master_still_says_host_is_slave_observed(lab: Lab) -> None:
    lab.machine("xen1").power_cut()
    lab.machine("xen3").toolstack.restart()
    lab.run(120)
    assert lab.start_refusal("xen3") == ["HOST_IS_SLAVE", "127.0.1.11"]


def test_a_power_cut_of_the_master_without_ha_loses_writes_since_the_last_flush_xapi_3_4(lab: Lab) -> None:
    lab.ask("pool.add_to_other_config", lab.pool_ref(), "early", "1")
    lab.run(301)
    lab.ask("pool.add_to_other_config", lab.pool_ref(), "late", "1")
    lab.machine("xen1").reset()
    lab.run(300)
    keys = lab.pool_row()["other_config"]
    assert ("early" in keys, "late" in keys) == (True, False)


def test_a_clean_restart_of_the_master_loses_nothing_and_members_enable_themselves_again_xapi_5_5(lab: Lab) -> None:
    lab.ask("pool.add_to_other_config", lab.pool_ref(), "late", "1")
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.restart_agent", lab.host("xen1"))
    lab.run(22)
    assert lab.pool_row()["other_config"]["late"] == "1"
    assert [lab.enabled(name) for name in ("xen1", *MEMBERS)] == [False, False, False]
    lab.run(30)
    assert [lab.enabled(name) for name in ("xen1", *MEMBERS)] == [True, True, False]


def test_rebooting_the_master_leaves_the_pool_dead_until_it_is_back_xapi_5_5(lab: Lab) -> None:
    lab.ask("host.disable", lab.host("xen1"))
    lab.ask("host.reboot", lab.host("xen1"))
    lab.run(60)
    assert lab.master() is None
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    lab.run(300)
    assert lab.master() == "xen1"
    assert [lab.enabled(name) for name in ("xen1", *MEMBERS)] == [True, True, True]
    assert lab.runs_on("web1") == ["xen2"]


def test_the_book_sees_every_change_of_master(lab: Lab) -> None:
    lab.ask("pool.designate_new_master", lab.host("xen2"))
    lab.run(60)
    page = lab.world.book.pools["pool"]
    assert [names for _, names in page.masters] == [["xen1"], [], ["xen2"]]
    assert page.most_masters == 1
