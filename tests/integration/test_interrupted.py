# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A controller that dies in the middle loses nothing that the next run cannot take back."""

from __future__ import annotations

import re
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
# A lease is of the lab's time: the usual hour ends while a play begins.
LONG_LEASE = ("-e", "rolling_patch_lease=100000000")
REMOVE_XEN04 = ("-e", "remove_host_hosts=xen04")
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
    run = player.begin(lab, "rolling_patch", *LONG_LEASE)
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
    run = player.begin(lab, "rolling_patch", *LONG_LEASE)
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


def member_out_of_service(state: dict[str, t.Any]) -> bool:
    """One is in maintenance for CloudStack and disabled in the pool, as nobody but a run leaves it."""
    pool = state["pools"][POOL]
    members = {name: host for name, host in pool.get("hosts", {}).items() if name != pool["master"]}
    out = {name for name, host in members.items() if host["live"] and not host["enabled"]}
    return any(promises.cloud_hosts(state)[name]["resource_state"] == "Maintenance" for name in out)


def every_host_lives(state: dict[str, t.Any]) -> bool:
    hosts = state["pools"][POOL].get("hosts", {})
    return bool(hosts) and all(host["live"] for host in hosts.values())


@pytest.mark.parametrize(
    ("role", "options"),
    [("rolling_patch", ()), ("remove_host", REMOVE_XEN04)],
    ids=["patching", "removing"],
)
def test_a_check_after_a_kill_reckons_with_what_would_be_taken_back(
    lab: Lab, player: Player, role: str, options: tuple[str, ...]
) -> None:
    run = player.begin(lab, role, *options)
    if role == "rolling_patch":
        # Restarted, so done, but not back in service: the others need the room that it has.
        wait_for(lab, "host_booted", "", 2)
    else:
        lab.wait_until(member_out_of_service, "a member is out of service")
    run.kill()
    lab.wait_until(every_host_lives, "every host is alive")
    before = lab.state()["pools"][POOL]["other_config"]

    for book, whose in ((role, role), ("resume", "resume")):
        checked = player.play(lab, book, "--check", *options, "-e", f"{whose}_takeover=true")
        assert (checked.rc, checked.changed > 0) == (0, True), checked.output
        assert re.search(r"(xen0\d): would be taken back: \1 is out of service", checked.output)
    assert lab.state()["pools"][POOL]["other_config"] == before
    played = player.play(lab, "resume", "-e", "resume_takeover=true")
    assert played.rc == 0, played.output
    promises.no_vm_suffered(lab.book())
    # What was promised is what was done, to the last migration.
    plan = r"this plan is [0-9a-f]+"
    assert re.findall(plan, played.output) == re.findall(plan, checked.output)


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


def test_a_host_that_an_operator_had_in_maintenance_stays_in_it_when_its_removal_fails(
    lab: Lab, player: Player
) -> None:
    by_hand = player.tasks(
        lab, [{MAINTENANCE + "cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance"}}]
    )
    assert by_hand.rc == 0, by_hand.output
    lab.fault("refuse", call={"method": "*pool.eject", "times": 5}, error=["INTERNAL_ERROR", "disk"])
    played = player.play(lab, "remove_host", "-e", "remove_host_hosts=xen04", "-e", "remove_host_report_dir=reports")
    assert "XAPI stumbled: disk" in played.errors[0]
    state = lab.state()
    assert state["cloudstack"]["hosts"]["xen04"]["resource_state"] == "Maintenance"
    assert state["pools"][POOL]["hosts"]["xen04"] == {"enabled": True, "live": True}
    promises.ha_is(state, POOL, enabled=True)
    promises.no_record_left(state["pools"][POOL])
    promises.no_vm_suffered(lab.book())
    (report,) = (player.folder / "reports").glob("*.md")
    assert "xen04 is in CloudStack's maintenance, as it was before the run" in report.read_text()


CLOUD_OUT = {MAINTENANCE + "cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance"}}
XAPI_OUT = {MAINTENANCE + "xapi_host": {"host": "xen04", "state": "disabled"}}
EMPTY: list[dict[str, t.Any]] = [
    {MAINTENANCE + "maintenance_plan": {"mode": "drain", "hosts": ["xen04"]}, "register": "drain"},
    {MAINTENANCE + "cloudstack_vm_migrate": {"moves": "{{ drain.plan.hosts[0].cloudstack_moves }}"}},
    {MAINTENANCE + "xapi_vm_migrate": {"moves": "{{ drain.plan.hosts[0].xapi_moves }}"}},
]


def of_run(task: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same, as a part of the run that will die."""
    return {module: {**options, "run_id": "dead"} for module, options in task.items()}


@pytest.mark.parametrize(
    ("by_hand", "dies_after", "enabled", "resource_state"),
    [
        ([], [CLOUD_OUT, XAPI_OUT], True, "Enabled"),
        ([], [XAPI_OUT], True, "Enabled"),
        ([], [CLOUD_OUT], True, "Enabled"),
        ([CLOUD_OUT], [CLOUD_OUT], True, "Maintenance"),
        ([CLOUD_OUT], [CLOUD_OUT, XAPI_OUT], True, "Maintenance"),
        ([CLOUD_OUT, XAPI_OUT], [CLOUD_OUT, XAPI_OUT], False, "Maintenance"),
    ],
)
def test_only_what_the_run_itself_took_out_of_service_is_put_back(
    lab: Lab,
    player: Player,
    by_hand: list[dict[str, t.Any]],
    dies_after: list[dict[str, t.Any]],
    enabled: bool,
    resource_state: str,
) -> None:
    begin = {MAINTENANCE + "maintenance_run": {"state": "started", "operation": "x", "run_id": "dead", "lease": 1}}
    undo = {MAINTENANCE + "maintenance_undo": {"takeover": True}, "register": "undo"}
    says = {"ansible.builtin.debug": {"msg": "{{ predicted.undone == undo.undone }}"}}
    predict = {**undo, "check_mode": True, "register": "predicted"}
    run = [begin, *(of_run(task) for task in dies_after)]
    played = player.tasks(lab, [*EMPTY, *by_hand, *run, predict, undo, says])
    assert played.rc == 0, played.output
    assert '"msg": true' in played.output
    state = lab.state()
    assert state["pools"][POOL]["hosts"]["xen04"]["enabled"] is enabled
    assert state["cloudstack"]["hosts"]["xen04"]["resource_state"] == resource_state
    promises.no_record_left(state["pools"][POOL])


def test_a_host_that_was_disabled_before_is_not_enabled_when_cloudstack_refuses_it(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    # Slow, so that CloudStack still has it as Up: then it is noted, and refused by CloudStack's job.
    lab = start_lab("pool.yml", 10)
    begin = {MAINTENANCE + "maintenance_run": {"state": "started", "operation": "x", "run_id": "dead", "lease": 1}}
    undo = {MAINTENANCE + "maintenance_undo": {"takeover": True}}
    played = player.tasks(lab, [XAPI_OUT, begin, {**of_run(CLOUD_OUT), "ignore_errors": True}, undo])
    assert played.rc == 0, played.output
    assert "taken back: xen04 is disabled in the pool, as it was before the run" in played.output
    state = lab.state()
    assert not state["pools"][POOL]["hosts"]["xen04"]["enabled"]
    assert state["cloudstack"]["hosts"]["xen04"]["resource_state"] == "Enabled"
    promises.no_record_left(state["pools"][POOL])


def test_a_record_of_an_earlier_release_is_taken_back_in_both_systems(lab: Lab, player: Player) -> None:
    entry = {
        "kind": "host_in_service",
        "object": lab.estate["pools"][0]["hosts"][3]["address"],
        "before": {"name": "xen04"},
    }
    run = MAINTENANCE + "maintenance_run"
    begin = {run: {"state": "started", "operation": "x", "run_id": "dead", "lease": 1}}
    note = {run: {"state": "noted", "run_id": "dead", "undo": entry}}
    undo = {MAINTENANCE + "maintenance_undo": {"takeover": True}}
    played = player.tasks(lab, [*EMPTY, begin, note, CLOUD_OUT, XAPI_OUT, undo])
    assert played.rc == 0, played.output
    promises.every_host_in_service(lab.state(), POOL)
    promises.no_record_left(lab.state()["pools"][POOL])
