# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role of master moves, and everything else is as before; read from the lab's state and book."""

from __future__ import annotations

import typing as t

import pytest
from support import promises
from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]

POOL = "pool-a"
FIVE_MINUTES_S = 300.0
HOSTS = ["xen01", "xen02", "xen03", "xen04"]


def assert_moved(lab: Lab, before: Json, master: str) -> None:
    """This host is master, and nothing else differs."""
    state, book = lab.state(), lab.book()
    promises.no_vm_suffered(book)
    promises.every_host_in_service(state, POOL)
    after, old = state["pools"][POOL], before["pools"][POOL]
    assert after["master"] == master
    assert book["pools"][POOL]["most_masters"] == 1
    assert book["totals"]["migrations"] == 0
    for key in ("ha_enabled", "ha_configuration", "ha_heartbeat_sr", "ha_armed_hosts", "vms"):
        assert after[key] == old[key], key
    promises.no_record_left(after)


def test_the_host_that_is_named_becomes_master_and_a_second_run_changes_nothing(lab: Lab, player: Player) -> None:
    before = lab.state()
    wish = ("-e", "designate_master_host=xen03")

    checked = player.play(lab, "designate_master", "--check", *wish)
    assert (checked.rc, checked.changed) == (0, 1), checked.output
    assert "xen03 becomes master, now it is xen01" in checked.output
    assert "pool-a: HA goes off for the run and on again as it is" in checked.output
    assert lab.state()["pools"] == before["pools"]

    played = player.play(lab, "designate_master", *wish)
    assert played.rc == 0, played.output
    assert_moved(lab, before, "xen03")

    for arguments in ([], ["--check"]):
        again = player.play(lab, "designate_master", *wish, *arguments)
        assert (again.rc, again.changed) == (0, 0), again.output
        assert "HA goes off" not in again.output
    assert len(lab.book()["pools"][POOL]["ha_off"]) == 1


def test_without_a_wish_the_best_candidate_becomes_master(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("spare.yml")
    before = lab.state()
    played = player.play(lab, "designate_master")
    assert played.rc == 0, played.output
    assert_moved(lab, before, "xen04")


def test_ha_that_was_off_stays_off(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("ha_off.yml")
    before = lab.state()
    played = player.play(lab, "designate_master", "-e", "designate_master_host=xen02")
    assert played.rc == 0, played.output
    assert_moved(lab, before, "xen02")


def test_a_host_that_was_out_of_service_is_so_afterwards(start_lab: t.Callable[..., Lab], player: Player) -> None:
    """The switch restarts every toolstack, and a toolstack forgets who wanted its host disabled (xapi.md 3.1)."""
    lab = start_lab("spare.yml")
    out: list[Json] = [
        {"xencloud.maintenance.cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance"}},
        {"xencloud.maintenance.xapi_host": {"host": "xen04", "state": "disabled"}},
    ]
    assert player.tasks(lab, out).rc == 0
    played = player.play(lab, "designate_master", "-e", "designate_master_host=xen02")
    assert played.rc == 0, played.output
    later = lab.state()["clock"]["now"] + FIVE_MINUTES_S
    lab.wait_until(lambda seen: seen["clock"]["now"] >= later, "five minutes")
    state = lab.state()
    assert (state["pools"][POOL]["master"], state["pools"][POOL]["ha_enabled"]) == ("xen02", True)
    assert {name: host["enabled"] for name, host in state["pools"][POOL]["hosts"].items()} == {
        "xen01": True,
        "xen02": True,
        "xen03": True,
        "xen04": False,
    }
    assert promises.cloud_hosts(state)["xen04"]["resource_state"] == "Maintenance"
    promises.no_vm_suffered(lab.book())


def test_a_dead_host_is_told_before_anything_is_changed(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("one_down.yml")
    before = lab.state()
    played = player.play(lab, "designate_master")
    assert played.rc != 0
    assert "xen04" in played.errors[-1]
    assert "this run has changed nothing" in played.errors[-1]
    assert lab.state()["pools"][POOL]["master"] == before["pools"][POOL]["master"]


KILLS: dict[str, t.Callable[[Json], bool]] = {
    "HA just off": lambda state: not state["pools"][POOL]["ha_enabled"],
    "the role just moved": lambda state: state["pools"][POOL].get("master") not in ("xen01", None),
}


@pytest.mark.parametrize("reached", KILLS.values(), ids=KILLS.keys())
@pytest.mark.parametrize("book", ["designate_master", "resume"])
def test_after_a_kill_the_next_run_finishes(
    lab: Lab, player: Player, book: str, reached: t.Callable[[Json], bool]
) -> None:
    before = lab.state()
    wish = ("-e", "designate_master_host=xen03", "-e", "designate_master_takeover=true", "-e", "resume_takeover=true")
    run = player.begin(lab, "designate_master", *wish)
    lab.wait_until(reached, "the moment of the kill")
    run.kill()
    lab.wait_until(lambda state: bool(state["pools"][POOL].get("hosts")), "a master")
    played = player.play(lab, book, *wish)
    assert played.rc == 0, played.output
    assert_moved(lab, before, "xen03")
