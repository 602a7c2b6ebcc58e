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


def blip(lab: Lab, seconds: float) -> None:
    """Storage and the network beside it pause on every host at once, as a switch that restarts does."""
    for host in ("xen01", "xen02", "xen03"):
        lab.fault("storage_cut", host=host, sr="nfs-ha", at_s=1)
        lab.fault("network_cut", host=host, at_s=1)
        lab.fault("storage_back", host=host, sr="nfs-ha", at_s=1 + seconds)
        lab.fault("network_back", host=host, at_s=1 + seconds)


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
