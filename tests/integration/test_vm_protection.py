# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who restarts VMs; what is true is read from the lab's state and its book (origins O2, O3; S4, S11)."""

from __future__ import annotations

import typing as t
from collections import Counter
from pathlib import Path

import pytest
import yaml
from support import promises
from support.lab import Lab
from support.player import Played, Player

Json = dict[str, t.Any]
Start = t.Callable[..., Lab]

MODULE = "xencloud.maintenance.xapi_vm_protection"
ESTATES = Path(__file__).parent / "estates"
ESTATE = "captains.yml"
NATIVE: Json = {MODULE: {"mode": "xenserver"}}
CLOUDSTACK: Json = {MODULE: {"mode": "cloudstack"}}


def priorities(lab: Lab) -> dict[str, str]:
    """The VMs that have one, by the name CloudStack's users know."""
    vms = lab.state()["pools"]["pool-a"]["vms"]
    return {name: vm["ha_restart_priority"] for name, vm in vms.items() if vm["ha_restart_priority"]}


def internal_names(lab: Lab, prefix: str) -> set[str]:
    """The names that the pool has for instances of CloudStack."""
    instances = lab.state()["cloudstack"]["instances"]
    return {each["internal_name"] for name, each in instances.items() if name.startswith(prefix)}


def test_native_ha_protects_exactly_the_vms_with_an_ha_offering_and_back(start_lab: Start, player: Player) -> None:
    lab = start_lab(ESTATE)
    predicted = player.results(lab, NATIVE, "--check", "--diff")
    assert predicted["changed"], predicted
    assert priorities(lab) == {}

    done = player.results(lab, NATIVE, "--diff")
    assert not done["failed"], done["msg"]
    assert done["diff"] == predicted["diff"]
    assert done["plan"] == predicted["plan"]
    assert priorities(lab) == dict.fromkeys(internal_names(lab, "web"), "restart")
    assert [each["vm"] for each in done["left_alone"]] == ["monitoring"]
    assert done["cloudstack_still_does"]

    assert not player.results(lab, NATIVE)["changed"]

    back = player.results(lab, CLOUDSTACK, "--diff")
    assert back["changed"]
    assert priorities(lab) == {}
    assert not player.results(lab, CLOUDSTACK)["changed"]
    assert "xencloud.vm_captain" not in lab.state()["pools"]["pool-a"]["other_config"]


def with_pool(folder: Path, **changes: t.Any) -> Path:
    """The same estate with faults, its pool changed; ``vms`` are options of the VMs of that name."""
    estate = yaml.safe_load((ESTATES / ESTATE).read_text())
    estate["faults"] = changes.pop("faults", [])
    found = estate["pools"][0]
    for name, options in changes.pop("vms", {}).items():
        next(vm for vm in found["vms"] if vm["name"] == name).update(options)
    found.update(changes)
    path = folder / "estate.yml"
    path.write_text(yaml.safe_dump(estate))
    return path


def assert_no_record_left(lab: Lab) -> None:
    """The decision who restarts VMs is meant to stay."""
    promises.no_record_left(lab.state()["pools"]["pool-a"], "xencloud.maintenance")


def starts(lab: Lab) -> Counter[str]:
    """How often each VM was started, as the book saw it."""
    return Counter(entry["subject"] for entry in lab.book()["log"] if entry["kind"] == "vm_started")


def protect(player: Player, lab: Lab, mode: str, *arguments: str) -> Played:
    """The playbook."""
    return player.play(lab, "vm_protection", f"-evm_protection_mode={mode}", *arguments)


def test_the_role_hands_over_says_what_cloudstack_still_does_and_leaves_no_record(
    start_lab: Start, player: Player
) -> None:
    lab = start_lab(ESTATE)
    looked = protect(player, lab, "xenserver", "--check")
    assert looked.rc == 0, looked.output
    assert priorities(lab) == {}

    played = protect(player, lab, "xenserver")
    assert played.rc == 0, played.output
    said = " ".join(played.output.split())
    assert "Two captains: CloudStack also restarts these VMs" in said
    assert "routers" in said.lower()
    assert priorities(lab) == dict.fromkeys(internal_names(lab, "web"), "restart")
    assert_no_record_left(lab)
    audit = player.results(lab, {"xencloud.maintenance.pool_audit": {}})
    codes = {finding["code"]: finding["severity"] for finding in audit["findings"]}
    assert codes["native_ha"] == "warning"
    assert "two_captains" not in codes

    again = protect(player, lab, "xenserver")
    assert (again.rc, again.changed) == (0, 0), again.output
    assert protect(player, lab, "cloudstack").rc == 0
    assert priorities(lab) == {}
    assert_no_record_left(lab)


def test_native_needs_pool_ha(start_lab: Start, player: Player, tmp_path: Path) -> None:
    lab = start_lab(with_pool(tmp_path, ha={"enabled": False}))
    refused = protect(player, lab, "xenserver")
    assert refused.rc != 0
    assert "pool HA is off, so it would restart no VM" in refused.errors[-1]
    assert priorities(lab) == {}
    assert protect(player, lab, "cloudstack").rc == 0


def test_vms_that_only_one_host_can_run_are_all_named_and_nothing_is_changed(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    lab = start_lab(with_pool(tmp_path, vms={"web": {"disk_sr": "local", "on": ["xen02"]}}))
    refused = player.results(lab, NATIVE)
    assert refused["failed"]
    assert refused["msg"].count("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED") == 3
    assert priorities(lab) == {}


def test_what_the_audit_finds_and_vms_that_only_one_host_can_run_are_one_refusal(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    local = {"web": {"disk_sr": "local", "on": ["xen02"]}}
    lab = start_lab(with_pool(tmp_path, vms=local, ha={"enabled": False}))
    refused = protect(player, lab, "xenserver")
    promises.refused(lab, refused, "4 things stand in the way; this run has changed nothing")
    (sentence,) = refused.errors
    assert sentence.count("pool HA is off") == 1
    assert sentence.count("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED") == 3
    assert priorities(lab) == {}


def test_more_than_there_is_room_for_is_refused_unless_allowed(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    full = {"web": {"memory_gib": 9, "count": 6}}
    ha = {"enabled": True, "timeout": 60, "heartbeat_sr": "nfs-ha", "host_failures_to_tolerate": 2}
    lab = start_lab(with_pool(tmp_path, vms=full, ha=ha))
    refused = player.results(lab, NATIVE)
    assert "HA is to tolerate 2 (allow_overcommit says otherwise)" in refused["msg"]
    assert priorities(lab) == {}

    allowed = player.results(lab, {MODULE: {"mode": "xenserver", "allow_overcommit": True}})
    assert "which XAPI refuses as long as the pool's ha_allow_overcommit is false" in allowed["msg"]
    assert priorities(lab) == {}


def test_what_there_is_room_for_is_looked_up_after_the_change(start_lab: Start, player: Player) -> None:
    lab = start_lab(ESTATE)
    predicted = player.results(lab, NATIVE, "--check")["plan"]
    # A host dies in the middle, and the pool has noticed it when the last VM gets its priority.
    lab.fault("crash", host="xen03", call={"method": "VM.set_ha_restart_priority", "nth": 1})
    lab.fault("slow", seconds=900, call={"method": "VM.set_ha_restart_priority", "nth": 3})
    done = player.results(lab, NATIVE)
    assert not done["failed"], done["msg"]
    assert not lab.state()["pools"]["pool-a"]["hosts"]["xen03"]["live"]
    assert done["plan"]["possible_before"] == predicted["possible_before"]
    assert done["plan"]["possible_after"] < predicted["possible_after"]


def test_a_refusal_in_the_middle_puts_back_what_was_changed(start_lab: Start, player: Player) -> None:
    lab = start_lab(ESTATE)
    lab.fault("refuse", call={"method": "VM.set_ha_restart_priority", "nth": 3}, error=["INTERNAL_ERROR", "oops"])
    failed = player.results(lab, NATIVE)
    assert failed["failed"]
    assert "All priorities are as they were" in failed["msg"]
    assert priorities(lab) == {}


def test_a_lost_answer_is_followed_by_the_same_call(start_lab: Start, player: Player) -> None:
    lab = start_lab(ESTATE)
    lab.fault("lose_reply", call={"method": "VM.set_ha_restart_priority", "nth": 2})
    done = player.results(lab, NATIVE)
    assert not done["failed"], done["msg"]
    assert priorities(lab) == dict.fromkeys(internal_names(lab, "web"), "restart")


@pytest.mark.parametrize(("action", "protected"), [("carry_on", True), ("take_back", False)])
def test_a_run_that_is_killed_half_way_is_finished_or_taken_back(
    start_lab: Start, player: Player, action: str, protected: bool
) -> None:
    lab = start_lab(ESTATE)
    lab.fault("hang", call={"method": "VM.set_ha_restart_priority", "nth": 2})
    run = player.begin(lab, "vm_protection", "-evm_protection_mode=xenserver")
    lab.wait_until(lambda _state: len(priorities(lab)) == 1, "no VM was protected")
    run.kill()
    assert len(priorities(lab)) == 1

    resumed = player.play(lab, "resume", f"-eresume_action={action}", "-eresume_takeover=true")
    assert resumed.rc == 0, resumed.output
    assert priorities(lab) == (dict.fromkeys(internal_names(lab, "web"), "restart") if protected else {})
    assert_no_record_left(lab)


# Protected by hand although CloudStack restarts them; their router dies with them and can tell CloudStack nothing.
BOTH = {"web": {"priority": "restart", "count": 6}, "vr": {"on": ["xen02"]}}


def crash(at_s: float) -> list[Json]:
    """xen02 dies; xen03, where pool HA starts some of its VMs, does not answer while CloudStack makes up its mind."""
    died = {"kind": "crash", "host": "xen02", "at_s": at_s}
    return [died, {"kind": "toolstack_stop", "host": "xen03", "at_s": at_s + 89}]


def test_a_mixture_of_captains_is_named_by_the_audit(start_lab: Start, player: Player, tmp_path: Path) -> None:
    lab = start_lab(with_pool(tmp_path, vms={"app": {"priority": "restart"}}))
    audit = player.results(lab, {"xencloud.maintenance.pool_audit": {}})
    assert sum(finding["code"] == "two_captains" for finding in audit["findings"]) == 3
    assert audit["captains"]["vms"] == "both"


def test_vms_of_both_captains_run_twice_after_a_crash(start_lab: Start, tmp_path: Path) -> None:
    lab = start_lab(with_pool(tmp_path, vms=BOTH, faults=crash(15)))
    lab.wait_for(600)
    log = lab.book()["log"]
    assert lab.book()["totals"]["twice"] > 0, log
    assert "fenced_alive" in {entry["kind"] for entry in log}


def test_with_one_captain_the_same_crash_restarts_every_vm_exactly_once(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    lab = start_lab(with_pool(tmp_path, vms=BOTH))
    vms = lab.state()["pools"]["pool-a"]["vms"]
    web = internal_names(lab, "web")
    doomed = {name for name in web if vms[name]["on"] == "xen02"}
    played = protect(player, lab, "cloudstack")
    assert played.rc == 0, played.output
    for fault in crash(1):
        lab.fault(**fault)
    lab.wait_for(1200)
    assert lab.book()["totals"]["twice"] == 0, lab.book()["log"]
    assert {name: number for name, number in starts(lab).items() if name in web} == dict.fromkeys(doomed, 1)


def test_under_native_ha_a_guest_that_is_shut_down_from_inside_is_started_again(
    start_lab: Start, player: Player
) -> None:
    lab = start_lab(ESTATE)
    assert protect(player, lab, "xenserver").rc == 0
    findings = player.results(lab, {"xencloud.maintenance.pool_audit": {}})["findings"]
    native = next(each for each in findings if each["code"] == "native_ha")
    assert "a guest that is shut down from inside is started again" in native["text"]
    for name in ("web-1", "app-1"):
        lab.fault("guest_shutdown", vm=name)
    lab.wait_for(600)
    vms = lab.state()["pools"]["pool-a"]["vms"]
    web, app = internal_names(lab, "web-1").pop(), internal_names(lab, "app-1").pop()
    assert starts(lab)[web] == 1
    assert vms[web]["power_state"] == "Running"
    assert starts(lab)[app] == 0
