# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""recover_host: each state is made by faults, named by the diagnosis, and repaired or refused with the reason."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from support import by_hand, promises
from support.lab import Lab
from support.player import Played, Player

Json = dict[str, t.Any]

POOL = "pool-a"
# A cable that stays out is not waited for in these tests.
IMPATIENT: Json = {"recover_host_wait_timeout": 3, "recover_host_quiet_time": 1}
# The lab's toolstacks restart within a moment of ours.
QUICK: Json = {"recover_host_quiet_time": 2, "recover_host_wait_timeout": 60, "recover_host_boot_timeout": 60}


@pytest.fixture
def lab(start_lab: t.Callable[..., Lab]) -> Lab:
    """Three hosts with HA on."""
    return start_lab("recovery.yml")


def recover(player: Player, lab: Lab, host: str, *arguments: str, **variables: t.Any) -> Played:
    """Play the role."""
    return player.play(lab, "recover_host", *arguments, recover_host_host=host, **variables)


def codes(player: Player, lab: Lab, host: str) -> list[str]:
    """What the diagnosis names."""
    task = {"xencloud.maintenance.host_diagnosis": {"host": host, "quiet_time": 2.0}}
    return [rung["code"] for rung in player.results(lab, task)["ladder"]]


def restored(lab: Lab, host: str) -> None:
    """Both captains use the host."""
    state = lab.state()
    assert state["pools"][POOL]["hosts"][host] == {"enabled": True, "live": True}
    seen = state["cloudstack"]["hosts"][host]
    assert (seen["state"], seen["resource_state"]) == ("Up", "Enabled")


def untouched(lab: Lab, before: Json) -> None:
    """The role has moved, stopped and started nothing."""
    assert lab.book()["totals"] == before


def repaired(player: Player, lab: Lab, host: str, **variables: t.Any) -> None:
    """Check mode changes nothing, the role repairs, and a second run finds nothing to do."""
    state = lab.state()["pools"]
    check = recover(player, lab, host, "--check", **QUICK, **variables)
    assert (check.rc, check.changed) == (0, 0), check.output
    assert lab.state()["pools"] == state
    played = recover(player, lab, host, **QUICK, **variables)
    assert played.rc == 0, played.output
    assert played.changed > 0
    restored(lab, host)
    again = recover(player, lab, host, **QUICK)
    assert (again.rc, again.changed) == (0, 0), again.output


def reports(player: Player) -> list[Json]:
    """What the runs told."""
    return [json.loads(path.read_text()) for path in (player.folder / "reports").glob("*.json")]


def switchable(lab: Lab, host: str) -> None:
    """Give the pool a way to the host's power."""
    xapi = by_hand.xapi(lab)
    xapi.host.set_power_on_mode(xapi.host.get_by_name_label(host)[0], "wake-on-lan", {})


def ha_off(lab: Lab) -> None:
    """A pool without HA, as it is after an upgrade."""
    by_hand.xapi(lab).pool.disable_ha()
    by_hand.time_passes(lab, 60)


# the stories -----------------------------------------------------------------------------------


def test_s7_a_crashed_host_comes_back_disabled_and_cloudstack_does_not_use_it(lab: Lab, player: Player) -> None:
    """Its second SR was away while it booted: armed HA leaves such a host disabled (xapi.md 5.6)."""
    lab.fault("storage_cut", host="xen03", sr="nfs-data")
    lab.fault("reset", host="xen03")
    by_hand.time_passes(lab, 900)
    lab.fault("storage_back", host="xen03", sr="nfs-data")
    by_hand.time_passes(lab, 600)
    state = lab.state()
    assert state["pools"][POOL]["hosts"]["xen03"] == {"enabled": False, "live": True}
    assert state["cloudstack"]["hosts"]["xen03"]["state"] != "Up"
    totals = lab.book()["totals"]

    assert codes(player, lab, "xen03") == ["plug_storage", "enable", "cloudstack_connection"]
    repaired(player, lab, "xen03", recover_host_report_dir="reports")
    untouched(lab, totals)
    (told,) = reports(player)
    assert (told["operation"], told["outcome"], told["left"]) == ("recover_host", "done", [])
    assert told["asked"]["host"] == "xen03"
    climbed = [step["text"].partition(" climbed, because ")[0] for step in told["steps"]]
    # CloudStack may find the host before it is asked to.
    assert climbed[:2] == ["xen03: rung plug_storage", "xen03: rung enable"]
    assert told["started"] <= told["steps"][0]["at"] <= told["steps"][1]["at"] <= told["ended"]
    files = list((player.folder / "reports").iterdir())
    assert sorted(path.suffix for path in files) == [".html", ".json", ".md"]
    assert not [secret for secret in lab.secrets for path in files if secret in path.read_text()]


def test_s8_power_is_switched_on_where_the_pool_can(lab: Lab, player: Player) -> None:
    lab.fault("crash", host="xen02")
    by_hand.time_passes(lab, 900)
    totals = lab.book()["totals"]

    refused = recover(player, lab, "xen02", **IMPATIENT)
    assert refused.rc != 0
    assert refused.changed == 0
    assert "Look at its power, its network cable and its console" in refused.errors[0]
    assert not list(player.folder.glob("**/*.html"))
    assert lab.state()["hosts"]["xen02"]["power"] == "off"

    switchable(lab, "xen02")
    repaired(player, lab, "xen02")
    untouched(lab, {**totals, "boots": totals["boots"] + 1})


def test_s9_without_its_heartbeat_storage_a_host_is_left_alone_until_the_cable_is_back(
    lab: Lab, player: Player
) -> None:
    lab.fault("storage_cut", host="xen03", sr="nfs-ha")
    by_hand.time_passes(lab, 1200)
    totals = lab.book()["totals"]
    assert lab.state()["hosts"]["xen03"]["emergency"] == "HA_HOST_CANNOT_ACCESS_STATEFILE"

    assert codes(player, lab, "xen03") == ["heartbeat_storage", "cloudstack_connection"]
    refused = recover(player, lab, "xen03", **IMPATIENT, recover_host_allow=["disarm_ha", "rearm_ha"])
    assert refused.rc != 0
    assert "Repair its path to the heartbeat SR" in refused.errors[0]
    assert refused.changed == 0
    assert lab.state()["hosts"]["xen03"]["emergency"] == "HA_HOST_CANNOT_ACCESS_STATEFILE"

    lab.fault("storage_back", host="xen03", sr="nfs-ha")
    played = recover(player, lab, "xen03", **QUICK)
    assert played.rc == 0, played.output
    restored(lab, "xen03")
    untouched(lab, totals)


def test_s10_without_its_network_a_host_is_named_and_heals_when_the_cable_is_back(lab: Lab, player: Player) -> None:
    lab.fault("network_cut", host="xen03")
    by_hand.time_passes(lab, 1200)
    totals = lab.book()["totals"]

    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert refused.rc != 0
    assert "its network cable" in refused.errors[0]

    lab.fault("network_back", host="xen03")
    played = recover(player, lab, "xen03", **QUICK)
    assert played.rc == 0, played.output
    restored(lab, "xen03")
    untouched(lab, totals)


# power and emergency ---------------------------------------------------------------------------


def slow_to_notice(folder: Path) -> str:
    """The usual estate whose pool counts a dead host as live for longer than a look at it takes."""
    estate = yaml.safe_load((Path(__file__).parent / "estates" / "recovery.yml").read_text())
    estate["durations"] = {"assumed_dead": 3000}
    written = folder / "slow_to_notice.yml"
    written.write_text(yaml.safe_dump(estate))
    return str(written)


def test_without_ha_the_pool_must_first_notice_that_the_host_is_dead(
    start_lab: t.Callable[..., Lab], player: Player, tmp_path: Path
) -> None:
    lab = start_lab(slow_to_notice(tmp_path))
    ha_off(lab)
    switchable(lab, "xen02")
    lab.fault("crash", host="xen02")
    by_hand.time_passes(lab, 60)
    assert lab.state()["pools"][POOL]["hosts"]["xen02"]["live"]
    played = recover(player, lab, "xen02", **QUICK)
    assert played.rc == 0, played.output
    restored(lab, "xen02")


def test_ha_is_disarmed_on_a_host_only_with_permission_and_while_pool_ha_is_off(lab: Lab, player: Player) -> None:
    """It was away while HA was switched off and while another host became master (xapi.md 2.7)."""
    lab.fault("crash", host="xen03")
    by_hand.time_passes(lab, 600)
    lab.fault("storage_cut", host="xen03", sr="nfs-ha")
    ha_off(lab)
    lab.fault("crash", host="xen01")
    by_hand.own_xapi(lab, "xen02").pool.emergency_transition_to_master()
    by_hand.time_passes(lab, 120)
    lab.fault("power_on", host="xen03")
    by_hand.time_passes(lab, 600)
    assert lab.state()["hosts"]["xen03"]["emergency"] == "HA_HOST_CANNOT_ACCESS_STATEFILE"

    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "only with recover_host_allow=disarm_ha" in refused.errors[0]
    assert lab.state()["hosts"]["xen03"]["emergency"] == "HA_HOST_CANNOT_ACCESS_STATEFILE"

    played = recover(player, lab, "xen03", **QUICK, recover_host_allow=["disarm_ha"])
    assert lab.state()["hosts"]["xen03"]["emergency"] is None
    # Its old master is gone for good: who must repoint it is told.
    assert "with the role elect_master" in played.errors[0]


def test_ha_is_never_disarmed_on_a_host_whose_pool_counts_on_it(lab: Lab, player: Player) -> None:
    lab.fault("storage_cut", host="xen03", sr="nfs-ha")
    by_hand.time_passes(lab, 1200)
    answer = player.results(lab, {"xencloud.maintenance.xapi_host_ha": {"host": "xen03"}})
    assert answer["failed"]
    assert "pool HA is on" in answer["msg"]
    assert lab.state()["hosts"]["xen03"]["emergency"] == "HA_HOST_CANNOT_ACCESS_STATEFILE"


def unarmed(lab: Lab, host: str) -> None:
    """Somebody disarmed one host by hand, and its toolstack restarted (xapi.md 2.8)."""
    by_hand.own_xapi(lab, host).host.emergency_ha_disable()
    lab.fault("toolstack_stop", host=host)
    lab.fault("toolstack_start", host=host)
    by_hand.time_passes(lab, 60)


def test_a_host_that_was_disarmed_by_hand_is_armed_again_with_permission(lab: Lab, player: Player) -> None:
    unarmed(lab, "xen03")
    totals = lab.book()["totals"]
    refused = recover(player, lab, "xen03", **{**IMPATIENT, "recover_host_quiet_time": 5})
    assert "only with recover_host_allow=rearm_ha" in refused.errors[0]
    assert lab.state()["pools"][POOL]["ha_enabled"]

    repaired(player, lab, "xen03", recover_host_allow=["rearm_ha"], recover_host_report_dir="reports")
    run, recovery = sorted(reports(player), key=lambda told: not told["windows"])
    assert {(told["operation"], told["outcome"]) for told in (run, recovery)} == {("recover_host", "done")}
    assert [window["what"] for window in run["windows"]] == ["without pool HA"]
    assert recovery["steps"][0]["text"].startswith("xen03: rung ")
    pool = lab.state()["pools"][POOL]
    assert (pool["ha_enabled"], pool["ha_configuration"]) == (True, {"timeout": "60"})
    assert pool["ha_armed_hosts"] == ["xen01", "xen02", "xen03"]
    promises.no_record_left(pool)
    untouched(lab, totals)


def test_a_disarmed_host_whose_toolstack_goes_on_is_not_taken_for_one_that_starts(lab: Lab, player: Player) -> None:
    """Its peers have dropped it, so the pool counts it as dead, and nothing it waits for will come (xapi.md 2.8)."""
    by_hand.own_xapi(lab, "xen03").host.emergency_ha_disable()
    by_hand.time_passes(lab, 900)
    assert lab.state()["pools"][POOL]["ha_armed_hosts"] == ["xen01", "xen02"]
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "stays out of the liveset" in refused.errors[0]
    assert "only with recover_host_allow=rearm_ha" in refused.errors[0]
    assert lab.state()["pools"][POOL]["ha_enabled"]

    repaired(player, lab, "xen03", recover_host_allow=["rearm_ha"])
    assert lab.state()["pools"][POOL]["ha_armed_hosts"] == ["xen01", "xen02", "xen03"]


# mastership ------------------------------------------------------------------------------------


def test_without_a_master_nobody_is_touched_and_the_way_out_is_named(lab: Lab, player: Player) -> None:
    ha_off(lab)
    lab.fault("crash", host="xen01")
    by_hand.time_passes(lab, 60)
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert refused.rc != 0
    assert refused.changed == 0
    assert "use the role elect_master" in refused.errors[0]


def test_with_ha_on_a_new_master_is_waited_for(lab: Lab, player: Player) -> None:
    lab.fault("crash", host="xen01")
    played = recover(player, lab, "xen03", **QUICK)
    assert played.rc == 0, played.output
    assert lab.state()["pools"][POOL]["master"] != "xen01"
    restored(lab, "xen03")


def test_while_the_master_is_disabled_cloudstack_loses_every_host(lab: Lab, player: Player) -> None:
    xapi = by_hand.xapi(lab)
    xapi.host.disable(xapi.host.get_by_name_label("xen01")[0])
    by_hand.time_passes(lab, 2400)
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "Run this role for the master first" in refused.errors[0]
    repaired(player, lab, "xen01")


def test_a_host_that_was_ejected_by_hand_has_to_join_again(lab: Lab, player: Player) -> None:
    ha_off(lab)
    xapi = by_hand.xapi(lab)
    xapi.pool.eject(xapi.host.get_by_name_label("xen03")[0])
    by_hand.time_passes(lab, 900)
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "its pool does not know it any more" in refused.errors[0]
    assert "with the role add_host" in refused.errors[0]


# somebody's will -------------------------------------------------------------------------------


def test_a_host_in_cloudstacks_maintenance_is_left_to_whoever_did_it(lab: Lab, player: Player) -> None:
    cloud = by_hand.cloudstack(lab)
    cloud.prepareHostForMaintenance(id=by_hand.cloudstack_host(lab, "xen03")["id"])
    by_hand.time_passes(lab, 180)
    xapi = by_hand.xapi(lab)
    xapi.host.disable(xapi.host.get_by_name_label("xen03")[0])
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "CloudStack has it in state Maintenance" in refused.errors[0]
    state = lab.state()
    assert not state["pools"][POOL]["hosts"]["xen03"]["enabled"]
    assert state["cloudstack"]["hosts"]["xen03"]["resource_state"] == "Maintenance"


def test_a_host_in_maintenance_that_somebody_switched_off_is_not_switched_on(lab: Lab, player: Player) -> None:
    cloud = by_hand.cloudstack(lab)
    cloud.prepareHostForMaintenance(id=by_hand.cloudstack_host(lab, "xen03")["id"])
    by_hand.time_passes(lab, 180)
    assert lab.state()["cloudstack"]["hosts"]["xen03"]["resource_state"] == "Maintenance"
    switchable(lab, "xen03")
    lab.fault("crash", host="xen03")
    by_hand.time_passes(lab, 900)
    refused = recover(player, lab, "xen03", **IMPATIENT)
    text = "the pool counts it as dead; CloudStack has it in state Maintenance (held). By hand: Ask who did it"
    assert text in refused.errors[0]
    assert lab.state()["hosts"]["xen03"]["power"] == "off"


def test_a_host_that_xencenter_has_in_maintenance_is_left_alone(lab: Lab, player: Player) -> None:
    xapi = by_hand.xapi(lab)
    host = xapi.host.get_by_name_label("xen03")[0]
    xapi.host.disable(host)
    xapi.host.add_to_other_config(host, "MAINTENANCE_MODE", "true")
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "XenCenter has it in maintenance mode" in refused.errors[0]
    assert not lab.state()["pools"][POOL]["hosts"]["xen03"]["enabled"]


def test_a_living_run_keeps_its_hosts_to_itself_and_leaves_the_others(lab: Lab, player: Player) -> None:
    # A lease is of the lab's time.
    started = {"state": "started", "operation": "rolling_patch", "asked": {"hosts": ["xen02"]}, "lease": 10**8}
    player.results(lab, {"xencloud.maintenance.maintenance_run": started})
    xapi = by_hand.xapi(lab)
    for name in ("xen02", "xen03"):
        xapi.host.disable(xapi.host.get_by_name_label(name)[0])
    refused = recover(player, lab, "xen02", **IMPATIENT)
    assert "(rolling_patch) of " in refused.errors[0]
    assert not lab.state()["pools"][POOL]["hosts"]["xen02"]["enabled"]
    played = recover(player, lab, "xen03", **QUICK)
    assert played.rc == 0, played.output
    assert lab.state()["pools"][POOL]["hosts"]["xen03"]["enabled"]


# CloudStack ------------------------------------------------------------------------------------


def immovable(lab: Lab) -> None:
    """VMs that XAPI does not migrate."""
    xapi = by_hand.xapi(lab)
    for ref, vm in xapi.VM.get_all_records().items():
        if vm["name_label"].startswith("i-"):
            xapi.VM.add_to_blocked_operations(ref, "pool_migrate", "a test")


def test_error_in_maintenance_is_cancelled_and_no_vm_is_moved_or_stopped(lab: Lab, player: Player) -> None:
    immovable(lab)
    cloud = by_hand.cloudstack(lab)
    cloud.prepareHostForMaintenance(id=by_hand.cloudstack_host(lab, "xen02")["id"])
    by_hand.time_passes(lab, 3600)
    assert lab.state()["cloudstack"]["hosts"]["xen02"]["resource_state"] == "ErrorInMaintenance"
    domains = lab.state()["hosts"]["xen02"]["domains"]
    repaired(player, lab, "xen02")
    assert lab.state()["hosts"]["xen02"]["domains"] == domains
    promises.no_vm_suffered(lab.book())


def test_a_preparation_without_end_is_cancelled_only_with_permission(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    # One limit for two waits: CloudStack must not have come to an end by then, and a host that is freed must be back.
    lab = start_lab("recovery.yml", speed=60)
    limits = {**QUICK, "recover_host_wait_timeout": 12}
    for name in ("app-1", "app-2"):
        lab.fault("vm_never_migrates", vm=name)
    cloud = by_hand.cloudstack(lab)
    cloud.prepareHostForMaintenance(id=by_hand.cloudstack_host(lab, "xen02")["id"])
    by_hand.time_passes(lab, 120)
    refused = recover(player, lab, "xen02", **limits)
    assert "only with recover_host_allow=cancel_preparation" in refused.errors[0]
    assert "ForMaintenance" in lab.state()["cloudstack"]["hosts"]["xen02"]["resource_state"]

    played = recover(player, lab, "xen02", **limits, recover_host_allow=["cancel_preparation"])
    assert played.rc == 0, played.output
    restored(lab, "xen02")
    promises.no_vm_suffered(lab.book())


def test_an_unmanaged_cluster_is_named(lab: Lab, player: Player) -> None:
    cloud = by_hand.cloudstack(lab)
    cluster = cloud.listClusters()["cluster"][0]["id"]
    cloud.updateCluster(id=cluster, managedstate="Unmanaged")
    refused = recover(player, lab, "xen03", **IMPATIENT)
    assert "its cluster cluster-a is not Managed" in refused.errors[0]
    assert lab.state()["cloudstack"]["clusters"]["cluster-a"]["managed_state"] == "Unmanaged"


# and otherwise ---------------------------------------------------------------------------------


def test_a_healthy_host_needs_nothing(lab: Lab, player: Player) -> None:
    for host in ("xen01", "xen02"):
        assert codes(player, lab, host) == []
    played = recover(player, lab, "xen02", **QUICK)
    assert (played.rc, played.changed) == (0, 0), played.output


def test_a_host_that_does_not_exist_is_one_sentence(lab: Lab, player: Player) -> None:
    refused = recover(player, lab, "xen99", **IMPATIENT)
    assert "has no such host. It has xen01, xen02, xen03." in refused.errors[0]


def test_no_secret_is_ever_told(lab: Lab, player: Player) -> None:
    lab.fault("crash", host="xen02")
    by_hand.time_passes(lab, 900)
    output = recover(player, lab, "xen02", "-vvv", **IMPATIENT).output
    assert not [secret for secret in lab.secrets if secret in output]
