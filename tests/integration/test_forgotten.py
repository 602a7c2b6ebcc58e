# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A master that loses power without HA forgets who has left, or joined, a moment before (xapi.md 3.4)."""

from __future__ import annotations

import contextlib
import http.client
import json
import typing as t
from pathlib import Path

import pytest
import XenAPI
import yaml
from support import promises
from support.hands import Hands
from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]

POOL = "pool-a"
PREFIX = "xencloud.maintenance."
STAYING = ["xen01", "xen02", "xen03"]
NEVER_S = 1e9
FOUR = "127.0.1.14"
ASKED = {
    "hosts": [FOUR],
    "cluster": "cluster-a",
    "forget": False,
    "confirm_dead": [],
    "accept_storage_loss": False,
    "ha_in_small_pool": False,
}


ADDING = {"state": "started", "operation": "add_host", "asked": {"hosts": ["127.0.1.15"]}}


@pytest.fixture
def lab(start_lab: t.Callable[..., Lab], tmp_path: Path) -> Lab:
    """Four hosts with HA on; neither the master, which will lose its power, nor xen04, which leaves, has a VM."""
    return start_lab(with_bare_master("spare.yml", tmp_path))


def with_bare_master(name: str, folder: Path) -> str:
    """An estate whose master has no VM, and writes its database only when it is told to.

    What such a master forgets with its power does not depend on the moment.
    """
    estate = yaml.safe_load((Path(__file__).parent / "estates" / name).read_text())
    estate["durations"] = {"db_flush": NEVER_S}
    for vm in estate["pools"][0]["vms"]:
        vm["on"] = ["xen02", "xen03"]
    written = folder / name
    written.write_text(yaml.safe_dump(estate))
    return str(written)


def forget_the_eject(lab: Lab) -> None:
    """xen04 is ejected, and at the same moment the master loses power."""
    hands = Hands(lab)
    hands.xapi("pool.sync_database")
    lab.fault("reset", host="xen01", call={"method": "pool.eject", "when": "after"})
    with contextlib.suppress(OSError, http.client.HTTPException):
        hands.xapi("pool.eject", hands.named("host", "xen04"))
    lab.wait_until(lambda state: "xen04" in state["pools"], "xen04 has a pool of its own")
    lab.wait_until(lambda state: "xen04" in state["pools"][POOL].get("hosts", {}), "the master lists xen04")
    lab.wait_until(lambda state: bool(state["pools"]["xen04"].get("hosts")), "xen04 serves")


def leave_half_way(lab: Lab, player: Player) -> None:
    """What a run of remove_host has done and noted when its controller dies in the eject."""
    started = {"state": "started", "operation": "remove_host", "asked": ASKED}
    run = {"run_id": player.results(lab, {PREFIX + "maintenance_run": started})["run"]["id"]}
    leaving = {"kind": "host_leaving", "object": FOUR, "before": {"name": "xen04", "cluster": "cluster-a"}}
    steps: list[Json] = [
        {PREFIX + "xapi_pool_ha": {"state": "disabled", **run}},
        {PREFIX + "cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance", **run}},
        {PREFIX + "xapi_host": {"host": "xen04", "state": "disabled", **run}},
        {PREFIX + "maintenance_run": {"state": "noted", "undo": leaving, **run}},
    ]
    played = player.tasks(lab, steps)
    assert played.rc == 0, played.output


def assert_removed(lab: Lab) -> None:
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    seen = state["pools"][POOL]
    assert sorted(seen["hosts"]) == STAYING
    assert (seen["ha_enabled"], seen["ha_armed_hosts"]) == (True, STAYING)
    assert seen["ha_configuration"] == {"timeout": "180"}
    assert sorted(promises.cloud_hosts(state)) == STAYING
    promises.no_record_left(seen)


@pytest.mark.parametrize(
    ("book", "options"),
    [
        ("resume", {"resume_takeover": True, "resume_action": "take_back"}),
        ("resume", {"resume_takeover": True}),
        ("remove_host", {"remove_host_takeover": True, "remove_host_hosts": ["xen04"]}),
    ],
    ids=["take back", "carry on", "remove_host again"],
)
def test_an_eject_that_the_master_has_forgotten_is_finished(lab: Lab, player: Player, book: str, options: Json) -> None:
    leave_half_way(lab, player)
    forget_the_eject(lab)
    played = player.play(lab, book, "-e", json.dumps(options))
    assert played.rc == 0, played.output
    assert_removed(lab)


def test_without_any_record_the_audit_names_it_and_remove_host_lets_the_pool_forget_it(
    lab: Lab, player: Player
) -> None:
    assert player.tasks(lab, [{PREFIX + "xapi_pool_ha": {"state": "disabled"}}]).rc == 0
    forget_the_eject(lab)
    assert hosts_of_finding(player.results(lab, {PREFIX + "pool_audit": {}}), "host_apart") == ["xen04"]
    before = lab.state()
    arguments = ("-e", '{"remove_host_hosts": ["xen04"]}')
    checked = player.play(lab, "remove_host", "--check", *arguments)
    assert (checked.rc, checked.changed) == (0, 1), checked.output
    assert "xen04: forgotten by the pool, then deleted from CloudStack" in checked.output
    assert sorted(lab.state()["pools"][POOL]["hosts"]) == sorted(before["pools"][POOL]["hosts"])

    played = player.play(lab, "remove_host", *arguments)
    assert played.rc == 0, played.output
    state = lab.state()
    assert sorted(state["pools"][POOL]["hosts"]) == STAYING
    assert sorted(promises.cloud_hosts(state)) == STAYING
    # Its own pool is none of ours.
    assert state["pools"]["xen04"]["hosts"] == {"xen04": {"enabled": True, "live": True}}
    promises.no_vm_suffered(lab.book())


def hosts_of_finding(result: Json, code: str) -> list[str]:
    return [each["object"] for each in result["findings"] if each["code"] == code]


def test_a_dead_host_of_a_dead_run_can_still_be_removed(lab: Lab, player: Player) -> None:
    """What cannot be taken back for a host that is to be forgotten is no obstacle to forgetting it."""
    started = {"state": "started", "operation": "remove_host", "asked": ASKED}
    run = {"run_id": player.results(lab, {PREFIX + "maintenance_run": started})["run"]["id"]}
    steps: list[Json] = [
        {PREFIX + "xapi_pool_ha": {"state": "disabled", **run}},
        {PREFIX + "xapi_host": {"host": "xen04", "state": "disabled", **run}},
    ]
    assert player.tasks(lab, steps).rc == 0
    lab.fault("crash", host="xen04")
    lab.wait_until(lambda state: not state["pools"][POOL]["hosts"]["xen04"]["live"], "xen04 is dead")
    wish = {"remove_host_hosts": ["xen04"], "remove_host_takeover": True, "remove_host_wait_timeout": 20}
    refused = player.play(lab, "remove_host", "-e", json.dumps(wish))
    assert refused.rc != 0
    assert "XAPI does not see it alive, so it cannot be ejected" in refused.errors[-1]
    certain = {**wish, "remove_host_forget": True, "remove_host_confirm_dead": ["xen04"]}
    played = player.play(lab, "remove_host", "-e", json.dumps(certain))
    assert played.rc == 0, played.output
    assert_removed(lab)


def test_a_member_that_cloudstack_does_not_know_is_removed(lab: Lab, player: Player) -> None:
    into = {PREFIX + "cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance"}}
    out = {PREFIX + "cloudstack_host": {"host": "xen04", "state": "absent"}}
    assert player.tasks(lab, [into, out]).rc == 0
    played = player.play(lab, "remove_host", "-e", '{"remove_host_hosts": ["xen04"]}')
    assert played.rc == 0, played.output
    assert_removed(lab)


def test_storage_that_the_master_takes_for_unplugged_is_plugged_before_pool_ha_goes_on(
    lab: Lab, player: Player
) -> None:
    """So it is when a host has started within the last minutes of a master that then loses power."""
    started = {"state": "started", "operation": "pool_ha", "asked": {}}
    run = {"run_id": player.results(lab, {PREFIX + "maintenance_run": started})["run"]["id"]}
    assert player.tasks(lab, [{PREFIX + "xapi_pool_ha": {"state": "disabled", **run}}]).rc == 0
    hands = Hands(lab)
    (link,) = links(hands, "xen04")
    hands.xapi("PBD.unplug", link)
    assert not links(hands, "xen04")[link]

    played = player.play(lab, "resume", "-e", '{"resume_takeover": true, "resume_action": "take_back"}')
    assert played.rc == 0, played.output
    assert links(hands, "xen04")[link]
    seen = lab.state()["pools"][POOL]
    assert seen["ha_armed_hosts"] == [*STAYING, "xen04"]
    promises.no_record_left(seen)


def links(hands: Hands, name: str) -> dict[str, bool]:
    """The links of this host to the shared storage, and whether the master says that they are plugged."""
    host, sr = hands.named("host", name), hands.named("SR", "nfs-ha")
    found = hands.xapi("PBD.get_all_records")
    return {ref: pbd["currently_attached"] for ref, pbd in found.items() if (pbd["host"], pbd["SR"]) == (host, sr)}


@pytest.fixture
def growing(start_lab: t.Callable[..., Lab], tmp_path: Path) -> Lab:
    """Three hosts with HA on, whose master has no VM, and newcomers."""
    return start_lab(with_bare_master("newcomers.yml", tmp_path))


def forget_the_join(lab: Lab) -> None:
    """xen05 joins, and at the same moment the master loses power."""
    joiner = session_at(lab, "xen05", "newcomer-password")
    Hands(lab).xapi("pool.sync_database")
    lab.fault("reset", host="xen01", call={"method": "pool.join", "when": "after"})
    with contextlib.suppress(OSError, http.client.HTTPException, XenAPI.Failure):
        joiner.xenapi.pool.join("127.0.1.11", "root", lab.xapi_connection()["password"])
    lab.wait_until(lambda state: bool(state["pools"][POOL].get("hosts")), "the master serves")
    lab.wait_until(all_enabled, "every host of the pool is in service")
    lab.wait_until(lambda state: emergency_of(lab, "xen05") == "HOST_UNKNOWN_TO_MASTER", "xen05 knows it")


def all_enabled(state: Json) -> bool:
    return all(host["enabled"] for host in state["pools"][POOL].get("hosts", {}).values())


LIMBO = "it takes itself for a member of a pool whose master does not know it"


def test_a_join_that_the_master_has_forgotten_is_explained_and_can_be_mended(growing: Lab, player: Player) -> None:
    lab = growing
    assert player.tasks(lab, [{PREFIX + "xapi_pool_ha": {"state": "disabled"}}]).rc == 0
    forget_the_join(lab)
    # The root password of a member is the pool's.
    password = lab.xapi_connection()["password"]
    arguments = ("-e", json.dumps({"add_host_hosts": ["127.0.1.15"], "add_host_password": password}))
    before = lab.state()["pools"]
    refused = player.play(lab, "add_host", *arguments)
    assert refused.rc != 0
    assert f"127.0.1.15: {LIMBO}" in refused.errors[-1]
    assert lab.state()["pools"][POOL]["hosts"] == before[POOL]["hosts"]

    lab.wait_until(lambda state: led_by_hand(lab, "xen05", password), "xen05 was told")
    lab.wait_until(lambda state: bool(state["pools"].get("xen05", {}).get("hosts")), "xen05 leads itself")
    lab.wait_until(lambda state: state["pools"]["xen05"]["hosts"]["xen05"]["enabled"], "xen05 is enabled")
    played = player.play(lab, "add_host", *arguments)
    assert played.rc == 0, played.output
    state = lab.state()
    assert sorted(state["pools"][POOL]["hosts"]) == [*STAYING, "xen05"]
    assert sorted(promises.cloud_hosts(state)) == [*STAYING, "xen05"]
    assert lab.book()["pools"][POOL]["most_masters"] == 1
    promises.no_vm_suffered(lab.book())


def test_who_takes_back_is_told_of_a_join_that_was_forgotten(growing: Lab, player: Player) -> None:
    lab = growing
    run = {"run_id": player.results(lab, {PREFIX + "maintenance_run": ADDING})["run"]["id"]}
    joining = {"kind": "host_joining", "object": "127.0.1.15", "before": {"name": "xen05"}}
    steps: list[Json] = [
        {PREFIX + "xapi_pool_ha": {"state": "disabled", **run}},
        {PREFIX + "maintenance_run": {"state": "noted", "undo": joining, **run}},
    ]
    assert player.tasks(lab, steps).rc == 0
    forget_the_join(lab)
    played = player.play(lab, "resume", "-e", "resume_takeover=true", "-e", "resume_action=take_back")
    assert played.rc == 0, played.output
    state = lab.state()["pools"][POOL]
    assert (sorted(state["hosts"]), state["ha_enabled"]) == (STAYING, True)
    promises.no_record_left(state)
    assert f"xen05: {LIMBO}" in " ".join(played.output.split())


def session_at(lab: Lab, host: str, password: str, login: str = "login_with_password") -> t.Any:
    """What an operator does on one host."""
    session = XenAPI.Session(f"https://{lab.address(host)}", ignore_ssl=True)
    getattr(session, login)("root", password)
    return session


def led_by_hand(lab: Lab, host: str, password: str) -> bool:
    """The way out that the finding names, on the host itself."""
    try:
        local = session_at(lab, host, password, "slave_local_login_with_password")
        local.xenapi.pool.emergency_transition_to_master()
    except OSError:
        return False
    return True


def emergency_of(lab: Lab, host: str) -> str:
    """The error with which a host answers every login."""
    try:
        session_at(lab, host, "none")
    except XenAPI.Failure as failure:
        return str(failure.details[0])
    except OSError:
        return ""
    return ""
