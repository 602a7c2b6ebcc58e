# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts: disable, evacuate, reboot, death (``xapi.md`` 5; transcripts ``host_*``)."""

from __future__ import annotations

import pytest
from running_world import Lab


def test_disable_is_a_flag_and_changes_what_is_allowed_xapi_5_2(lab: Lab) -> None:
    host = lab.host("xen2")
    lab.ask("host.disable", host)
    lab.ask("host.disable", host)
    assert not lab.enabled("xen2")
    assert {"reboot", "shutdown"} < set(lab.host_row("xen2")["allowed_operations"])
    lab.ask("host.enable", host)
    assert lab.enabled("xen2")
    assert "reboot" not in lab.host_row("xen2")["allowed_operations"]


def test_a_user_disable_survives_a_master_restart_but_not_the_hosts_own_xapi_5_2(lab: Lab) -> None:
    lab.ask("host.disable", lab.host("xen2"))
    lab.ask("host.restart_agent", lab.host("xen2"))
    lab.run(60)
    assert lab.enabled("xen2")


def test_nothing_starts_or_arrives_on_a_disabled_host_xapi_5_2(lab: Lab) -> None:
    xen3 = lab.host("xen3")
    lab.ask("host.disable", xen3)
    assert lab.refusal("VM.start_on", lab.vm("idle1"), xen3, False, True) == ["HOST_DISABLED", xen3]
    assert lab.refusal("VM.pool_migrate", lab.vm("web1"), xen3, {}) == ["HOST_DISABLED", xen3]
    lab.ask("host.disable", lab.host("xen1"))
    lab.ask("host.disable", lab.host("xen2"))
    assert lab.refusal("VM.start", lab.vm("idle1"), False, True) == ["NO_HOSTS_AVAILABLE"]
    assert lab.ask("VM.get_possible_hosts", lab.vm("idle1")) == []


def test_parameters_of_later_releases_are_too_many_for_older_ones_xapi_1_2(lab: Lab) -> None:
    refusal = ["MESSAGE_PARAMETER_COUNT_MISMATCH", "host.disable", "1", "2"]
    assert lab.refusal("host.disable", lab.host("xen2"), True) == refusal
    lab.ask("host.evacuate", lab.host("xen2"), "OpaqueRef:NULL", 1)
    old = Lab(product="xcp-ng-8.2")
    refusal = ["MESSAGE_PARAMETER_COUNT_MISMATCH", "host.evacuate", "1", "2"]
    assert old.refusal("host.evacuate", old.host("xen2"), "OpaqueRef:NULL") == refusal


# evacuation -------------------------------------------------------------------------------


def test_evacuate_moves_every_guest_and_sets_nothing_xapi_5_4(lab: Lab) -> None:
    assert lab.ask("host.get_vms_which_prevent_evacuation", lab.host("xen2")) == {}
    lab.ask("host.evacuate", lab.host("xen2"))
    assert lab.runs_on("web1") in (["xen1"], ["xen3"])
    assert lab.enabled("xen2")
    assert lab.host_row("xen2")["current_operations"] == {}
    assert lab.vm_row("web1")["current_operations"] == {}


def test_without_another_enabled_host_nothing_can_be_evacuated_observed(lab: Lab) -> None:
    for name in ("xen1", "xen3"):
        lab.ask("host.disable", lab.host(name))
    web1, host = lab.vm("web1"), lab.host("xen2")
    reason = ["NO_HOSTS_AVAILABLE", web1]
    assert lab.ask("host.get_vms_which_prevent_evacuation", host) == {web1: reason}
    assert lab.refusal("host.assert_can_evacuate", host) == ["CANNOT_EVACUATE_HOST", f"NO_HOSTS_AVAILABLE,{web1}"]
    assert lab.refusal("host.evacuate", host) == reason


def test_one_host_without_the_storage_blocks_the_whole_plan_observed(lab: Lab) -> None:
    lab.ask("PBD.unplug", lab.pbd("xen1", "nfs1"))
    web1, nfs, host = lab.vm("web1"), lab.ref("SR", "nfs1"), lab.host("xen2")
    assert lab.refusal("host.evacuate", host) == ["VM_REQUIRES_SR", web1, nfs]
    lab.ask("host.disable", lab.host("xen1"))
    assert lab.ask("host.get_vms_which_prevent_evacuation", host) == {}


def test_a_blocked_operation_blocks_the_plan_observed(lab: Lab) -> None:
    web1, host = lab.vm("web1"), lab.host("xen2")
    lab.ask("VM.add_to_blocked_operations", web1, "pool_migrate", "not now")
    assert lab.refusal("host.evacuate", host) == ["OPERATION_BLOCKED", web1, "not now"]
    assert lab.runs_on("web1") == ["xen2"]


def test_a_plan_without_room_moves_nothing_and_names_the_vm_observed() -> None:
    guests = [{"name": f"full{n}", "memory_gib": 12, "on": [f"xen{n}"]} for n in (1, 3)]
    lab = Lab(vms=[*guests, {"name": "big", "memory_gib": 6, "on": ["xen2"]}, {"name": "small", "on": ["xen2"]}])
    assert lab.refusal("host.evacuate", lab.host("xen2")) == ["HOST_NOT_ENOUGH_FREE_MEMORY", lab.vm("big")]
    lab.run(60)
    assert lab.runs_on("small") == ["xen2"]


@pytest.mark.parametrize(
    ("product", "code"), [("xcp-ng-8.3", "HOST_NOT_ENOUGH_FREE_MEMORY"), ("xcp-ng-8.2", "HOST_NOT_ENOUGH_FREE_MEMORY")]
)
def test_with_ha_on_unprotected_guests_prevent_evacuation_xapi_5_4(product: str, code: str) -> None:
    lab = Lab(product=product)
    lab.enable_ha()
    web1 = lab.vm("web1")
    assert lab.refusal("host.evacuate", lab.host("xen2")) == [code, web1]
    lab.ask("VM.set_ha_restart_priority", web1, "best-effort")
    assert lab.refusal("host.evacuate", lab.host("xen2")) == [code, web1]
    lab.ask("VM.set_ha_restart_priority", web1, "restart")
    lab.ask("host.evacuate", lab.host("xen2"))
    assert lab.runs_on("web1") != ["xen2"]


def test_an_evacuation_keeps_new_guests_away_xapi_5_4(lab: Lab) -> None:
    evacuating = lab.start("host.evacuate", lab.host("xen2"))
    code, cls, host, operation, _task = lab.refusal("VM.pool_migrate", lab.vm("db1"), lab.host("xen2"), {})
    assert (code, cls, host, operation) == ("OTHER_OPERATION_IN_PROGRESS", "host", lab.host("xen2"), "evacuate")
    lab.wait(evacuating)


# reboot -----------------------------------------------------------------------------------


def test_reboot_wants_a_disabled_host_and_returns_at_once_xapi_5_5(lab: Lab) -> None:
    host = lab.host("xen3")
    assert lab.refusal("host.reboot", host) == ["HOST_NOT_DISABLED"]
    before = dict(lab.host_row("xen3")["other_config"])
    lab.ask("host.disable", host)
    lab.ask("host.reboot", host)
    assert lab.machine("xen3").power == "on"
    assert list(lab.host_row("xen3")["current_operations"].values()) == ["shutdown"]
    assert lab.refusal("host.reboot", host)[:2] == ["OTHER_OPERATION_IN_PROGRESS", "host"]
    lab.run(60)
    assert not lab.live("xen3")
    lab.run(340)
    after = lab.host_row("xen3")["other_config"]
    assert lab.live("xen3")
    assert lab.enabled("xen3")
    assert after["boot_time"] != before["boot_time"]
    assert after["agent_start_time"] != before["agent_start_time"]
    assert lab.world.book.hosts["xen3"].boots == 1


def test_reboot_evacuates_guests_that_can_go_with_ha_off_xapi_5_5(lab: Lab) -> None:
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.reboot", lab.host("xen3"))
    lab.run(60)
    assert lab.runs_on("db1") in (["xen1"], ["xen2"])
    assert lab.world.book.totals()["stopped"] == 0


def test_with_ha_on_reboot_powers_off_every_unprotected_guest_xapi_5_5(lab: Lab) -> None:
    lab.enable_ha()
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.reboot", lab.host("xen3"))
    lab.run(400)
    assert lab.runs_on("db1") == []
    assert lab.vm_row("db1")["power_state"] == "Halted"
    assert lab.world.book.totals() | {"stopped": 1, "lost": 0} == lab.world.book.totals()


def test_a_deaf_guest_delays_the_shutdown_by_a_minute_and_is_then_killed_xapi_5_5(lab: Lab) -> None:
    lab.enable_ha()
    next(iter(lab.machine("xen3").domains.values())).ignores_shutdown = True
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.shutdown", lab.host("xen3"))
    lab.run(65)
    assert lab.runs_on("db1") == ["xen3"]
    lab.run(10)
    assert lab.runs_on("db1") == []
    lab.run(60)
    assert lab.machine("xen3").power == "off"


def test_a_machine_that_never_boots_stays_dark(lab: Lab) -> None:
    lab.machine("xen3").never_boots = True
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.reboot", lab.host("xen3"))
    lab.run(3600)
    assert lab.machine("xen3").power == "off"


def test_power_on_wants_a_dead_host_and_a_mode_xapi_5_5(lab: Lab) -> None:
    host = lab.host("xen3")
    assert lab.refusal("host.power_on", host) == ["HOST_IS_LIVE", host]
    lab.ask("host.disable", host)
    lab.ask("host.shutdown", host)
    lab.run(120)
    assert lab.refusal("host.power_on", host) == ["HOST_POWER_ON_MODE_DISABLED"]
    lab.ask("host.set_power_on_mode", host, "IPMI", {})
    lab.ask("host.power_on", host)
    lab.run(300)
    assert lab.live("xen3")


# death ------------------------------------------------------------------------------------


def test_a_crashed_host_looks_live_for_ten_minutes_without_ha_xapi_5_1(lab: Lab) -> None:
    lab.machine("xen3").power_cut()
    lab.run(590)
    assert lab.live("xen3")
    assert lab.refusal("host.disable", lab.host("xen3")) == ["CANNOT_CONTACT_HOST", lab.host("xen3")]
    lab.run(60)
    assert (lab.live("xen3"), lab.enabled("xen3")) == (False, True)
    assert lab.vm_row("db1")["power_state"] == "Running"
    assert lab.refusal("host.disable", lab.host("xen3")) == ["HOST_OFFLINE", lab.host("xen3")]


def test_a_dead_host_can_be_declared_dead_and_forgotten_xapi_4_3(lab: Lab) -> None:
    host = lab.host("xen3")
    assert lab.refusal("host.declare_dead", host) == ["HOST_IS_LIVE", host]
    lab.machine("xen3").power_cut()
    lab.run(700)
    assert lab.refusal("host.destroy", host) == ["HOST_HAS_RESIDENT_VMS", host]
    lab.ask("host.declare_dead", host)
    assert lab.vm_row("db1")["power_state"] == "Halted"
    lab.ask("host.destroy", host)
    assert lab.refusal("host.get_record", host) == ["HANDLE_INVALID", "host", host]
    assert lab.ask("VM.start", lab.vm("db1"), False, True) is None
    assert lab.world.book.totals()["twice"] == 0


def test_a_crashed_host_that_returns_says_what_it_does_not_run_xapi_3_2(lab: Lab) -> None:
    lab.machine("xen3").reset()
    lab.run(400)
    assert lab.vm_row("db1")["power_state"] == "Halted"
    assert lab.enabled("xen3")


def test_free_memory_is_the_observed_number_of_bytes_xapi_7_2() -> None:
    lab = Lab(vms=[])
    assert lab.ask("host.compute_free_memory", lab.host("xen2")) == 13389266944 + 2167406592
