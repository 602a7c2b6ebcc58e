# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool without HA has lost its master: another one is elected behind its proof, or not at all."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import XenAPI
import yaml
from support import by_hand, promises
from support.lab import Lab
from support.player import Played, Player

POOL = "pool-a"
RECOVERY = "xencloud.maintenance.xapi_pool_recovery"
# At the speed of the lab a real second is five minutes; a member that has not answered by then hangs.
HEARING: dict[str, t.Any] = {"hearing_timeout": 2.0}
HEARING_ROLE = ("-e", "elect_master_hearing_timeout=2")
DEAD = ("-e", '{"elect_master_confirm_dead": ["xen01"]}')
# The VMs of this estate that CloudStack does not restart.
NOT_PROTECTED = {"i-2-19-VM", "i-2-20-VM", "monitoring"}
XEN02 = ("-e", "elect_master_host=xen02")


@pytest.fixture
def lab(start_lab: t.Callable[..., Lab]) -> Lab:
    """Four hosts without HA."""
    return start_lab("ha_off.yml")


def lose_master(lab: Lab, fault: str = "crash") -> None:
    """The master goes, and CloudStack notices."""
    lab.fault(fault, host="xen01")
    lab.wait_until(lambda state: cloud_state(state) != "Up", "CloudStack still sees xen01 as Up")


def cloud_state(state: dict[str, t.Any]) -> str:
    return str(promises.cloud_hosts(state)["xen01"]["state"])


def elect(lab: Lab, player: Player, *arguments: str, **changes: t.Any) -> Played:
    folders = ("-e", f"elect_master_evidence_dir={player.folder}/evidence", "-e", "elect_master_report_dir=reports")
    return player.play(lab, "elect_master", *HEARING_ROLE, *folders, *arguments, **changes)


def reports(player: Player) -> list[dict[str, t.Any]]:
    """What the runs told, in their order."""
    found = sorted((player.folder / "reports").glob("*.json"))
    return [json.loads(path.read_text()) for path in found]


def masters(lab: Lab) -> list[str]:
    """Who plays the role of a master, running."""
    return [name for name, host in lab.state()["hosts"].items() if host["role"] == "master" and host["answers"]]


def assert_refused(lab: Lab, played: Played, *words: str) -> None:
    promises.refused(lab, played, *words)
    assert "xen02" not in masters(lab)


def assert_in_service(lab: Lab, *names: str) -> None:
    """Enabled in the pool, Up in CloudStack."""
    state = lab.state()
    for name in names:
        assert state["pools"][POOL]["hosts"][name]["enabled"], name
        assert promises.cloud_hosts(state)[name]["state"] == "Up", name


def runs(state: dict[str, t.Any], names: set[str]) -> bool:
    """Every one of these VMs has a domain somewhere."""
    return names <= {domain for host in state["hosts"].values() for domain in host["domains"]}


def follows(state: dict[str, t.Any], name: str) -> bool:
    """It is a member, and its toolstack has started again as one."""
    host = state["hosts"][name]
    return host["role"] == "slave" and bool(host["answers"])


def steps_of_run(state: dict[str, t.Any]) -> int:
    """How many steps the run in the pool's record has made."""
    return sum(key.startswith("xencloud.maintenance.step.") for key in state["pools"][POOL]["other_config"])


def test_s1_a_dead_master_is_replaced_its_vms_start_again_and_it_comes_back_as_a_member(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    # CloudStack gives up restarting a VM after fifty minutes; at this speed the election is made in time.
    lab = start_lab("ha_off.yml", speed=20)
    protected = set(lab.state()["hosts"]["xen01"]["domains"]) - NOT_PROTECTED
    lose_master(lab)
    played = elect(lab, player, *DEAD, *XEN02)
    assert played.rc == 0, played.output
    assert masters(lab) == ["xen02"]
    assert_in_service(lab, "xen02", "xen03", "xen04")
    assert "xen01 was confirmed dead" in played.output
    evidence = json.loads(next((player.folder / "evidence").iterdir()).read_text())
    assert evidence["confirmed_dead"] == ["xen01"]
    assert not [secret for secret in lab.secrets if secret in str(evidence)]
    assert_reported(lab, player)
    lab.wait_until(lambda state: runs(state, protected), "CloudStack restarts what it protects")

    again = elect(lab, player, *DEAD, *XEN02)
    assert (again.rc, again.changed) == (0, 0), again.output
    assert len(reports(player)) == 1

    lab.fault("power_on", host="xen01")
    lab.wait_until(lambda state: follows(state, "xen01"), "xen01 follows the new master")
    back = elect(lab, player)
    assert back.rc == 0, back.output
    assert masters(lab) == ["xen02"]
    assert_in_service(lab, "xen01", "xen02", "xen03", "xen04")
    assert lab.book()["totals"]["twice"] == 0
    assert elect(lab, player).changed == 0


def assert_reported(lab: Lab, player: Player) -> None:
    """Who was elected, who was led, when, and what is left, in three files without a secret."""
    (told,) = reports(player)
    assert (told["operation"], told["outcome"], told["asked"]["confirm_dead"]) == ("elect_master", "done", ["xen01"])
    assert [step["text"] for step in told["steps"]] == ["xen02 is master now", "xen03, xen04 led to xen02"]
    assert told["started"] <= told["steps"][0]["at"] <= told["steps"][1]["at"] <= told["ended"]
    assert "xen01 was confirmed dead" in told["left"][0]
    files = list((player.folder / "reports").iterdir())
    assert sorted(path.suffix for path in files) == [".html", ".json", ".md"]
    assert not [secret for secret in lab.secrets for path in files if secret in path.read_text()]


def test_check_mode_tells_who_would_be_elected_and_elects_nobody(lab: Lab, player: Player) -> None:
    lose_master(lab)
    predicted = elect(lab, player, *DEAD, *XEN02, "--check", "--diff")
    assert (predicted.rc, predicted.changed) == (0, 1), predicted.output
    assert '"master": "xen02"' in predicted.output
    assert masters(lab) == []
    assert not (player.folder / "evidence").exists()
    assert not (player.folder / "reports").exists()


def test_everything_that_speaks_against_an_election_is_told_at_once(lab: Lab, player: Player) -> None:
    lab.fault("crash", host="xen01")
    lab.fault("crash", host="xen04")
    played = elect(lab, player, "-e", '{"elect_master_confirm_dead": ["xen03", "xen9"]}')
    assert_refused(
        lab,
        played,
        "nobody has confirmed that xen01, xen04 are without power",
        "xen03 was confirmed dead and answers",
        "xen9, confirmed dead, is none of its hosts",
        "whose copy of the database is the newest is not known",
        "Nothing was changed",
    )
    (told,) = reports(player)
    assert (told["outcome"], told["steps"], told["left"]) == ("failed", [], [])
    assert "xen03 was confirmed dead and answers" in told["error"]


def test_refused_while_cloudstack_still_sees_the_master_as_up(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("ha_off.yml", speed=5)
    lab.fault("crash", host="xen01")
    assert_refused(lab, elect(lab, player, *DEAD, *XEN02), "CloudStack sees xen01 as Up")


def test_refused_while_members_hear_the_master_that_is_only_cut_off_from_here(lab: Lab, player: Player) -> None:
    lab.fault("controller_cut", host="xen01")
    played = elect(lab, player, *DEAD, *XEN02)
    assert_refused(lab, played, "the master is alive, xen02, xen03, xen04 hear it", "CloudStack sees xen01 as Up")
    assert masters(lab) == ["xen01"]
    assert set(lab.book()["totals"].values()) == {0}


def test_refused_while_ha_is_armed_by_the_host_itself(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("slow_ha.yml", speed=30)
    lose_master(lab)
    played = elect(lab, player, *DEAD, *XEN02)
    assert played.rc != 0
    assert "pool HA is armed on it, so the hosts elect a master themselves" in played.errors[0]
    assert masters(lab) == []
    by_hand.time_passes(lab, 40_000)
    lab.wait_until(lambda state: state["pools"][POOL]["master"] is not None, "the hosts elect a master themselves")


def test_refused_while_versions_are_mixed(start_lab: t.Callable[..., Lab], player: Player) -> None:
    lab = start_lab("half_upgraded.yml")
    lose_master(lab)
    assert_refused(
        lab,
        elect(lab, player, *DEAD, *XEN02),
        "its hosts differ in version (xen02, xen03, xen04 with 8.3.0, xen01 with 8.3.1)",
        "every copy is as old as the upgrade",
    )


def test_a_member_in_emergency_mode_and_members_that_hang_are_one_case(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("older_product.yml")
    lose_master(lab)
    lab.fault("toolstack_stop", host="xen03")
    lab.fault("toolstack_start", host="xen03")
    lab.wait_until(lambda state: state["hosts"]["xen03"]["emergency"] is not None, "xen03 is in emergency mode")
    seen = player.results(lab, {RECOVERY: HEARING})
    roles = {host["name"]: (host["role"], host["hears_master"]) for host in seen["hosts"]}
    assert roles["xen01"] == ("silent", None)
    assert roles["xen02"] == roles["xen04"] == ("member", False)
    # Its toolstack restarts again and again until it finds a master, and refuses the connection meanwhile.
    assert roles["xen03"][0] == "emergency"
    assert seen["lost"] == ["xen01"]
    assert not seen["changed"]

    played = elect(lab, player, *DEAD, "-e", "elect_master_host=xen04")
    assert played.rc == 0, played.output
    assert masters(lab) == ["xen04"]
    assert_in_service(lab, "xen02", "xen03", "xen04")


def test_a_member_whose_toolstack_is_down_when_it_is_called_is_told_again(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("older_product.yml")
    lose_master(lab)
    lab.fault("toolstack_stop", host="xen03", call={"method": "pool.recover_slaves"})
    patience = ("-e", "elect_master_wait_timeout=30", "-e", "elect_master_host=xen04")
    run = player.begin(lab, "elect_master", *HEARING_ROLE, *patience, *DEAD)
    lab.wait_until(lambda state: not state["hosts"]["xen03"]["answers"], "xen03 was never called")
    # Long enough to be missed by the master and by the module, too; then it starts, and looks for the dead master.
    lab.wait_for(300)
    lab.fault("toolstack_start", host="xen03")
    output, _errors = run.communicate(timeout=120)
    assert run.returncode == 0, output
    assert_in_service(lab, "xen02", "xen03", "xen04")
    assert follows(lab.state(), "xen03")


def test_a_host_whose_toolstack_starts_at_the_look_is_not_silent(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("ha_off.yml", speed=30)
    lab.fault("toolstack_stop", host="xen03")
    # All hosts are looked at together: xen03 starts when its neighbour is, which takes it 20 s.
    lab.fault("toolstack_start", host="xen03", call={"method": "session.login_with_password", "host": "xen02"})
    seen = player.results(lab, {RECOVERY: {**HEARING, "state": "recovered"}})
    assert seen["silent"] == []
    assert lab.state()["faults"]
    assert follows(lab.state(), "xen03")


def test_the_newest_copy_wins_and_its_age_is_shown(lab: Lab, player: Player) -> None:
    lose_master(lab)
    copies = [{"host": f"xen0{number}", "generation": 100 + number, "age": 900 - number} for number in (2, 3, 4)]
    options = {**HEARING, "confirm_dead": ["xen01"], "copies": copies}
    seen = player.results(lab, {RECOVERY: options})
    assert seen["candidate"] == "xen04"
    assert "xen04: its copy is of generation 104, 896 s old" in seen["copies"]
    unknown = player.results(lab, {RECOVERY: HEARING})
    assert unknown["candidate"] is None
    assert "the oldest at most 900 s" in unknown["copies"][0]
    elected = player.results(lab, {RECOVERY: {**options, "state": "elected"}})
    assert (elected["changed"], elected["master"], masters(lab)) == (True, "xen04", ["xen04"])


def test_a_lost_answer_of_the_elected_host_elects_nobody_twice(lab: Lab, player: Player) -> None:
    lose_master(lab)
    lab.fault("lose_reply", call={"method": "pool.emergency_transition_to_master"})
    lab.fault("lose_reply", call={"method": "pool.recover_slaves"})
    first = elect(lab, player, *DEAD, *XEN02)
    second = elect(lab, player, *DEAD, *XEN02)
    assert second.rc == 0, (first.output, second.output)
    assert masters(lab) == ["xen02"]
    assert_in_service(lab, "xen02", "xen03", "xen04")


def test_a_master_that_was_only_cut_off_is_made_a_member_when_its_network_is_back(lab: Lab, player: Player) -> None:
    lose_master(lab, "network_cut")
    assert elect(lab, player, *DEAD, *XEN02).rc == 0
    lab.fault("network_back", host="xen01")
    findings = player.results(lab, {"xencloud.maintenance.pool_audit": {}}, xapi=lab.xapi_connection("xen02"))[
        "findings"
    ]
    assert ("blocker", "second_master", "xen01") in {(f["severity"], f["code"], f["object"]) for f in findings}
    both = elect(lab, player)
    assert both.rc != 0
    assert "xen01 and xen02 both serve as master" in both.errors[0]
    healed = elect(lab, player, *XEN02)
    assert healed.rc == 0, healed.output
    assert masters(lab) == ["xen02"]
    assert_in_service(lab, "xen01", "xen02", "xen03", "xen04")


def test_a_pool_of_members_only_gets_the_master_back_that_it_had(lab: Lab, player: Player) -> None:
    session = XenAPI.Session(f"https://{lab.address('xen02')}", ignore_ssl=True)
    # What a wrong recipe does: on a member this call takes the role from a living master.
    session.slave_local_login_with_password("root", lab.secrets[0])
    session.xenapi.pool.recover_slaves()
    lab.wait_until(lambda state: state["hosts"]["xen01"]["role"] == "slave", "xen01 has lost its role")
    unnamed = elect(lab, player)
    assert_refused(lab, unnamed, "every host answers and none is master, so name the one that was master last")
    played = elect(lab, player, "-e", "elect_master_host=xen01")
    assert played.rc == 0, played.output
    assert masters(lab) == ["xen01"]
    promises.every_host_in_service(lab.state(), POOL)
    promises.no_vm_suffered(lab.book())


def test_a_run_that_lost_its_master_and_its_controller_is_resumed_after_the_election(
    start_lab: t.Callable[..., Lab], player: Player
) -> None:
    lab = start_lab("pool.yml", speed=30)
    run = player.begin(lab, "rolling_patch")
    lab.wait_until(lambda state: state["pools"][POOL]["ha_enabled"] is False, "HA is off")
    lab.wait_until(lambda state: steps_of_run(state) >= 1, "the run has noted that HA is off")
    run.kill()
    lose_master(lab)
    played = elect(lab, player, *DEAD, *XEN02)
    assert played.rc == 0, played.output
    assert "Run the role resume" in " ".join(played.output.split()), played.output
    lab.fault("power_on", host="xen01")
    lab.wait_until(lambda state: follows(state, "xen01"), "xen01 follows the new master")
    assert elect(lab, player).rc == 0
    resumed = player.play(lab, "resume", "-e", "resume_action=take_back", "-e", "resume_takeover=true")
    assert resumed.rc == 0, resumed.output
    promises.ha_is(lab.state(), POOL, enabled=True)
    promises.every_host_in_service(lab.state(), POOL)
    assert lab.book()["totals"]["twice"] == 0


def test_a_member_that_is_silent_is_not_said_to_be_dead(lab: Lab, player: Player) -> None:
    lab.fault("toolstack_stop", host="xen03")
    seen = player.results(lab, {RECOVERY: {**HEARING, "state": "recovered"}})
    assert [(host["name"], host["confirmed_dead"]) for host in seen["silent"]] == [("xen03", False)]
    assert "xen03 does not answer" in seen["left"][0]
    assert "dead;" not in seen["left"][0]
    assert lab.state()["hosts"]["xen03"]["domains"]


def test_no_host_is_lost_and_nothing_is_elected_in_a_healthy_pool(lab: Lab, player: Player) -> None:
    played = elect(lab, player, *XEN02)
    assert played.rc != 0
    assert "xen02: it does not serve as master, xen01 does" in played.errors[0]
    healthy = elect(lab, player)
    assert (healthy.rc, healthy.changed) == (0, 0), healthy.output
    promises.no_vm_suffered(lab.book())
    promises.every_host_in_service(lab.state(), POOL)


def enabled(lab: Lab) -> dict[str, bool]:
    return {name: host["enabled"] for name, host in lab.state()["pools"][POOL]["hosts"].items()}


def disable_by_hand(lab: Lab, *names: str, mark: str = "", how: tuple[bool, ...] = ()) -> None:
    """As a person or another tool does; ``how`` is auto_enable, which newer products have."""
    xapi = by_hand.xapi(lab)
    for name in names:
        host = xapi.host.get_by_name_label(name)[0]
        xapi.host.disable(host, *how)
        if name == mark:
            xapi.host.add_to_other_config(host, "MAINTENANCE_MODE", "true")


def test_a_follower_that_somebody_has_disabled_is_named_and_never_enabled(lab: Lab, player: Player) -> None:
    disable_by_hand(lab, "xen03", "xen04", mark="xen04")
    played = elect(lab, player)
    assert (played.rc, played.changed) == (0, 0), played.output
    assert enabled(lab) == {"xen01": True, "xen02": True, "xen03": False, "xen04": False}
    assert "xen03 is disabled in the pool and was left so: it follows the master" in played.output
    assert "xen04 is disabled in the pool and was left so: XenCenter has it in maintenance mode" in played.output


def test_a_master_that_somebody_has_disabled_is_named_with_what_that_means(lab: Lab, player: Player) -> None:
    disable_by_hand(lab, "xen01")
    seen = player.results(lab, {RECOVERY: {**HEARING, "state": "recovered"}})
    assert (seen["changed"], seen["enabled"], seen["disabled"]) == (False, [], ["xen01"])
    assert "CloudStack cannot work with any host of the pool" in seen["left"][0]
    assert not enabled(lab)["xen01"]


def test_a_host_that_is_led_is_enabled_by_name_unless_somebody_keeps_it_out_of_service(
    start_lab: t.Callable[..., Lab], player: Player, tmp_path: Path
) -> None:
    estate = yaml.safe_load((Path(__file__).parent / "estates" / "ha_off.yml").read_text())
    estate["pools"][0]["product"] = "xenserver-8"
    estate["pools"][0].pop("updates", None)
    (tmp_path / "estate.yml").write_text(yaml.safe_dump(estate))
    lab = start_lab(str(tmp_path / "estate.yml"))
    # A toolstack that starts would enable itself otherwise (xapi.md 5.6).
    disable_by_hand(lab, "xen03", "xen04", mark="xen04", how=(False,))
    # The members' copies of the database have to know of the mark.
    by_hand.xapi(lab).pool.sync_database()
    lose_master(lab)
    assert elect(lab, player, *DEAD, *XEN02, "--check").rc == 0
    elected = {**HEARING, "confirm_dead": ["xen01"], "host": "xen02"}
    player.results(lab, {RECOVERY: {**elected, "state": "elected"}})
    seen = player.results(lab, {RECOVERY: {**elected, "state": "recovered"}})
    assert {"xen03", "xen04"} <= set(seen["led"])
    assert "xen03" in seen["enabled"]
    assert "xen04" not in seen["enabled"]
    assert seen["disabled"] == ["xen04"]
    assert enabled(lab)["xen03"]
    assert not enabled(lab)["xen04"]
    assert_in_service(lab, "xen02", "xen03")
