# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pool HA: enabling, disabling, figures, failures (``xapi.md`` 2; transcripts ``ha_*``)."""

from __future__ import annotations

import pytest
from running_world import Lab

from xencloud_lab.xapi.errors import Unreachable

BREAKS = ["HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN"]
HOSTS = ("xen1", "xen2", "xen3")


def _guest(name: str, host: str, memory_gib: float, priority: str = "") -> dict[str, object]:
    return {"name": name, "on": [host], "memory_gib": memory_gib, "priority": priority}


# enabling ---------------------------------------------------------------------------------


def test_enable_takes_its_time_and_every_host_sees_the_statefile_xapi_2_2(lab: Lab) -> None:
    before = lab.world.timeline.now
    lab.enable_ha("120")
    row = lab.pool_row()
    assert (row["ha_enabled"], row["ha_configuration"]) == (True, {"timeout": "120"})
    assert 20 < lab.world.timeline.now - before < 60
    assert all(lab.host_row(name)["ha_statefiles"] == row["ha_statefiles"] for name in HOSTS)
    assert lab.world.book.pools["pool"].ha_on


def test_only_the_first_heartbeat_sr_counts_and_pbds_decide_xapi_2_2(lab: Lab) -> None:
    local, nfs = lab.ref("SR", "local-xen1"), lab.ref("SR", "nfs1")
    assert lab.refusal("pool.enable_ha", [local, nfs], {}) == ["SR_HAS_NO_PBDS", local]
    assert lab.refusal("pool.enable_ha", ["OpaqueRef:nope"], {}) == ["HANDLE_INVALID", "SR", "OpaqueRef:nope"]
    iso = lab.ref("SR", "iso1")
    assert lab.refusal("pool.enable_ha", [iso], {}) == ["SR_OPERATION_NOT_SUPPORTED", iso]
    lab.ask("host.disable", lab.host("xen2"))
    lab.enable_ha()
    assert lab.pool_row()["ha_enabled"]


def test_enable_without_an_sr_that_will_do_cannot_create_a_statefile_xapi_2_2(lab: Lab) -> None:
    lab.ask("VM.hard_shutdown", lab.vm("db1"))
    lab.ask("PBD.unplug", lab.pbd("xen3", "nfs1"))
    nfs = lab.ref("SR", "nfs1")
    assert lab.refusal("pool.enable_ha", [nfs], {}) == ["SR_HAS_NO_PBDS", nfs]
    assert lab.refusal("pool.enable_ha", [], {}) == ["CANNOT_CREATE_STATE_FILE"]


@pytest.mark.parametrize(
    ("timeout", "text"),
    [
        ("abc", 'Failure("int_of_string")'),
        ("60.5", 'Failure("int_of_string")'),
        ("", 'Failure("int_of_string")'),
        ("9", 'Failure("constraint violation: timeout >= 10")'),
        ("-5", 'Failure("constraint violation: timeout >= 10")'),
    ],
)
def test_a_bad_timeout_fails_late_and_leaves_its_configuration_xapi_2_2(lab: Lab, timeout: str, text: str) -> None:
    nfs = lab.ref("SR", "nfs1")
    assert lab.refusal("pool.enable_ha", [nfs], {"timeout": timeout}) == ["INTERNAL_ERROR", text]
    row = lab.pool_row()
    assert (row["ha_enabled"], row["ha_configuration"]) == (False, {"timeout": timeout})
    assert row["ha_statefiles"]
    assert row["current_operations"] == {}


def test_disable_keeps_configuration_statefile_and_n_xapi_2_7(lab: Lab) -> None:
    lab.enable_ha("180")
    lab.ask("pool.set_ha_host_failures_to_tolerate", lab.pool_ref(), 1)
    statefiles = lab.pool_row()["ha_statefiles"]
    lab.ask("pool.disable_ha")
    row = lab.pool_row()
    assert (row["ha_enabled"], row["ha_plan_exists_for"]) == (False, 0)
    assert row["ha_configuration"] == {"timeout": "180"}
    assert (row["ha_statefiles"], row["ha_host_failures_to_tolerate"]) == (statefiles, 1)
    assert lab.refusal("pool.disable_ha") == ["HA_NOT_ENABLED"]
    lab.enable_ha("180")
    assert lab.refusal("pool.enable_ha", [], {}) == ["HA_IS_ENABLED"]


def test_a_pool_operation_in_progress_refuses_the_next_xapi_2_2(lab: Lab) -> None:
    enabling = lab.start("pool.enable_ha", [lab.ref("SR", "nfs1")], {})
    assert lab.pool_row()["allowed_operations"] == []
    assert lab.refusal("pool.enable_ha", [], {}) == ["HA_ENABLE_IN_PROGRESS"]
    assert lab.refusal("pool.designate_new_master", lab.host("xen2")) == ["HA_ENABLE_IN_PROGRESS"]
    assert lab.refusal("pool.disable_ha") == ["HA_ENABLE_IN_PROGRESS"]
    lab.ask("host.disable", lab.host("xen3"))
    lab.wait(enabling)
    assert lab.pool_row()["current_operations"] == {}


def test_enable_with_a_dead_host_is_refused_and_with_a_silent_one_never_returns_observed(lab: Lab) -> None:
    lab.machine("xen3").power_cut()
    enabling = lab.start("pool.enable_ha", [lab.ref("SR", "nfs1")], {})
    lab.run(1800)
    assert not enabling.done
    assert not lab.live("xen3")
    assert lab.refusal("pool.designate_new_master", lab.host("xen2")) == ["HA_ENABLE_IN_PROGRESS"]
    lab.machine("xen3").boot()
    lab.run(600)
    assert enabling.error is not None
    row = lab.pool_row()
    assert (row["ha_enabled"], row["ha_configuration"], row["current_operations"]) == (False, {}, {})
    lab.machine("xen3").power_cut()
    lab.run(700)
    assert lab.refusal("pool.enable_ha", [lab.ref("SR", "nfs1")], {}) == ["HOST_OFFLINE", lab.host("xen3")]


def test_an_estate_may_begin_with_ha_on() -> None:
    lab = Lab(ha={"enabled": True, "timeout": 180, "heartbeat_sr": "nfs1", "host_failures_to_tolerate": 1})
    row = lab.pool_row()
    assert (row["ha_enabled"], row["ha_configuration"], row["ha_plan_exists_for"]) == (True, {"timeout": "180"}, 1)
    lab.machine("xen3").power_cut()
    lab.run(300)
    assert not lab.live("xen3")


# figures ----------------------------------------------------------------------------------


def test_without_guests_n_may_equal_the_number_of_hosts_observed() -> None:
    lab = Lab(vms=[])
    pool = lab.pool_ref()
    assert lab.refusal("pool.set_ha_host_failures_to_tolerate", pool, -1)[0] == "INVALID_VALUE"
    lab.ask("pool.set_ha_host_failures_to_tolerate", pool, 100)
    lab.ask("pool.set_ha_host_failures_to_tolerate", pool, 1)
    lab.enable_ha()
    assert lab.ask("pool.ha_compute_max_host_failures_to_tolerate") == 3
    lab.ask("pool.set_ha_host_failures_to_tolerate", pool, 3)
    assert lab.refusal("pool.set_ha_host_failures_to_tolerate", pool, 4) == BREAKS


def test_with_n_of_one_the_last_enabled_host_cannot_be_disabled_observed() -> None:
    lab = Lab(vms=[])
    lab.enable_ha()
    lab.ask("pool.set_ha_host_failures_to_tolerate", lab.pool_ref(), 1)
    lab.ask("host.disable", lab.host("xen2"))
    lab.ask("host.disable", lab.host("xen3"))
    assert lab.refusal("host.disable", lab.host("xen1")) == BREAKS


@pytest.fixture
def tight() -> Lab:
    """A protected 6 GiB guest on each host, 2 and 4 GiB unprotected beside them."""
    guests = [_guest(f"p{n}", f"xen{n}", 6, "restart") for n in (1, 2, 3)]
    guests += [_guest("web1", "xen2", 2), _guest("db1", "xen3", 4), {"name": "u6", "memory_gib": 6, "power": "halted"}]
    lab = Lab(vms=guests)
    lab.enable_ha()
    return lab


def test_the_plan_of_a_tight_pool_holds_for_one_failure_observed(tight: Lab) -> None:
    assert [tight.ask("pool.ha_failover_plan_exists", n) for n in (0, 1, 2, 3)] == [True, True, False, False]
    assert tight.ask("pool.ha_compute_max_host_failures_to_tolerate") == 1
    tight.ask("pool.set_ha_host_failures_to_tolerate", tight.pool_ref(), 1)
    assert tight.pool_row()["ha_plan_exists_for"] == 1
    assert tight.refusal("pool.set_ha_host_failures_to_tolerate", tight.pool_ref(), 2) == BREAKS


def test_what_breaks_the_plan_is_refused_observed(tight: Lab) -> None:
    tight.ask("pool.set_ha_host_failures_to_tolerate", tight.pool_ref(), 1)
    for name in HOSTS:
        assert tight.refusal("host.disable", tight.host(name)) == BREAKS
    assert tight.refusal("VM.start_on", tight.vm("u6"), tight.host("xen1"), False, True) == BREAKS
    assert tight.refusal("VM.start", tight.vm("u6"), False, True) == BREAKS
    tight.ask("pool.set_ha_allow_overcommit", tight.pool_ref(), True)
    tight.ask("pool.set_ha_host_failures_to_tolerate", tight.pool_ref(), 2)
    row = tight.pool_row()
    assert (row["ha_plan_exists_for"], row["ha_overcommitted"]) == (1, True)
    tight.ask("host.disable", tight.host("xen3"))


def test_the_failover_plan_names_a_host_or_the_reason_observed(tight: Lab) -> None:
    hosts = [tight.host("xen2"), tight.host("xen3")]
    vms = [tight.vm("p2"), tight.vm("p3")]
    plan = tight.ask("pool.ha_compute_vm_failover_plan", hosts, vms)
    assert sorted(map(str, plan.values())) == [
        str({"error_code": "HOST_NOT_ENOUGH_FREE_MEMORY"}),
        str({"host": tight.host("xen1")}),
    ]


# failures ---------------------------------------------------------------------------------


@pytest.fixture
def failing() -> Lab:
    """HA with T = 60: a protected, a best-effort and an unprotected guest on xen3."""
    guests = [
        _guest("prot", "xen3", 1, "restart"),
        _guest("best", "xen3", 1, "best-effort"),
        _guest("plain", "xen3", 1),
    ]
    guests.append(_guest("onmaster", "xen1", 1))
    lab = Lab(vms=guests)
    lab.enable_ha("60")
    return lab


def test_a_dead_members_guests_are_restarted_or_halted_xapi_2_5(failing: Lab) -> None:
    failing.machine("xen3").power_cut()
    failing.run(60)
    assert failing.live("xen3")
    failing.run(60)
    assert (failing.live("xen3"), failing.enabled("xen3")) == (False, True)
    states = {name: failing.vm_row(name)["power_state"] for name in ("prot", "best", "plain")}
    assert states == {"prot": "Running", "best": "Running", "plain": "Halted"}
    assert failing.runs_on("prot")
    assert failing.world.book.totals()["lost"] == 3
    assert {m["name"] for m in failing.db.rows("message").values()} >= {"HA_HOST_FAILED", "VM_STARTED"}


def test_a_dead_master_is_replaced_and_no_write_is_lost_xapi_3_3(failing: Lab) -> None:
    failing.ask("pool.add_to_other_config", failing.pool_ref(), "late", "1")
    failing.machine("xen1").power_cut()
    failing.run(30)
    assert failing.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    failing.run(150)
    new = failing.master()
    assert new in ("xen2", "xen3")
    failing.run(60)
    assert failing.pool_row()["other_config"]["late"] == "1"
    assert (failing.live("xen1"), failing.enabled("xen1")) == (False, False)
    assert all(failing.enabled(name) for name in ("xen2", "xen3"))
    other = "xen3" if new == "xen2" else "xen2"
    assert failing.start_refusal(other) == ["HOST_IS_SLAVE", failing.machine(str(new)).address]
    assert failing.world.book.pools["pool"].most_masters == 1


def test_the_old_master_returns_as_a_member_xapi_2_9(failing: Lab) -> None:
    failing.machine("xen1").reset()
    failing.run(600)
    assert failing.master() != "xen1"
    assert failing.live("xen1")
    assert failing.enabled("xen1")
    assert failing.start_refusal("xen1") == ["HOST_IS_SLAVE", failing.machine(str(failing.master())).address]


def test_a_clean_reboot_excludes_the_host_without_fencing_delay_xapi_2_9(lab: Lab) -> None:
    lab.enable_ha("180")
    lab.ask("VM.pool_migrate", lab.vm("db1"), lab.host("xen2"), {"live": "true"})
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.reboot", lab.host("xen3"))
    lab.run(60)
    assert not lab.live("xen3")
    assert lab.world.pools["pool"].xhad.excluded == {"xen3"}
    lab.run(400)
    assert lab.live("xen3")
    assert lab.enabled("xen3")
    assert lab.world.book.totals()["stopped"] == 0


def test_while_ha_is_on_nobody_is_designated_or_destroyed_xapi_2_11(lab: Lab) -> None:
    lab.enable_ha()
    assert lab.refusal("pool.designate_new_master", lab.host("xen2")) == ["HA_IS_ENABLED"]
    assert lab.ask("pool.designate_new_master", lab.host("xen1")) is None
    assert lab.refusal("PBD.unplug", lab.pbd("xen2", "nfs1")) == ["HA_IS_ENABLED"]
    assert lab.refusal("host.destroy", lab.host("xen2")) == ["HOST_IS_LIVE", lab.host("xen2")]
    assert "designate_new_master" in lab.pool_row()["allowed_operations"]


def test_an_unreachable_host_that_returns_after_disable_ha_disarms_xapi_2_7(failing: Lab) -> None:
    failing.machine("xen3").power_cut()
    failing.run(200)
    failing.ask("pool.disable_ha")
    assert failing.machine("xen3").toolstack.ha_armed
    failing.machine("xen3").boot()
    failing.run(400)
    assert not failing.machine("xen3").toolstack.ha_armed
    assert failing.enabled("xen3")


def test_a_powered_off_host_does_not_answer() -> None:
    lab = Lab()
    lab.machine("xen3").power_cut()
    with pytest.raises(Unreachable):
        lab.start_raw("session.login_with_password", "root", "x", on="xen3")


def test_a_clean_reboot_of_the_master_hands_the_role_over_without_fencing_delay_xapi_2_9(lab: Lab) -> None:
    lab.enable_ha("180")
    lab.ask("host.disable", lab.host("xen1"))
    lab.ask("host.reboot", lab.host("xen1"))
    lab.run(100)
    assert lab.master() in ("xen2", "xen3")
    lab.run(400)
    assert lab.start_refusal("xen1") == ["HOST_IS_SLAVE", lab.machine(str(lab.master())).address]
    assert all(lab.live(name) and lab.enabled(name) for name in HOSTS)
    assert lab.pool_row()["ha_enabled"]


def test_a_restart_of_the_masters_toolstack_under_ha_leaves_it_master_xapi_2_4(lab: Lab) -> None:
    lab.enable_ha("60")
    lab.ask("host.restart_agent", lab.host("xen1"))
    lab.run(120)
    assert lab.master() == "xen1"
    assert all(lab.live(name) and lab.enabled(name) for name in HOSTS)


def test_a_new_master_waits_for_every_live_host_before_it_restarts_guests_xapi_2_5(failing: Lab) -> None:
    failing.ask("pool.ha_prevent_restarts_for", 400)
    failing.machine("xen3").power_cut()
    failing.run(390)
    assert failing.vm_row("prot")["power_state"] == "Running"
    assert failing.runs_on("prot") == []
    failing.run(60)
    assert failing.runs_on("prot")


# fencing ----------------------------------------------------------------------------------


def _cut_storage(lab: Lab, *hosts: str) -> None:
    next(s for s in lab.world.storage.values() if s.name == "nfs1").cut.update(hosts)


def _fenced(lab: Lab) -> list[str]:
    return [entry.subject for entry in lab.world.book.log if entry.kind == "fenced"]


def test_a_host_that_loses_the_statefile_alone_resets_itself_xapi_2_4(failing: Lab) -> None:
    _cut_storage(failing, "xen3")
    failing.run(50)
    assert _fenced(failing) == []
    failing.run(100)
    assert _fenced(failing) == ["xen3"]
    assert failing.runs_on("prot") in (["xen1"], ["xen2"])
    failing.run(300)
    failing.until(lambda: failing.machine("xen3").toolstack.emergency is not None)
    assert failing.start_refusal("xen3") == ["HA_HOST_CANNOT_ACCESS_STATEFILE"]


def test_when_all_lose_the_statefile_and_hear_each_other_all_stay_xapi_2_4(failing: Lab) -> None:
    _cut_storage(failing, *HOSTS)
    failing.run(600)
    assert _fenced(failing) == []


def test_a_storage_outage_with_a_host_missing_fences_all_survivors_xapi_2_4(failing: Lab) -> None:
    _cut_storage(failing, *HOSTS)
    failing.machine("xen3").connected = False
    failing.run(200)
    assert sorted(_fenced(failing)) == ["xen1", "xen2", "xen3"]


def test_a_host_cut_off_the_network_resets_itself_xapi_2_4(failing: Lab) -> None:
    failing.machine("xen3").connected = False
    failing.run(150)
    assert _fenced(failing) == ["xen3"]
    assert failing.world.book.totals()["twice"] == 0


def test_in_a_pool_of_two_the_lower_uuid_survives_a_network_cut_xapi_2_4() -> None:
    hosts = [{"name": n, "address": f"127.0.1.1{i}", "memory_gib": 16} for i, n in enumerate(("xen1", "xen2"), 1)]
    lab = Lab(hosts=hosts, vms=[])
    lab.enable_ha()
    machines = [lab.machine("xen1"), lab.machine("xen2")]
    for machine in machines:
        machine.connected = False
    lab.run(150)
    assert _fenced(lab) == [max(machines, key=lambda m: m.uuid).name]
