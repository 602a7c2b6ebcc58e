# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts leave a pool and CloudStack; what is true is read from the lab's state and book."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from support import promises
from support.lab import Lab
from support.player import Played, Player

Json = dict[str, t.Any]

POOL = "pool-a"
HOSTS = ["xen01", "xen02", "xen03", "xen04"]
FIVE_MINUTES_S = 300.0


def remove(player: Player, lab: Lab, *hosts: str, host: str = "xen01", **options: t.Any) -> Played:
    """Play the role's playbook for these hosts; ``host`` is where the pool is reached."""
    wanted = {"remove_host_hosts": list(hosts), **{f"remove_host_{name}": value for name, value in options.items()}}
    arguments = ["--check"] if wanted.pop("remove_host_check", False) else []
    others = [lab.address(name) for name in lab.running.ready["hosts"] if name != host]
    connection = {**lab.xapi_connection(host), "members": others}
    return player.play(lab, "remove_host", *arguments, "-e", json.dumps(wanted), xapi=connection)


def assert_removed(lab: Lab, before: Json, staying: list[str], *, ha: bool = True) -> None:
    """Only these hosts are left, in both systems and five minutes later as well; nothing else has changed."""
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    after, old = state["pools"][POOL], before["pools"][POOL]
    assert sorted(after["hosts"]) == staying
    assert after["ha_enabled"] is ha
    if ha:
        assert after["ha_armed_hosts"] == staying
        for key in ("ha_configuration", "ha_heartbeat_sr"):
            assert after[key] == old[key]
    assert after["master"] in staying
    assert book["pools"][POOL]["most_masters"] == 1
    promises.no_record_left(after)
    assert_gone_for_good(lab, staying)


def assert_gone_for_good(lab: Lab, staying: list[str]) -> None:
    """CloudStack still has exactly these hosts when it has had the time to look for more."""
    later = lab.state()["clock"]["now"] + FIVE_MINUTES_S
    lab.wait_until(lambda seen: seen["clock"]["now"] >= later, "five minutes")
    assert sorted(promises.cloud_hosts(lab.state())) == staying


def test_the_master_of_a_pool_with_ha_is_removed_and_nobody_notices(lab: Lab, player: Player) -> None:
    before = lab.state()

    checked = remove(player, lab, "xen01", check=True)
    assert checked.rc == 0, checked.output
    assert checked.changed == 1
    (master,) = re.findall(r"xen01: (\S+) becomes master, then emptied", checked.output)
    assert "pool-a: HA goes off for the run and on again as it is" in checked.output
    assert lab.state()["pools"] == before["pools"]

    played = remove(player, lab, "xen01")
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen02", "xen03", "xen04"])
    assert lab.state()["pools"][POOL]["master"] == master
    assert len({tuple(names) for _since, names in lab.book()["pools"][POOL]["masters"] if names}) == 2

    for check in (False, True):
        again = remove(player, lab, lab.estate["pools"][0]["hosts"][0]["address"], host="xen02", check=check)
        assert (again.rc, again.changed) == (0, 0), again.output
        assert "HA goes off" not in again.output


def test_a_member_is_removed_and_watched(lab: Lab, player: Player) -> None:
    before = lab.state()
    played = remove(player, lab, "xen03", watch=1)
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen01", "xen02", "xen04"])
    assert lab.state()["pools"][POOL]["master"] == "xen01"


def test_two_hosts_leave_in_one_run_and_pool_ha_stays_off_for_the_two_that_remain(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("spare.yml")
    before = lab.state()
    played = remove(player, lab, "xen01", "xen03", report_dir="reports")
    assert played.rc == 0, played.output
    assert "2 hosts remain, so pool HA stays off" in played.output
    assert_removed(lab, before, ["xen02", "xen04"], ha=False)
    told = report(player)
    (window,) = (each for each in told["windows"] if each["what"] == "without pool HA")
    assert (told["outcome"], window["to"]) == ("done", None)
    said = {step["text"] for step in told["steps"]}
    assert {"HA of pool-a stays off", "xen03 has left the pool and CloudStack"} <= said
    assert not [text for text in said if "back in service" in text or "on again" in text]
    again = remove(player, lab, "127.0.1.11", "127.0.1.13", host="xen02")
    assert (again.rc, again.changed) == (0, 0), again.output
    assert not lab.state()["pools"][POOL]["ha_enabled"]


def report(player: Player) -> dict[str, t.Any]:
    """What the only run of this controller has written down."""
    (file,) = (player.folder / "reports").glob("*.json")
    told: dict[str, t.Any] = json.loads(file.read_text())
    return told


def test_pool_ha_stays_off_also_when_the_controller_dies_before_it_could_strike_it_off(
    start_lab: t.Callable[..., Lab], player: Player, elsewhere: Player
) -> None:
    """Two hosts with HA fence each other for ever; who asked for this was told that HA stays off."""
    lab = start_lab("spare.yml")
    run = player.begin(lab, "remove_host", "-e", json.dumps({"remove_host_hosts": ["xen03", "xen04"]}))
    lab.wait_until(lambda state: "xen04" in state["pools"], "the second host has left")
    run.kill()
    played = elsewhere.play(lab, "resume", "-e", "resume_takeover=true", "-e", "resume_action=take_back")
    assert played.rc == 0, played.output
    state = lab.state()["pools"][POOL]
    assert (sorted(state["hosts"]), state["ha_enabled"]) == (["xen01", "xen02"], False)
    promises.no_record_left(state)


def test_a_failure_after_the_pool_has_become_small_says_that_pool_ha_is_off(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("spare.yml")
    call = {"side": "cloudstack", "method": "deleteHost", "nth": 2, "times": 50}
    lab.fault("refuse", call=call, error=["530", "Failed to delete host"])
    played = remove(player, lab, "xen03", "xen04")
    assert played.rc != 0
    assert "2 hosts remain, so pool HA stays off" in played.errors[-1]
    assert "xen04 has left the pool but may still be in CloudStack" in played.errors[-1]
    promises.no_vm_suffered(lab.book())
    assert not lab.state()["pools"][POOL]["ha_enabled"]


def test_pool_ha_comes_back_in_a_small_pool_when_the_operator_insists(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("spare.yml")
    before = lab.state()
    played = remove(player, lab, "xen03", "xen04", ha_in_small_pool=True)
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen01", "xen02"])


def test_a_host_that_stays_out_of_service_is_no_obstacle(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("spare.yml")
    out: list[Json] = [
        {"xencloud.maintenance.cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance"}},
        {"xencloud.maintenance.xapi_host": {"host": "xen04", "state": "disabled"}},
    ]
    assert player.tasks(lab, out).rc == 0
    played = remove(player, lab, "xen03")
    assert played.rc == 0, played.output
    state = lab.state()
    promises.no_vm_suffered(lab.book())
    enabled = {name: host["enabled"] for name, host in state["pools"][POOL]["hosts"].items()}
    assert enabled == {"xen01": True, "xen02": True, "xen04": False}
    assert state["pools"][POOL]["ha_armed_hosts"] == ["xen01", "xen02", "xen04"]
    assert sorted(promises.cloud_hosts(state)) == ["xen01", "xen02", "xen04"]
    assert promises.cloud_hosts(state)["xen04"]["resource_state"] == "Maintenance"


def test_local_disks_are_not_wiped_without_consent(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("local_disks.yml")
    before = lab.state()
    refused = remove(player, lab, "xen04")
    assert refused.rc != 0
    assert "1 virtual disk on local-xen04 of xen04 would be lost" in refused.errors[-1]
    assert lab.state()["pools"] == before["pools"]
    assert lab.book()["totals"]["migrations"] == 0

    played = remove(player, lab, "xen04", accept_storage_loss=True)
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen01", "xen02", "xen03"])


def crash(lab: Lab, host: str) -> None:
    """Power off for good, and both captains have noticed."""
    lab.fault("crash", host=host)
    lab.wait_until(lambda state: not state["pools"][POOL]["hosts"][host]["live"], f"{host} is dead for XAPI")
    lab.wait_until(lambda state: promises.cloud_hosts(state)[host]["state"] in ("Down", "Alert"), f"{host} is Down")


def test_a_dead_host_is_forgotten_after_somebody_has_typed_its_name(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("spare.yml")
    before = lab.state()
    crash(lab, "xen04")

    refused = remove(player, lab, "xen04")
    assert refused.rc != 0
    assert "cannot be ejected" in refused.errors[-1]
    refused = remove(player, lab, "xen04", forget=True)
    assert refused.rc != 0
    assert "nobody has confirmed that it is off for good" in refused.errors[-1]
    assert lab.state()["pools"][POOL]["ha_enabled"]

    played = remove(player, lab, "xen04", forget=True, confirm_dead=["xen04"])
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen01", "xen02", "xen03"])


def test_the_last_host_of_a_cluster_leaves_cloudstack(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("alone.yml")
    played = remove(player, lab, "xen01")
    assert played.rc == 0, played.output
    state = lab.state()
    assert promises.cloud_hosts(state) == {}
    assert state["pools"][POOL]["hosts"] == {"xen01": {"enabled": True, "live": True}}
    again = remove(player, lab, "127.0.1.11", cluster="cluster-a")
    assert (again.rc, again.changed) == (0, 0), again.output


def test_every_obstacle_is_told_at_once_and_nothing_is_changed(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("local_disks.yml")
    before = lab.state()
    refused = remove(player, lab, "xen04", "xen09")
    assert refused.rc != 0
    assert "xen09" in refused.errors[-1]
    assert "would be lost" in refused.errors[-1]
    assert lab.state()["pools"] == before["pools"]


KILLS: dict[str, t.Callable[[Json, Json], bool]] = {
    "HA just off": lambda state, book: not state["pools"][POOL]["ha_enabled"],
    "the role of master just moved": lambda state, book: state["pools"][POOL].get("master") not in ("xen01", None),
    "half drained": lambda state, book: book["totals"]["migrations"] >= 3,
    "in maintenance": lambda state, book: promises.cloud_hosts(state)["xen01"]["resource_state"] == "Maintenance",
    "just ejected": lambda state, book: "xen01" not in state["pools"][POOL].get("hosts", {"xen01": None}),
    "just deleted": lambda state, book: "xen01" not in promises.cloud_hosts(state),
}


@pytest.mark.parametrize("reached", KILLS.values(), ids=KILLS.keys())
def test_after_a_kill_the_same_playbook_finishes(
    lab: Lab, player: Player, reached: t.Callable[[Json, Json], bool]
) -> None:
    before = lab.state()
    run = player.begin(lab, "remove_host", "-e", '{"remove_host_hosts": ["xen01"]}', xapi=lab.xapi_connection("xen02"))
    lab.wait_until(lambda state: reached(state, lab.book()), "the moment of the kill")
    run.kill()
    lab.wait_until(lambda state: bool(state["pools"][POOL].get("hosts")), "a master")
    played = remove(player, lab, "127.0.1.11", host="xen02", takeover=True)
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen02", "xen03", "xen04"])


def test_resume_carries_on(lab: Lab, player: Player) -> None:
    before = lab.state()
    run = player.begin(lab, "remove_host", "-e", '{"remove_host_hosts": ["xen01"]}', xapi=lab.xapi_connection("xen02"))
    lab.wait_until(lambda state: KILLS["just ejected"](state, {}), "the eject")
    run.kill()
    played = player.play(lab, "resume", "-e", "resume_takeover=true", xapi=lab.xapi_connection("xen02"))
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen02", "xen03", "xen04"])


def test_resume_that_takes_back_finishes_what_cannot_be_taken_back(lab: Lab, player: Player) -> None:
    before = lab.state()
    run = player.begin(lab, "remove_host", "-e", '{"remove_host_hosts": ["xen01"]}', xapi=lab.xapi_connection("xen02"))
    lab.wait_until(lambda state: KILLS["just ejected"](state, {}), "the eject")
    run.kill()
    wish = ("-e", "resume_takeover=true", "-e", "resume_action=take_back")
    played = player.play(lab, "resume", *wish, xapi=lab.xapi_connection("xen02"))
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen02", "xen03", "xen04"])


@pytest.mark.parametrize(
    ("side", "method"), [("xapi", "Async.pool.eject"), ("cloudstack", "deleteHost")], ids=["eject", "deleteHost"]
)
def test_an_answer_that_is_lost_is_looked_for(lab: Lab, player: Player, side: str, method: str) -> None:
    before = lab.state()
    lab.fault("lose_reply", call={"side": side, "method": method})
    played = remove(player, lab, "xen02")
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen01", "xen03", "xen04"])
    assert method in lab.state()["faults"][0]["what"]


def test_a_host_that_cloudstack_will_not_delete_ends_the_run_red_with_ha_back(lab: Lab, player: Player) -> None:
    call = {"side": "cloudstack", "method": "deleteHost", "times": 50}
    lab.fault("refuse", call=call, error=["530", "Failed to delete host"])
    played = remove(player, lab, "xen02")
    assert played.rc != 0
    assert "xen02 has left the pool but may still be in CloudStack" in played.errors[-1]
    state = lab.state()
    promises.no_vm_suffered(lab.book())
    assert state["pools"][POOL]["ha_enabled"]
    assert sorted(state["pools"][POOL]["hosts"]) == ["xen01", "xen03", "xen04"]


def test_the_only_known_way_to_the_pool_is_not_removed(lab: Lab, player: Player) -> None:
    """Nobody could find a run that is broken off after the eject."""
    before = lab.state()
    refused = player.play(lab, "remove_host", "-e", '{"remove_host_hosts": ["xen01"]}')
    assert refused.rc != 0
    assert "name those that stay in members" in refused.errors[-1]
    assert lab.state()["pools"] == before["pools"]
    assert lab.book()["pools"][POOL]["ha_off"] == []


@pytest.mark.parametrize("action", ["carry_on", "take_back"])
def test_resume_finds_the_run_through_the_members_when_the_host_that_was_given_has_left(
    lab: Lab, player: Player, action: str
) -> None:
    before = lab.state()
    ways = {"members": [lab.address("xen02"), lab.address("xen03")]}
    run = player.begin(lab, "remove_host", "-e", '{"remove_host_hosts": ["xen01"]}', xapi=ways)
    lab.wait_until(lambda state: KILLS["just ejected"](state, {}), "the eject")
    run.kill()
    lab.wait_until(lambda state: bool(state["pools"].get("xen01", {}).get("hosts")), "xen01 is a pool of its own")
    status = player.play(lab, "status", xapi=ways)
    assert "(remove_host) of " in status.output
    wish = ("-e", "resume_takeover=true", "-e", f"resume_action={action}")
    played = player.play(lab, "resume", *wish, xapi=ways)
    assert played.rc == 0, played.output
    assert_removed(lab, before, ["xen02", "xen03", "xen04"])
