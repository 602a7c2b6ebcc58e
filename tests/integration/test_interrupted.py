# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller that dies in the middle loses nothing that the next run cannot take back."""

from __future__ import annotations

import time
import typing as t

import pytest
from support import promises
from support.hands import Hands
from support.lab import Lab
from support.player import Player

POOL = "pool-a"
MAINTENANCE = "xencloud.maintenance."
TAKE_OVER = ("-e", "rolling_patch_takeover=true")
LIMIT_S = 120.0


def wait_for(lab: Lab, kind: str, text: str = "", count: int = 1) -> None:
    """Until the book has this many lines of a kind, with a text when one is given."""
    end = time.monotonic() + LIMIT_S
    while sum(entry["kind"] == kind and text in ("", entry["text"]) for entry in lab.book()["log"]) < count:
        assert time.monotonic() < end, f"no {kind} {text}"
        time.sleep(0.02)


def wait_until_the_pool_answers(lab: Lab) -> None:
    """A master on its way back takes its time; nobody can take anything back before."""
    end = time.monotonic() + LIMIT_S
    while not lab.state()["pools"][POOL].get("hosts"):
        assert time.monotonic() < end, "no master"
        time.sleep(0.02)


# Some moments with a controller that is really killed; the sweep of crash points goes through all of them.
KILLED_AT = pytest.mark.parametrize(
    "line",
    [("vm_migrated", "", 3), ("cluster", "Unmanaged"), ("host_booted", "", 2)],
    ids=["half drained", "just Unmanaged", "second host up"],
)


def everything_is_as_before(lab: Lab) -> None:
    """No VM suffered, every host is in service, HA is on as it was, and nobody holds the pool."""
    state = lab.state()
    promises.no_vm_suffered(lab.book())
    promises.every_host_in_service(state, POOL)
    assert state["pools"][POOL]["ha_enabled"]
    assert state["pools"][POOL]["ha_configuration"] == {"timeout": "180"}
    promises.no_record_left(state["pools"][POOL])


@KILLED_AT
def test_another_controller_takes_everything_back(
    lab: Lab, player: Player, elsewhere: Player, line: tuple[t.Any, ...]
) -> None:
    run = player.begin(lab, "rolling_patch")
    wait_for(lab, *line)
    run.kill()
    wait_until_the_pool_answers(lab)
    before = promises.boots(lab.book())

    refused = elsewhere.play(lab, "resume", "-e", "resume_action=take_back")
    assert "its lease lasts another" in refused.errors[0]
    status = elsewhere.play(lab, "status")
    assert "(rolling_patch) of " in status.output
    assert status.changed == 0

    mixed = promises.mixed(lab.book(), POOL)
    take_back = ("-e", "resume_action=take_back", "-e", "resume_takeover=true")
    noted = lab.state()["pools"][POOL]["other_config"]
    checked = elsewhere.play(lab, "resume", *take_back, "--check")
    entries = [key for key in noted if key.startswith("xencloud.maintenance.undo.")]
    assert checked.output.count("would be taken back: ") == len(entries) > 0
    assert "pool-a: would be taken back: HA of pool-a is off" in checked.output
    assert lab.state()["pools"][POOL]["other_config"] == noted

    played = elsewhere.play(lab, "resume", *take_back)
    assert promises.boots(lab.book()) == before
    if mixed:
        # XAPI has no HA for a pool in between: that is told, kept, and restored by carrying on.
        assert played.rc != 0
        assert "is still off" in played.errors[-1]
        assert "its hosts differ in version" in played.errors[-1]
        promises.every_host_in_service(lab.state(), POOL)
        played = elsewhere.play(lab, "resume")
    assert played.rc == 0, played.output
    everything_is_as_before(lab)


def test_another_controller_carries_on(lab: Lab, player: Player, elsewhere: Player) -> None:
    run = player.begin(lab, "rolling_patch")
    wait_for(lab, "host_booted", "", 2)
    run.kill()
    wait_until_the_pool_answers(lab)
    done = promises.boots(lab.book())

    played = elsewhere.play(lab, "resume", "-e", "resume_takeover=true")
    assert played.rc == 0, played.output
    everything_is_as_before(lab)
    assert [host["missing_updates"] for host in lab.state()["hosts"].values()] == [[]] * 4
    assert all(boots >= done[name] for name, boots in promises.boots(lab.book()).items())


def test_a_host_that_has_been_restarted_is_not_restarted_again(lab: Lab, player: Player, elsewhere: Player) -> None:
    run = player.begin(lab, "rolling_patch", "-e", "rolling_patch_mode=reboot")
    wait_for(lab, "host_booted", "", 2)
    run.kill()

    played = elsewhere.play(lab, "resume", "-e", "resume_takeover=true")
    assert played.rc == 0, played.output
    everything_is_as_before(lab)
    assert promises.boots(lab.book()) == dict.fromkeys(("xen01", "xen02", "xen03", "xen04"), 1)


def test_where_no_run_is_left_nothing_is_done(lab: Lab, player: Player) -> None:
    for action in ("carry_on", "take_back"):
        played = player.play(lab, "resume", "-e", f"resume_action={action}")
        assert (played.rc, played.changed) == (0, 0), played.output
    assert "no run holds it" in player.play(lab, "status").output


@KILLED_AT
def test_after_a_kill_the_next_run_takes_over_and_finishes(lab: Lab, player: Player, line: tuple[t.Any, ...]) -> None:
    run = player.begin(lab, "rolling_patch")
    wait_for(lab, *line)
    run.kill()
    wait_until_the_pool_answers(lab)

    refused = player.play(lab, "rolling_patch")
    assert refused.rc != 0
    assert "its lease lasts another" in refused.errors[0]

    played = player.play(lab, "rolling_patch", *TAKE_OVER)
    assert played.rc == 0, played.output
    everything_is_as_before(lab)
    assert [host["missing_updates"] for host in lab.state()["hosts"].values()] == [[]] * 4


def test_a_second_run_is_refused_while_the_first_one_lives(lab: Lab, player: Player) -> None:
    run = player.begin(lab, "rolling_patch")
    wait_for(lab, "pool_ha", "off")
    refused = player.play(lab, "rolling_patch")
    run.kill()
    assert refused.rc != 0
    assert "rolling_patch" in refused.errors[0]
    assert "@" in refused.errors[0]
    assert refused.changed == 0


def test_what_the_pool_has_forgotten_its_controller_takes_back(lab: Lab, player: Player) -> None:
    """A master that loses power just after pool HA went off has lost what was written last."""
    begun = player.results(lab, {MAINTENANCE + "maintenance_run": {"state": "started", "operation": "rolling_patch"}})
    run = {"run_id": begun["run"]["id"]}
    assert player.results(lab, {MAINTENANCE + "xapi_pool_ha": {"state": "disabled", **run}})["changed"]
    hands = Hands(lab)
    for key in hands.xapi("pool.get_other_config", hands.pool()):
        if key.startswith("xencloud"):
            hands.xapi("pool.remove_from_other_config", hands.pool(), key)

    # A master that has not restarted has forgotten nothing: somebody else has ended the run.
    not_ours = player.results(lab, {MAINTENANCE + "maintenance_undo": run})
    assert "no run holds it" in not_ours["msg"]
    assert not lab.state()["pools"][POOL]["ha_enabled"]

    lab.fault("toolstack_stop", host="xen01")
    lab.fault("toolstack_start", host="xen01")
    lab.wait_until(lambda state: bool(state["pools"][POOL]["master"]), "the master serves again")
    taken_back = player.results(lab, {MAINTENANCE + "maintenance_undo": run})
    assert taken_back["undone"] == ["HA of pool-a is on again as it was"]
    everything_is_as_before(lab)
    again = player.results(lab, {MAINTENANCE + "maintenance_undo": run})
    assert "no run holds it" in again["msg"]
