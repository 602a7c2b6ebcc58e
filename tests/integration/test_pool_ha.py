# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pool HA on, off and changed; what is true is read from the lab (origins O3, S2, S3; I01, I03, I04)."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from support import promises
from support.lab import Lab
from support.player import Played, Player

Json = dict[str, t.Any]
Start = t.Callable[..., Lab]

POOL = "pool-a"
PIN = "default_ha_timeout"
MODULE = "xencloud.maintenance.xapi_pool_ha"
RUN = "xencloud.maintenance.maintenance_run"
UNDO = "xencloud.maintenance.maintenance_undo"
ESTATES = Path(__file__).parent / "estates"


def pool(lab: Lab) -> Json:
    found: Json = lab.state()["pools"][POOL]
    return found


def ha(player: Player, lab: Lab, *arguments: str, **options: t.Any) -> Played:
    """The playbook, with variables of its role."""
    given = [f"-epool_ha_{name}={value}" for name, value in options.items()]
    return player.play(lab, "pool_ha", *given, *arguments)


def change_estate(folder: Path, change: t.Callable[[Json], object]) -> Path:
    """The usual estate with something different about its pool."""
    estate = yaml.safe_load((ESTATES / "captains.yml").read_text())
    change(estate["pools"][0])
    path = folder / "estate.yml"
    path.write_text(yaml.safe_dump(estate))
    return path


def test_the_role_changes_the_timeout_pins_it_and_leaves_no_record(start_lab: Start, player: Player) -> None:
    lab = start_lab("captains.yml")
    looked = ha(player, lab, "--check", state="enabled")
    assert looked.rc == 0, looked.output
    assert pool(lab)["ha_configuration"] == {"timeout": "60"}

    played = ha(player, lab, state="enabled")
    assert played.rc == 0, played.output
    assert "before pool HA with 180 s does anything" in " ".join(played.output.split())
    after = pool(lab)
    assert after["ha_configuration"] == {"timeout": "180"}
    assert after["other_config"][PIN] == "180"
    assert after["ha_armed_hosts"] == ["xen01", "xen02", "xen03"]
    promises.no_record_left(pool(lab))
    assert len(lab.book()["pools"][POOL]["ha_off"]) == 1

    again = ha(player, lab, state="enabled")
    assert (again.rc, again.changed) == (0, 0), again.output
    promises.no_vm_suffered(lab.book())


def test_a_controller_without_a_place_for_the_copy_of_the_record_warns_and_leaves_no_lock(
    start_lab: Start, player: Player
) -> None:
    lab = start_lab("captains.yml")
    (player.folder / ".ansible").write_text("a file where the folder should be")
    played = ha(player, lab, state="enabled")
    assert played.rc == 0, played.output
    told = " ".join(played.output.split())
    assert told.count("the copy of the run's record cannot be kept up here (Not a directory)") == 1, played.output
    assert "give another folder in mirror_dir" in told
    assert pool(lab)["ha_configuration"] == {"timeout": "180"}
    promises.no_record_left(pool(lab))


def test_the_heartbeat_moves_to_another_storage_and_the_rest_stays(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    def widen(estate: Json) -> None:
        estate["storage"].append({"name": "nfs-new", "type": "nfs", "shared": True, "size_gib": 100})

    lab = start_lab(change_estate(tmp_path, widen))
    wish = {"state": "enabled", "timeout": 60, "pin_timeout": False, "heartbeat_sr": "nfs-new"}
    checked = ha(player, lab, "--check", **wish)
    assert checked.rc == 0, checked.output
    assert pool(lab)["ha_heartbeat_sr"] == "nfs-ha"

    played = ha(player, lab, **wish)
    assert played.rc == 0, played.output
    after = pool(lab)
    assert (after["ha_heartbeat_sr"], after["ha_configuration"]) == ("nfs-new", {"timeout": "60"})
    assert after["ha_armed_hosts"] == ["xen01", "xen02", "xen03"]
    assert PIN not in after["other_config"]
    promises.no_record_left(after)
    assert len(lab.book()["pools"][POOL]["ha_off"]) == 1

    again = ha(player, lab, **wish)
    assert (again.rc, again.changed) == (0, 0), again.output
    promises.no_vm_suffered(lab.book())


def test_off_stays_off_without_anything_to_take_back(start_lab: Start, player: Player) -> None:
    lab = start_lab("captains.yml")
    played = ha(player, lab, state="disabled")
    assert played.rc == 0, played.output
    assert not pool(lab)["ha_enabled"]
    promises.no_record_left(pool(lab))
    resumed = player.play(lab, "resume", "-e", "resume_action=take_back")
    assert (resumed.rc, resumed.changed) == (0, 0), resumed.output
    assert not pool(lab)["ha_enabled"]


def test_the_failures_to_tolerate_are_planned_for_or_refused(start_lab: Start, player: Player) -> None:
    lab = start_lab("captains.yml")
    too_many = ha(player, lab, state="enabled", failures_to_tolerate=4)
    assert too_many.rc != 0
    assert "its planner has room for 3" in too_many.errors[-1]
    assert pool(lab)["ha_configuration"] == {"timeout": "60"}

    played = ha(player, lab, state="enabled", failures_to_tolerate=1)
    assert played.rc == 0, played.output
    assert (pool(lab)["ha_plan_exists_for"], pool(lab)["ha_overcommitted"]) == (1, False)


def test_all_obstacles_are_told_at_once_before_anything_is_changed(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    def spoil(estate: Json) -> None:
        estate["hosts"] = estate["hosts"][:2]
        estate["product"], estate["edition"] = "xenserver-6.1", "free"
        estate["ha"] = {"enabled": False}
        estate["vms"] = []

    lab = start_lab(change_estate(tmp_path, spoil))
    refused = ha(player, lab, state="enabled", heartbeat_sr="local-xen02")
    assert refused.rc != 0
    (sentence,) = refused.errors
    for cause in (
        "2 of the 3 hosts",
        "licence does not include HA (edition free",
        "SR local-xen02 is not plugged on xen01",
    ):
        assert cause in sentence
    assert not pool(lab)["ha_enabled"]
    promises.no_record_left(pool(lab))


def test_what_the_audit_finds_and_what_there_is_no_room_for_is_one_refusal(start_lab: Start, player: Player) -> None:
    lab = start_lab("captains.yml")
    refused = ha(player, lab, state="enabled", heartbeat_sr="local-xen02", failures_to_tolerate=4)
    promises.refused(
        lab,
        refused,
        "2 things stand in the way; this run has changed nothing",
        "SR local-xen02 is not plugged on",
        "host_failures_to_tolerate is 4, and its planner has room for 3",
    )
    assert len(refused.errors) == 1
    assert pool(lab)["ha_configuration"] == {"timeout": "60"}


def test_two_hosts_only_on_explicit_request(start_lab: Start, player: Player, tmp_path: Path) -> None:
    def shrink(estate: Json) -> None:
        estate["hosts"] = estate["hosts"][:2]
        estate["ha"], estate["vms"] = {"enabled": False}, []

    lab = start_lab(change_estate(tmp_path, shrink))
    assert ha(player, lab, state="enabled").rc != 0
    played = ha(player, lab, state="enabled", allow_small_pool="true")
    assert played.rc == 0, played.output
    assert pool(lab)["ha_armed_hosts"] == ["xen01", "xen02"]


@pytest.mark.parametrize(("action", "timeout"), [("carry_on", "180"), ("take_back", "60")])
def test_a_change_that_is_killed_between_off_and_on_is_finished_or_taken_back(
    start_lab: Start, player: Player, action: str, timeout: str
) -> None:
    lab = start_lab("captains.yml", 60)
    run = player.begin(lab, "pool_ha", "-epool_ha_state=enabled")
    lab.wait_until(lambda state: not state["pools"][POOL]["ha_enabled"], "HA was never off")
    run.kill()
    lab.wait_until(lambda state: bool(state["pools"][POOL]["hosts"]), "no master")

    resumed = player.play(lab, "resume", "-e", f"resume_action={action}", "-e", "resume_takeover=true")
    assert resumed.rc == 0, resumed.output
    after = pool(lab)
    assert (after["ha_enabled"], after["ha_configuration"]) == (True, {"timeout": timeout})
    promises.no_record_left(pool(lab))


def dead_run(operation: str, **asked: t.Any) -> Json:
    """A run whose controller says nothing more."""
    return {RUN: {"state": "started", "run_id": "dead", "operation": operation, "asked": asked, "lease": 1}}


def switched(lab: Lab) -> list[str]:
    """How HA was switched, the estate's own beginning included."""
    return [entry["text"] for entry in lab.book()["log"] if entry["kind"] == "pool_ha"]


@pytest.mark.parametrize("door", ["take_back", "restored", "restore"])
def test_ha_that_an_operator_has_switched_on_since_is_left_as_it_is(
    start_lab: Start, player: Player, door: str
) -> None:
    lab = start_lab("captains.yml")
    by_hand: Json = {MODULE: {"state": "enabled", "ha_timeout": 120}}
    off: Json = {MODULE: {"state": "disabled", "run_id": "dead"}, "register": "noted"}
    doors: dict[str, Json] = {
        "take_back": {UNDO: {"takeover": True}},
        "restored": {MODULE: {"state": "restored", "run_id": "dead"}},
        "restore": {MODULE: {"restore": "{{ noted.ha_before }}", "run_id": "dead"}},
    }
    # Beside it nothing may be left of what was noted, so that no later run brings it back.
    ends = [] if door == "take_back" else [{RUN: {"state": "finished", "run_id": "dead"}}]
    played = player.tasks(lab, [dead_run("remove_host", hosts=["xen03"]), off, by_hand, doors[door], *ends])
    assert played.rc == 0, played.output
    assert (pool(lab)["ha_enabled"], pool(lab)["ha_configuration"]) == (True, {"timeout": "120"})
    assert switched(lab) == ["on", "off", "on"]
    promises.no_record_left(pool(lab))
    told = " ".join(played.output.split())
    assert "HA is on with timeout 120 s on nfs-ha" in told
    assert "timeout 60 s on nfs-ha was noted" in told
    assert "-e pool_ha_state=enabled -e pool_ha_timeout=60" in told


def test_a_change_that_is_killed_after_on_is_taken_back_but_not_what_an_operator_made_of_it(
    start_lab: Start, player: Player
) -> None:
    lab = start_lab("captains.yml")
    noted = player.results(lab, {MODULE: {"state": "disabled"}})["ha_before"]
    note = {RUN: {"state": "noted", "run_id": "dead", "undo": {"kind": "pool_ha", "object": POOL, "before": noted}}}
    killed = [dead_run("pool_ha", state="enabled", timeout=180, heartbeat_sr=""), note]
    for timeout, left in (180, "60"), (120, "120"):
        on = {MODULE: {"state": "enabled", "ha_timeout": timeout}}
        played = player.tasks(lab, [*killed, on, {UNDO: {"takeover": True}}])
        assert played.rc == 0, played.output
        assert (pool(lab)["ha_enabled"], pool(lab)["ha_configuration"]) == (True, {"timeout": left})
        promises.no_record_left(pool(lab))


def test_a_run_that_carries_on_restores_what_an_operator_has_set_since(start_lab: Start, player: Player) -> None:
    lab = start_lab("captains.yml")
    dies = [dead_run("remove_host", hosts=["xen03"]), {MODULE: {"state": "disabled", "run_id": "dead"}}]
    by_hand = {MODULE: {"state": "enabled", "ha_timeout": 120}}
    carries_on = [{MODULE: {"state": state, "run_id": "dead"}} for state in ("disabled", "restored")]
    played = player.tasks(lab, [*dies, by_hand, *carries_on])
    assert played.rc == 0, played.output
    assert (pool(lab)["ha_enabled"], pool(lab)["ha_configuration"]) == (True, {"timeout": "120"})


def blip(lab: Lab, seconds: float) -> None:
    """Storage and the network beside it pause on every host at once, as a switch that restarts does."""
    orders: list[Json] = []
    for when, at_s in (("cut", 0.0), ("back", seconds)):
        for host in ("xen01", "xen02", "xen03"):
            orders.append({"kind": f"storage_{when}", "host": host, "sr": "nfs-ha", "at_s": at_s})
            orders.append({"kind": f"network_{when}", "host": host, "at_s": at_s})
    lab.faults(*orders)


def fenced(lab: Lab) -> list[str]:
    return [entry["subject"] for entry in lab.book()["log"] if entry["kind"] in ("fenced", "heartbeat_fence")]


def hasty(estate: Json) -> None:
    estate["ha"]["timeout"] = 30


def test_a_blip_of_40_s_fences_every_host_when_the_timeout_is_30_s(start_lab: Start, tmp_path: Path) -> None:
    lab = start_lab(change_estate(tmp_path, hasty))
    blip(lab, 40)
    lab.wait_for(60)
    assert sorted(fenced(lab)) == ["xen01", "xen02", "xen03"]
    assert lab.book()["totals"]["lost"] > 0


def test_after_the_role_has_set_180_s_the_same_blip_costs_nothing(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    lab = start_lab(change_estate(tmp_path, hasty))
    played = ha(player, lab, state="enabled", timeout=180)
    assert played.rc == 0, played.output
    blip(lab, 40)
    lab.wait_for(300)
    assert fenced(lab) == []
    promises.no_vm_suffered(lab.book())
    assert pool(lab)["ha_armed_hosts"] == ["xen01", "xen02", "xen03"]


def test_a_cloudstack_that_does_not_answer_is_no_reason_to_leave_ha_off(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    def off(estate: Json) -> None:
        estate["ha"] = {"enabled": False}

    lab = start_lab(change_estate(tmp_path, off))
    gone = {"api_url": "https://127.0.1.99:9/client/api"}
    played = player.play(lab, "pool_ha", "-epool_ha_state=enabled", cloudstack=gone)
    assert played.rc == 0, played.output
    assert "CloudStack was not asked" in " ".join(played.output.split())
    assert pool(lab)["ha_armed_hosts"] == ["xen01", "xen02", "xen03"]


def test_a_host_that_does_not_answer_is_refused_though_the_master_believes_it_alive(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    """XAPI itself would wait for it without end, and pool HA would be off meanwhile."""

    def off(estate: Json) -> None:
        estate["ha"] = {"enabled": False}

    lab = start_lab(change_estate(tmp_path, off), speed=10)
    lab.fault("toolstack_stop", host="xen03")
    refused = ha(player, lab, state="enabled", wait_timeout=30)
    assert lab.state()["pools"][POOL]["hosts"]["xen03"]["live"]
    assert refused.rc != 0
    assert "xen03 does not answer" in refused.errors[-1]
    assert "pool.enable_ha" not in lab.state()["calls"]
    assert "Async.pool.enable_ha" not in lab.state()["calls"]


def test_a_full_storage_is_refused_before_ha_is_switched_off_for_a_change(
    start_lab: Start, player: Player, tmp_path: Path
) -> None:
    def small(estate: Json) -> None:
        estate["storage"].append({"name": "nfs-small", "size_gib": 3})

    lab = start_lab(change_estate(tmp_path, small))
    refused = ha(player, lab, state="enabled", heartbeat_sr="nfs-small")
    assert refused.rc != 0
    assert "SR nfs-small has 3072 MiB free of the 3808 that HA needs" in refused.errors[-1]
    assert (pool(lab)["ha_enabled"], pool(lab)["ha_heartbeat_sr"]) == (True, "nfs-ha")
    assert lab.book()["pools"][POOL]["ha_off"] == []


def test_a_change_that_xapi_refuses_after_all_puts_the_old_configuration_back(start_lab: Start, player: Player) -> None:
    """What nobody could foresee is refused when HA is off already."""
    lab = start_lab("captains.yml")
    lab.fault("refuse", call={"method": "*pool.enable_ha"}, error=["REQUIRED_PIF_IS_UNPLUGGED", "OpaqueRef:pif"])
    failed = ha(player, lab, state="enabled")
    assert failed.rc != 0
    assert "REQUIRED_PIF_IS_UNPLUGGED" in failed.errors[-1]
    after = pool(lab)
    assert (after["ha_enabled"], after["ha_configuration"]) == (True, {"timeout": "60"})
    promises.no_record_left(pool(lab))
