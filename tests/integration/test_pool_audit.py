# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit names what the lab was brought into, and changes nothing."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from support import by_hand
from support.hands import Hands
from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]
Start = t.Callable[..., Lab]
ESTATES = Path(__file__).parent / "estates"
AUDIT = "xencloud.maintenance.pool_audit"

# What every pool is told that nobody has pinned the time-out of, with one card a host, under a CloudStack as it comes.
USUAL = [("info", "cloudstack_fences_first"), ("info", "ha_timeout_not_pinned"), ("info", "heartbeat_single_path")]
PINNED = [each for each in USUAL if each[1] != "ha_timeout_not_pinned"]
# All that an audit may call.
LOOKS = ("get_", "list", "session.", "host.get_", "query")


def audit(lab: Lab, player: Player, **options: t.Any) -> Json:
    return player.results(lab, {AUDIT: options})


def codes(answer: Json) -> list[tuple[str, str]]:
    return [(finding["severity"], finding["code"]) for finding in answer["findings"]]


def found(answer: Json) -> set[tuple[str, str, str]]:
    return {(finding["severity"], finding["code"], finding["object"]) for finding in answer["findings"]}


def test_a_healthy_pool_has_no_blocker_and_no_warning(lab: Lab, player: Player) -> None:
    answer = audit(lab, player)
    assert codes(answer) == USUAL
    assert answer["captains"] == {"master": "pool_ha", "vms": "cloudstack"}


def test_a_pool_whose_time_out_is_pinned_has_only_the_other_fence_to_be_told_of(lab: Lab, player: Player) -> None:
    hands = Hands(lab)
    hands.xapi("pool.add_to_other_config", hands.pool(), "default_ha_timeout", "180")
    assert codes(audit(lab, player)) == PINNED


@pytest.mark.parametrize(("pin", "severity"), [(None, "warning"), ("90", "warning"), ("180", "info")])
def test_an_ha_that_another_tool_enabled_without_a_time_out_has_the_pinned_one(
    start_lab: Start, player: Player, pin: str | None, severity: str
) -> None:
    lab = start_lab("ha_off.yml")
    hands = Hands(lab)
    if pin:
        hands.xapi("pool.add_to_other_config", hands.pool(), "default_ha_timeout", pin)
    # As XenCenter does on its way out of an upgrade (peers.md I02).
    hands.xapi("pool.enable_ha", [hands.named("SR", "nfs-ha")], {})
    told = next(each for each in audit(lab, player)["findings"] if each["code"] == "ha_default_timeout")
    assert (told["severity"], (pin or "60 seconds of XAPI") in told["text"]) == (severity, True)


def test_a_healthy_pool_is_ready_to_be_restarted(lab: Lab, player: Player) -> None:
    for purpose in ("reboot", "patch"):
        assert codes(audit(lab, player, purpose=purpose)) == USUAL, purpose


def test_a_preflight_says_what_is_to_be_done(lab: Lab, player: Player) -> None:
    answer = audit(lab, player, purpose="drain", hosts=["xen02"])
    assert answer["work"]["moves_total"] == len(answer["work"]["hosts"][0]["moves"]) > 0
    assert answer["pool"]["members"] == sorted(lab.estate["pools"][0]["hosts"][n]["address"] for n in range(4))


def test_an_audit_only_looks_and_asks_each_host_a_constant_number_of_times(lab: Lab, player: Player) -> None:
    before = lab.state()
    audit(lab, player)
    after = lab.state()
    calls = {name: number - before["calls"].get(name, 0) for name, number in after["calls"].items()}
    assert [name for name in calls if not name.partition(".")[2].startswith(LOOKS) and not name.startswith(LOOKS)] == []
    assert after["pools"] == before["pools"]
    assert set(lab.book()["totals"].values()) == {0}
    # One call a table, and the clock of each member between two looks at the master's.
    assert calls.pop("host.get_servertime") == 1 + 2 * 3
    twice = {"listVirtualMachines", "listRouters", "listInternalLoadBalancerVMs"}
    assert {name for name, number in calls.items() if number > 1} == twice | {"listConfigurations"}
    assert calls["listConfigurations"] == 3


def test_a_neglected_pool_is_told_everything(start_lab: Start, player: Player) -> None:
    answer = audit(start_lab("neglected.yml"), player)
    instance = next(each["object"] for each in answer["findings"] if each["code"] == "vm_protected_halted")
    assert instance.startswith("i-2-")
    assert found(answer) == {
        ("warning", "bond_degraded", "xen01"),
        ("warning", "cannot_evacuate", "xen01"),
        ("warning", "cannot_evacuate", "xen02"),
        ("warning", "certificate_expiring", "xen02"),
        ("warning", "clock_skew", "xen02"),
        ("warning", "cloudstack_ha_off", "zone1"),
        ("warning", "ha_timeout_short", "pool-a"),
        ("warning", "licence_expired", "xen01"),
        ("warning", "licence_expired", "xen02"),
        ("warning", "no_spare_host", "xen01"),
        ("warning", "no_spare_host", "xen02"),
        ("warning", "too_few_hosts", "pool-a"),
        ("warning", "vm_protected_halted", instance),
        ("info", "drs_on", "cluster-a"),
        ("info", "heartbeat_single_path", "pool-a"),
    }
    assert answer["captains"] == {"master": "pool_ha", "vms": "nobody"}


def test_the_limits_are_options(start_lab: Start, player: Player) -> None:
    limits = {"min_ha_timeout": 30, "min_hosts": 2, "max_clock_skew": 100, "expiry_days": 5}
    left = {code for _severity, code in codes(audit(start_lab("neglected.yml"), player, **limits))}
    assert left.isdisjoint({"ha_timeout_short", "too_few_hosts", "clock_skew", "certificate_expiring"})


def test_s1_without_pool_ha_nobody_elects_a_master(start_lab: Start, player: Player) -> None:
    answer = audit(start_lab("ha_off.yml"), player)
    assert answer["captains"] == {"master": "nobody", "vms": "cloudstack"}
    assert codes(answer) == [("warning", "ha_off")]
    assert "nobody elects" in answer["findings"][0]["text"]


def test_s3_two_hosts_are_too_few_for_pool_ha(start_lab: Start, player: Player) -> None:
    answer = audit(start_lab("neglected.yml"), player)
    small = next(each for each in answer["findings"] if each["code"] == "too_few_hosts")
    assert "2 hosts" in small["text"]


def test_s4_vms_that_both_captains_restart_are_named(lab: Lab, player: Player) -> None:
    hands = Hands(lab)
    hands.xapi("VM.set_ha_restart_priority", hands.named("VM", "i-2-7-VM"), "restart")
    answer = audit(lab, player)
    assert answer["captains"]["vms"] == "both"
    assert [code for severity, code in codes(answer) if severity == "blocker"] == ["two_captains"]
    assert "i-2-7-VM" in answer["markdown"] or answer["findings"][0]["object"] in answer["markdown"]


def test_s7_a_host_that_came_back_disabled_is_named_by_both(start_lab: Start, player: Player) -> None:
    lab = start_lab("no_ha.yml")
    lab.wait_until(lambda state: state["cloudstack"]["hosts"]["xen03"]["state"] == "Alert", "xen03 is in Alert")
    answer = audit(lab, player)
    alert = next(each for each in answer["findings"] if each["code"] == "host_not_up")
    assert "xapi_host" in alert["remedy"]
    assert {
        ("blocker", "host_disabled", "xen03"),
        ("blocker", "host_not_up", "xen03"),
        ("warning", "ha_no_sr", "pool-a"),
        ("warning", "ha_off", "pool-a"),
    } <= found(answer)


def test_a_disabled_master_is_told_to_be_why_every_host_is_in_alert(start_lab: Start, player: Player) -> None:
    lab = start_lab("recovery.yml")
    hands = Hands(lab)
    hands.xapi("host.disable", hands.named("host", "xen01"))
    lab.running.ask("/advance", {"seconds": 2400})
    told = audit(lab, player)["findings"]
    disabled = next(each for each in told if each["code"] == "host_disabled")
    assert (disabled["object"], "CloudStack reaches no host of the pool" in disabled["text"]) == ("xen01", True)
    ways = {each["object"]: each["remedy"] for each in told if each["code"] == "host_not_up"}
    assert all("Enable the pool's master, xen01" in ways[name] for name in ("xen02", "xen03")), ways


CABLES = {
    "s8_power": ("crash", {}, ["Look at its power, its network cable and its console"]),
    "s9_storage": (
        "storage_cut",
        {"sr": "nfs-ha"},
        ["HA_HOST_CANNOT_ACCESS_STATEFILE", "cannot reach the heartbeat SR"],
    ),
    "s10_network": ("network_cut", {}, ["nothing serves at its own address", "its network cable"]),
}


@pytest.mark.parametrize("story", CABLES)
def test_s8_to_s10_a_host_that_lost_a_cable_is_named_with_what_answers_there(
    start_lab: Start, player: Player, story: str
) -> None:
    lab = start_lab("recovery.yml")
    fault, details, words = CABLES[story]
    lab.fault(fault, host="xen03", **details)
    lab.running.ask("/advance", {"seconds": 1200})
    dead = next(each for each in audit(lab, player)["findings"] if each["code"] == "host_dead")
    assert dead["object"] == "xen03"
    for word in words:
        assert word in f"{dead['text']} {dead['remedy']}"


def test_a_host_on_which_ha_was_disarmed_by_hand_is_not_told_to_be_off(start_lab: Start, player: Player) -> None:
    lab = start_lab("recovery.yml")
    by_hand.own_xapi(lab, "xen03").host.emergency_ha_disable()
    lab.running.ask("/advance", {"seconds": 900})
    answer = audit(lab, player)
    dead = next(each for each in answer["findings"] if each["code"] == "host_dead")
    assert (dead["object"], "stays out of the liveset" in dead["text"]) == ("xen03", True)
    assert lab.state()["hosts"]["xen03"]["power"] == "on"


def test_a_host_whose_toolstack_stopped_is_told_apart_from_a_dead_one(start_lab: Start, player: Player) -> None:
    lab = start_lab("ha_off.yml")
    lab.fault("toolstack_stop", host="xen03")
    findings = audit(lab, player)["findings"]
    # At the lab's speed the master may have noticed by itself meanwhile.
    lost = next(each for each in findings if each["code"] in ("host_silent", "host_dead"))
    assert (lost["object"], "refuses the connection" in lost["text"]) == ("xen03", True), lost


def _changed_estate(folder: Path, name: str, change: t.Callable[[Json], None]) -> str:
    estate = yaml.safe_load((ESTATES / name).read_text())
    change(estate["pools"][0])
    path = folder / "estate.yml"
    path.write_text(yaml.safe_dump(estate))
    return str(path)


# The hosts of the estate are in 127.0.1.0/24, their storage bonds in 198.51.100.0/24.
CABLING: dict[str, tuple[str, Json, str]] = {
    "one_card_for_both": ("127.0.1.200", {}, "warning"),
    "storage_behind_the_gateway": ("203.0.113.5", {}, "warning"),
    "storage_by_name": ("nas.example.org", {}, "info"),
    "a_bond_for_storage": ("198.51.100.5", {"address": "198.51.100.1"}, "info"),
    "a_bond_for_both": ("127.0.1.200", {"management": True}, ""),
    "a_bond_with_one_link": ("127.0.1.200", {"management": True, "links_up": 1}, "warning"),
}


@pytest.mark.parametrize("cabling", CABLING)
def test_both_heartbeats_on_one_cable_are_named(start_lab: Start, player: Player, tmp_path: Path, cabling: str) -> None:
    server, bond, severity = CABLING[cabling]

    def change(pool: Json) -> None:
        pool["storage"][0]["server"] = server
        for number, host in enumerate(pool["hosts"], 1):
            host["bond"] = {**bond, **({"address": f"198.51.100.{number}"} if "address" in bond else {})} or None

    answer = audit(start_lab(_changed_estate(tmp_path, "recovery.yml", change)), player)
    told = [each for each in answer["findings"] if each["code"] == "heartbeat_single_path"]
    assert [each["severity"] for each in told] == ([severity] if severity else [])
    assert all("xen01, xen02, xen03" in each["text"] for each in told)


def test_a_kernel_that_only_one_host_has_is_named(start_lab: Start, player: Player, tmp_path: Path) -> None:
    def change(pool: Json) -> None:
        pool["updates"] = [{"name": "kernel", "sets": {"linux": "4.19.0+99"}}]
        pool["hosts"][2]["updated"] = True

    lab = start_lab(_changed_estate(tmp_path, "ha_off.yml", change))
    told = [each for each in audit(lab, player)["findings"] if each["code"] == "mixed_levels"]
    assert [each["object"] for each in told] == ["xen03"]
    assert "linux is 4.19.0+99 and there" in told[0]["text"]


ALARM = """value: 0.941
config:
<variable><name value="log_fs_usage"/><alarm_trigger_level value="0.9"/></variable>"""


def test_what_the_pool_told_people_and_nobody_read_is_named(start_lab: Start, player: Player) -> None:
    lab = start_lab("recovery.yml", speed=1)
    hands = Hands(lab)
    dom0 = hands.xapi("VM.get_uuid", hands.named("VM", "Control domain on host: xen02"))
    host = hands.xapi("host.get_uuid", hands.named("host", "xen03"))
    # As dom0's monitor and the HA of the pool leave them.
    hands.xapi("message.create", "ALARM", "3", "VM", dom0, ALARM)
    for _twice in range(2):
        hands.xapi("message.create", "HA_STATEFILE_APPROACHING_TIMEOUT", "3", "Host", host, "")
    told = {each["code"]: f"{each['object']}: {each['text']}" for each in audit(lab, player)["findings"]}
    assert told["dom0_disk_full"].startswith("xen02: the file system of the logs of its control domain is 94% full")
    assert told["ha_close_call"].endswith("its heartbeat on the storage was late (2 times)")
    preflight = codes(audit(lab, player, purpose="reboot", fail_on="none"))
    assert "dom0_disk_full" not in {code for _severity, code in preflight}
    lab.running.ask("/advance", {"seconds": 3 * 3600})
    later = {code for _severity, code in codes(audit(lab, player))}
    assert ("dom0_disk_full" in later, "ha_close_call" in later) == (False, True)


def test_a_host_that_failed_last_night_and_is_back_is_named(start_lab: Start, player: Player) -> None:
    lab = start_lab("recovery.yml")
    lab.fault("reset", host="xen03")
    lab.running.ask("/advance", {"seconds": 3600})
    lab.wait_until(lambda state: seen(state, "xen03") == "Up", "xen03 is back")
    assert ("warning", "ha_host_failed", "xen03") in found(audit(lab, player))
    lab.running.ask("/advance", {"seconds": 90_000})
    assert "ha_host_failed" not in {code for _severity, code in codes(audit(lab, player))}


def _prepare(hands: Hands, name: str) -> None:
    host = next(each for each in hands.cloudstack.listHosts(type="Routing")["host"] if each["name"] == name)
    hands.cloudstack.prepareHostForMaintenance(id=host["id"])


def _stuck(answer: Json) -> list[str]:
    return [f"{each['object']}: {each['text']}" for each in answer["findings"] if each["code"] == "maintenance_stuck"]


@pytest.mark.parametrize("version", ["4.14.0.0", "4.22.0.0"])
def test_a_preparation_for_maintenance_that_comes_to_no_end_is_told_with_its_age(
    start_lab: Start, player: Player, tmp_path: Path, version: str
) -> None:
    estate = yaml.safe_load((ESTATES / "recovery.yml").read_text())
    estate["cloudstack"]["version"] = version
    path = tmp_path / "estate.yml"
    path.write_text(yaml.safe_dump(estate))
    lab = start_lab(str(path), speed=1)
    lab.fault("vm_never_migrates", vm="app-1")
    _prepare(Hands(lab), "xen02")
    lab.running.ask("/advance", {"seconds": 600})
    before = lab.state()["calls"].get("listEvents", 0)
    assert _stuck(audit(lab, player)) == []
    assert lab.state()["calls"]["listEvents"] == before + 1
    lab.running.ask("/advance", {"seconds": 3300})
    assert "ForMaintenance" in lab.state()["cloudstack"]["hosts"]["xen02"]["resource_state"]
    told = _stuck(audit(lab, player))
    assert [each.partition(" minutes ago")[0] for each in told] in (
        [f"xen02: CloudStack began {minutes}"] for minutes in (65, 66, 67, 68)
    ), told


def test_a_host_that_cloudstack_could_not_empty_is_told_with_its_age(start_lab: Start, player: Player) -> None:
    lab = start_lab("recovery.yml")
    hands = Hands(lab)
    for ref, vm in hands.xapi("VM.get_all_records").items():
        if vm["name_label"].startswith("i-"):
            hands.xapi("VM.add_to_blocked_operations", ref, "pool_migrate", "a test")
    _prepare(hands, "xen02")
    lab.running.ask("/advance", {"seconds": 3 * 3600})
    assert lab.state()["cloudstack"]["hosts"]["xen02"]["resource_state"] == "ErrorInMaintenance"
    told = _stuck(audit(lab, player))
    assert "hours ago to prepare it for maintenance, and could not empty it (ErrorInMaintenance)" in told[0]


def _unmanaged(hands: Hands) -> None:
    cluster = hands.cloudstack.listClusters()["cluster"][0]["id"]
    hands.cloudstack.updateCluster(id=cluster, managedstate="Unmanaged")


def _busy_elsewhere(hands: Hands) -> None:
    hands.xapi("pool.add_to_other_config", hands.pool(), "auto_poweron", "true")
    hands.xapi("VM.add_to_other_config", hands.named("VM", "i-2-7-VM"), "auto_poweron", "true")
    hands.xapi("pool.set_wlb_enabled", hands.pool(), True)
    hands.xapi("host.add_to_other_config", hands.named("host", "xen03"), "MAINTENANCE_MODE", "true")


BY_HANDS: list[tuple[t.Callable[[Hands], None], set[tuple[str, str, str]]]] = [
    (
        _unmanaged,
        {
            ("blocker", "cluster_unmanaged", "cluster-a"),
            *(("blocker", "host_not_up", f"xen0{number}") for number in (1, 2, 3, 4)),
        },
    ),
    (
        _busy_elsewhere,
        {
            ("info", "auto_power_on", "pool-a"),
            ("info", "wlb_on", "pool-a"),
            ("warning", "xencenter_maintenance", "xen03"),
        },
    ),
]


@pytest.mark.parametrize(("act", "expected"), BY_HANDS, ids=[act.__name__ for act, _expected in BY_HANDS])
def test_what_others_have_done_is_named(
    lab: Lab, player: Player, act: t.Callable[[Hands], None], expected: set[tuple[str, str, str]]
) -> None:
    act(Hands(lab))
    answer = audit(lab, player)
    assert found(answer) - {(severity, code, "pool-a") for severity, code in USUAL} == expected


def test_shared_storage_that_a_host_has_lost_is_named(start_lab: Start, player: Player) -> None:
    lab = start_lab("neglected.yml")
    hands = Hands(lab)
    host, sr = hands.named("host", "xen02"), hands.named("SR", "nfs-archive")
    links = hands.xapi("PBD.get_all_records").items()
    hands.xapi("PBD.unplug", next(ref for ref, link in links if (link["host"], link["SR"]) == (host, sr)))
    assert ("blocker", "storage_unplugged", "xen02") in found(audit(lab, player))


def test_a_vm_that_cannot_be_migrated_is_named_although_pool_ha_hides_it(lab: Lab, player: Player) -> None:
    hands = Hands(lab)
    vm = hands.named("VM", "i-2-7-VM")
    hands.xapi("VM.add_to_blocked_operations", vm, "pool_migrate", "its licence is tied to this host")
    home = hands.xapi("host.get_name_label", hands.xapi("VM.get_resident_on", vm))
    tied = next(each for each in audit(lab, player)["findings"] if each["code"] == "vm_cannot_leave")
    assert (tied["severity"], "its licence is tied to this host" in tied["text"]) == ("warning", True)
    refused = audit(lab, player, purpose="drain", hosts=[home])
    assert f"it cannot leave {home}" in refused["msg"]
    other = next(name for name in ("xen01", "xen02") if name != home)
    assert not audit(lab, player, purpose="drain", hosts=[other])["failed"]


def test_guests_without_drivers_are_named_although_pool_ha_hides_them(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    def change(pool: Json) -> None:
        pool["vms"][1]["guest_tools"] = False

    told = audit(start_lab(_changed_estate(tmp_path, "recovery.yml", change)), player)["findings"]
    tied = [each for each in told if each["code"] == "vm_cannot_leave"]
    assert sorted(each["object"].partition(" ")[0] for each in tied) == ["app-1", "app-2"], tied
    assert all("its drivers may lack" in each["text"] for each in tied)


def test_movers_are_a_warning_to_whoever_empties_hosts(start_lab: Start, player: Player) -> None:
    lab = start_lab("neglected.yml")
    answer = audit(lab, player, purpose="drain", hosts=["xen01"], fail_on="none")
    assert ("warning", "drs_on", "cluster-a") in found(answer)


def test_a_host_that_is_dead_to_everybody_but_the_master_is_silent(start_lab: Start, player: Player) -> None:
    lab = start_lab("ha_off.yml")
    lab.fault("crash", host="xen03")
    answer = audit(lab, player)
    assert {("blocker", "host_silent", "xen03")} <= found(answer) or {("blocker", "host_dead", "xen03")} <= found(
        answer
    )


def test_a_run_in_flight_and_a_dead_one_are_named(lab: Lab, player: Player) -> None:
    begin = {
        "xencloud.maintenance.maintenance_run": {"state": "started", "operation": "rolling_patch", "lease": 144_000}
    }
    look: dict[str, t.Any] = {"xencloud.maintenance.pool_audit": {}}
    begun = player.results(lab, begin)
    assert ("info", "run_in_flight", "pool-a") in found(player.results(lab, look))
    own = {"xencloud.maintenance.pool_audit": {"run_id": begun["run"]["id"], "purpose": "reboot"}}
    assert codes(player.results(lab, own)) == USUAL
    other = {"xencloud.maintenance.pool_audit": {"purpose": "reboot", "fail_on": "none"}}
    assert ("blocker", "run_in_flight", "pool-a") in found(player.results(lab, other))
    lab.running.ask("/advance", {"seconds": 145_000})
    assert ("warning", "run_died", "pool-a") in found(player.results(lab, look))


def seen(state: Json, host: str) -> str:
    """How CloudStack sees a host."""
    return str(state["cloudstack"]["hosts"][host]["state"])


def test_a_pool_without_a_master_is_a_finding(start_lab: Start, player: Player) -> None:
    lab = start_lab("ha_off.yml")
    lab.fault("crash", host="xen01")
    hosts = ("xen01", "xen02", "xen03", "xen04")
    lab.wait_until(lambda state: all(seen(state, name) == "Alert" for name in hosts[1:]), "every member is in Alert")
    answer = player.results(lab, {AUDIT: {"cluster": "cluster-a"}}, xapi={"xapi_timeout": 2})
    assert {("blocker", "host_not_up", name) for name in hosts} <= found(answer)
    gone = next(each for each in answer["findings"] if each["code"] == "no_master")
    assert (gone["severity"], "the role elect_master does" in gone["remedy"]) == ("blocker", True)
    assert (answer["pool"], answer["captains"], answer["cluster"]["name"]) == (None, None, "cluster-a")


def test_a_cluster_that_does_not_exist_is_a_finding(lab: Lab, player: Player) -> None:
    answer = audit(lab, player, cluster="elsewhere")
    assert codes(answer) == [
        ("blocker", "cloudstack_unseen"),
        ("info", "ha_timeout_not_pinned"),
        ("info", "heartbeat_single_path"),
    ]
    assert answer["cluster"] is None


def test_findings_fail_a_nightly_job_that_asks_for_it(start_lab: Start, player: Player) -> None:
    answer = audit(start_lab("ha_off.yml"), player, fail_on="warning")
    assert answer["failed"]
    assert "nobody elects another master" in answer["msg"]
    assert answer["captains"]["master"] == "nobody"


def test_all_that_blocks_is_told_in_one_message(start_lab: Start, player: Player) -> None:
    lab = start_lab("blocked.yml")
    answer = audit(lab, player, purpose="reboot")
    assert answer["failed"]
    for name in ("xen03", "xen04", "ha_restart_priority"):
        assert name in answer["msg"]
    assert set(lab.book()["totals"].values()) == {0}


def test_the_audit_runs_as_a_module_on_another_machine(lab: Lab, player: Player) -> None:
    task = {AUDIT: {"purpose": "reboot"}, "async": 120, "poll": 1}
    # By its name: Ansible's async wrapper cannot start an interpreter with a space in its path.
    answer = player.results(lab, task, ansible_python_interpreter="python")
    assert codes(answer) == USUAL
    assert answer["work"]["mode"] == "reboot"


def test_the_playbook_leaves_a_report_also_when_it_fails(start_lab: Start, player: Player) -> None:
    lab = start_lab("ha_off.yml")
    folder = player.folder / "reports"
    options = ["-e", f"pool_audit_report_dir={folder}", "-e", "pool_audit_fail_on=warning"]
    played = player.play(lab, "pool_audit", *options)
    assert played.rc != 0
    assert "pool-a: a new master is elected by nobody, VMs of CloudStack are restarted by CloudStack" in played.output
    assert "nobody elects another master" in played.errors[0]
    data = json.loads((folder / "pool-a.json").read_text())
    assert [finding["code"] for finding in data["findings"]] == ["ha_off"]
    assert (folder / "pool-a.md").read_text() == data["markdown"]
    for secret in lab.secrets:
        assert secret not in played.output + (folder / "pool-a.json").read_text()


def test_the_playbook_changes_nothing(lab: Lab, player: Player) -> None:
    played = player.play(lab, "pool_audit")
    assert (played.rc, played.changed) == (0, 0), played.output
    assert set(lab.book()["totals"].values()) == {0}


@pytest.mark.parametrize("product", ["xenserver-6.2", "citrix-hypervisor-8.2"])
def test_a_pool_that_was_patched_in_part_is_named(
    start_lab: Start, player: Player, tmp_path: Path, product: str
) -> None:
    estate = yaml.safe_load((ESTATES / "ha_off.yml").read_text())
    pool = estate["pools"][0]
    pool |= {"product": product, "updates": [{"name": "XS82E001", "uploaded": True}]}
    pool["hosts"][0]["updated"] = True
    path = tmp_path / "estate.yml"
    path.write_text(yaml.safe_dump(estate))
    told = found(audit(start_lab(str(path)), player))
    assert {(severity, code, f"xen0{n}") for severity, code in [("warning", "mixed_levels")] for n in (2, 3, 4)} <= told


PRODUCTS = {
    "xenserver-6.0": [("warning", "ha_not_licensed"), ("warning", "ha_off")],
    "xenserver-6.2": [("warning", "ha_off")],
    "xenserver-7.0": [("warning", "ha_off")],
    "citrix-hypervisor-8.2": [("warning", "ha_off")],
    "xenserver-8": [("warning", "ha_off")],
    "xcp-ng-next": [("warning", "ha_off")],
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_generation_can_be_audited(start_lab: Start, player: Player, tmp_path: Path, product: str) -> None:
    estate = yaml.safe_load((ESTATES / "ha_off.yml").read_text())
    pool = estate["pools"][0]
    pool |= {"product": product, "edition": "free" if product == "xenserver-6.0" else None}
    del pool["updates"]
    path = tmp_path / "estate.yml"
    path.write_text(yaml.safe_dump(estate))
    assert codes(audit(start_lab(str(path)), player)) == PRODUCTS[product]
