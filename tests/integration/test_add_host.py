# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts join a pool and CloudStack takes them in, judged by the state and the book of the lab."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import XenAPI
import yaml
from support import promises
from support.lab import Lab
from support.player import Played, Player

Json = dict[str, t.Any]

POOL = "pool-a"
OLD = ["xen01", "xen02", "xen03"]
FIVE, SIX, SEVEN, EIGHT, NINE = (f"127.0.1.{number}" for number in (15, 16, 17, 18, 19))
PASSWORD = "newcomer-password"


@pytest.fixture
def lab(start_lab: t.Callable[..., Lab]) -> Lab:
    """A pool of three with HA on, and hosts of their own."""
    return start_lab("newcomers.yml")


def variables(*hosts: str, **more: t.Any) -> list[str]:
    """What an operator gives on the command line."""
    return ["-e", json.dumps({"add_host_hosts": hosts, "add_host_password": PASSWORD, **more})]


def assert_whole(lab: Lab, names: list[str], pool: str = POOL, timeout: str = "170") -> None:
    """The pool has these hosts, HA as it was on each of them, CloudStack has them Up, nobody holds the pool."""
    state = lab.state()
    promises.no_vm_suffered(lab.book())
    promises.every_host_in_service(state, pool)
    seen = state["pools"][pool]
    assert sorted(seen["hosts"]) == names
    assert seen["ha_enabled"]
    assert seen["ha_configuration"] == {"timeout": timeout}
    assert (seen["ha_heartbeat_sr"], seen["ha_armed_hosts"]) == ("nfs-ha", names)
    assert sorted(promises.cloud_hosts(state)) == names
    promises.no_record_left(seen)


def assert_no_secret(lab: Lab, played: Played) -> None:
    for secret in (*lab.secrets, PASSWORD):
        assert secret not in played.output
        assert secret not in json.dumps(lab.state())


def assert_untouched(lab: Lab, before: Json) -> None:
    after = lab.state()
    assert after["pools"] == before["pools"]
    assert sorted(promises.cloud_hosts(after)) == OLD
    assert lab.book()["pools"][POOL]["ha_off"] == []


def test_two_hosts_join_in_one_run_and_a_second_run_changes_nothing(lab: Lab, player: Player) -> None:
    before = lab.state()
    checked = player.play(lab, "add_host", "--check", *variables(FIVE, SIX))
    assert (checked.rc, checked.changed) == (0, 1), checked.output
    assert "pool-a: HA goes off for the run and on again as it is" in checked.output
    assert_untouched(lab, before)

    played = player.play(lab, "add_host", *variables(FIVE, SIX))
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05", "xen06"])
    assert_no_secret(lab, played)
    state, book = lab.state(), lab.book()
    assert state["calls"]["addHost"] == 1
    (window,) = book["pools"][POOL]["ha_off"]
    assert window["end"] is not None
    assert state["pools"][POOL]["master"] == "xen01"

    for more in ([], ["--check"]):
        again = player.play(lab, "add_host", *variables(FIVE, SIX), *more)
        assert (again.rc, again.changed) == (0, 0), again.output
        assert "HA goes off" not in again.output
    assert len(lab.book()["pools"][POOL]["ha_off"]) == 1


def test_every_reason_of_every_joiner_is_told_at_once_and_nothing_is_changed(lab: Lab, player: Player) -> None:
    before = lab.state()
    played = player.play(lab, "add_host", *variables(FIVE, SEVEN, EIGHT, NINE, "127.0.1.99"))
    assert played.rc != 0
    (error,) = played.errors
    for text in (
        "xen07: its software differs from the pool's",
        "xen07: it has shared storage of its own: nfs-own",
        "xen07: VMs run on it: guest",
        "xen08: it is the master of a pool of 2 hosts",
        "127.0.1.19: it is a member of another pool, whose master is 127.0.1.18",
        "127.0.1.99",
    ):
        assert text in error, error
    assert "xen05" not in error
    assert "this run has changed nothing" in error
    assert_untouched(lab, before)
    assert_no_secret(lab, played)


def test_what_the_audit_found_is_told_together_with_what_the_joiner_lacks(lab: Lab, player: Player) -> None:
    lab.fault("crash", host="xen03")
    lab.wait_until(lambda state: not state["pools"][POOL]["hosts"]["xen03"]["live"], "xen03 is still alive")
    played = player.play(lab, "add_host", *variables(SEVEN))
    assert played.rc != 0
    (error,) = played.errors
    assert "xen03: XAPI does not see it alive" in error
    assert "xen07: VMs run on it: guest" in error


def test_a_network_card_that_a_newcomer_lacks_is_told_before_it_joins(
    start_lab: t.Callable[..., Lab], player: Player, tmp_path: Path
) -> None:
    estate = yaml.safe_load((Path(__file__).parent / "estates" / "newcomers.yml").read_text())
    for host in estate["pools"][0]["hosts"]:
        host["bond"] = {"nics": 2}
    written = tmp_path / "estate.yml"
    written.write_text(yaml.safe_dump(estate))
    lab = start_lab(str(written))
    for arguments in (["--check"], []):
        played = player.play(lab, "add_host", *arguments, *variables(FIVE))
        assert played.rc == 0, played.output
        assert "xen05: it has no network card eth1, eth2" in " ".join(played.output.split())
    assert_whole(lab, [*OLD, "xen05"])


def test_a_wrong_password_of_the_joiner_is_told_before_anything_is_changed(lab: Lab, player: Player) -> None:
    before = lab.state()
    played = player.play(lab, "add_host", *variables(FIVE, add_host_password="mistyped"))
    assert played.rc != 0
    assert "127.0.1.15" in played.errors[0]
    assert "password of this newcomer is wrong" in played.errors[0]
    assert "add_host_password" in played.errors[0]
    assert_untouched(lab, before)


def test_a_pool_with_ha_lets_nobody_join_and_the_module_says_so_before(lab: Lab, player: Player) -> None:
    before = lab.state()
    task = {"xencloud.maintenance.xapi_pool_member": {"hosts": [FIVE], "state": "present", "joiner_password": PASSWORD}}
    for arguments in ([], ["--check"]):
        result = player.results(lab, task, *arguments)
        assert result["failed"]
        assert "nobody may join while pool HA is on" in result["msg"]
    assert_untouched(lab, before)


def test_cloudstacks_bare_refusal_is_explained_s5(lab: Lab, player: Player) -> None:
    """S5: a host that is not in the pool; CloudStack alone says 530 and no more."""
    outside = {"hostname": lab.address("xen05"), "password": PASSWORD}
    tasks: list[tuple[Json, str]] = [
        ({"host": FIVE}, "it is not in the pool pool-a"),
        ({"host": FIVE, "cluster": "cluster-a", **outside}, "the cluster cluster-a has the hosts of another pool"),
    ]
    for options, text in tasks:
        task = {"xencloud.maintenance.cloudstack_host": {"state": "present", **options}}
        for arguments in ([], ["--check"]):
            result = player.results(lab, task, *arguments)
            assert result["failed"]
            assert text in result["msg"]
            assert "Please join the host to XS pool" in result["msg"]
            assert "xapi_pool_member" in result["msg"]
    assert sorted(promises.cloud_hosts(lab.state())) == OLD


def test_a_member_that_cloudstack_does_not_know_is_added_without_touching_ha(lab: Lab, player: Player) -> None:
    steps: list[Json] = [
        {"xencloud.maintenance.xapi_pool_ha": {"state": "disabled"}, "register": "ha"},
        {"xencloud.maintenance.xapi_pool_member": {"hosts": [FIVE], "state": "present", "joiner_password": PASSWORD}},
        {"xencloud.maintenance.xapi_pool_ha": {"restore": "{{ ha.ha_before }}"}},
    ]
    played = player.tasks(lab, steps)
    assert played.rc == 0, played.output
    assert sorted(promises.cloud_hosts(lab.state())) == OLD

    played = player.play(lab, "add_host", *variables(FIVE))
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05"])
    assert len(lab.book()["pools"][POOL]["ha_off"]) == 1


def test_a_new_cluster_is_built_pool_first(lab: Lab, player: Player) -> None:
    new = {"new_cluster": "cluster-new", "new_cluster_zone": "zone1", "new_cluster_pod": "pod1"}
    connection = {"xapi": {"hostname": lab.address("xen05"), "password": PASSWORD}}
    arguments = variables(SIX, **{f"add_host_{name}": value for name, value in new.items()})
    checked = player.play(lab, "add_host", "--check", *arguments, **connection)
    assert (checked.rc, checked.changed) == (0, 1), checked.output
    assert "HA is off and stays off" in checked.output
    assert "cluster-new" not in lab.state()["cloudstack"]["clusters"]

    played = player.play(lab, "add_host", *arguments, **connection)
    assert played.rc == 0, played.output
    state = lab.state()
    assert sorted(state["pools"]["new05"]["hosts"]) == ["xen05", "xen06"]
    assert sorted(promises.cloud_hosts(state)) == [*OLD, "xen05", "xen06"]
    for name in ("xen05", "xen06"):
        host = promises.cloud_hosts(state)[name]
        assert (host["state"], host["resource_state"]) == ("Up", "Enabled")
    assert state["cloudstack"]["clusters"]["cluster-new"]["managed_state"] == "Managed"
    assert not state["pools"]["new05"]["ha_enabled"]

    again = player.play(lab, "add_host", *arguments, **connection)
    assert (again.rc, again.changed) == (0, 0), again.output


@pytest.mark.parametrize("moment", ["first_joined", "adding"])
def test_a_run_that_was_killed_is_finished_by_the_next_one(lab: Lab, player: Player, moment: str) -> None:
    moments: dict[str, t.Callable[[Json], bool]] = {
        "first_joined": lambda state: "xen05" in state["pools"][POOL]["hosts"],
        "adding": lambda state: "xen05" in promises.cloud_hosts(state),
    }
    run = player.begin(lab, "add_host", *variables(FIVE, SIX))
    lab.wait_until(moments[moment], moment)
    run.kill()
    played = player.play(lab, "add_host", *variables(FIVE, SIX, add_host_takeover=True))
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05", "xen06"])
    assert_no_secret(lab, played)


def test_resume_carries_on_without_the_password_in_the_record(lab: Lab, player: Player) -> None:
    run = player.begin(lab, "add_host", *variables(FIVE, SIX))
    lab.wait_until(lambda state: "xen05" in state["pools"][POOL]["hosts"], "xen05")
    assert PASSWORD not in json.dumps(lab.state())
    run.kill()
    extra = ["-e", json.dumps({"resume_takeover": True, "add_host_password": PASSWORD})]
    played = player.play(lab, "resume", *extra)
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05", "xen06"])


def test_taking_back_leaves_a_joined_host_a_whole_member_with_ha_on(lab: Lab, player: Player) -> None:
    run = player.begin(lab, "add_host", *variables(FIVE))
    lab.wait_until(lambda state: "xen05" in state["pools"][POOL]["hosts"], "xen05")
    run.kill()
    played = player.play(lab, "resume", "-e", "resume_action=take_back", "-e", "resume_takeover=true")
    assert played.rc == 0, played.output
    seen = lab.state()["pools"][POOL]
    assert seen["hosts"]["xen05"] == {"enabled": True, "live": True}
    assert (seen["ha_enabled"], seen["ha_armed_hosts"]) == (True, [*OLD, "xen05"])
    assert "CloudStack may not know it" in played.output


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lose_reply", "call": {"method": "pool.join"}},
        {"kind": "hang", "call": {"method": "pool.join"}},
        {"kind": "lose_reply", "call": {"side": "cloudstack", "method": "addHost"}},
        {
            "kind": "refuse",
            "call": {"side": "cloudstack", "method": "addHost"},
            "error": ["530", "Guid is not updated for cluster with specified cluster id; need to wait for hosts"],
        },
    ],
    ids=["join heard, answer lost", "join never heard", "addHost heard, answer lost", "cluster still connecting"],
)
def test_a_lost_or_early_answer_is_looked_after(lab: Lab, player: Player, fault: Json) -> None:
    lab.fault(**fault)
    played = player.play(lab, "add_host", *variables(FIVE), xapi={"xapi_timeout": 5})
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05"])


def test_a_refusal_that_nobody_understands_ends_red_with_ha_on_and_the_next_run_finishes(
    lab: Lab, player: Player
) -> None:
    call = {"side": "cloudstack", "method": "addHost"}
    lab.fault("refuse", call=call, error=["530", "Unable to add the host"])
    played = player.play(lab, "add_host", *variables(FIVE))
    assert played.rc != 0
    assert "It is none of these" in played.errors[-1]
    assert "stay in the pool. Run this again" in played.errors[-1]
    seen = lab.state()["pools"][POOL]
    assert (seen["ha_enabled"], seen["ha_armed_hosts"]) == (True, [*OLD, "xen05"])
    assert sorted(promises.cloud_hosts(lab.state())) == OLD

    played = player.play(lab, "add_host", *variables(FIVE))
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05"])


def test_ha_stays_off_while_a_newcomer_cannot_reach_the_heartbeat_sr(lab: Lab, player: Player) -> None:
    lab.fault("storage_cut", host="xen05", sr="nfs-ha", call={"method": "pool.join", "when": "after"})
    played = player.play(lab, "add_host", *variables(FIVE, add_host_wait_timeout=5))
    assert played.rc != 0
    assert "shared storage nfs-ha" in played.errors[-1]
    assert not lab.state()["pools"][POOL]["ha_enabled"]
    promises.no_vm_suffered(lab.book())

    lab.fault("storage_back", host="xen05", sr="nfs-ha")
    played = player.play(lab, "add_host", *variables(FIVE))
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05"])


@pytest.mark.parametrize("product", ["xenserver-6.2", "xenserver-6.5", "xenserver-7.1", "xcp-ng-8.2", "xenserver-8"])
def test_every_generation_lets_its_like_join(
    start_lab: t.Callable[..., Lab], player: Player, tmp_path: Path, product: str
) -> None:
    estate = yaml.safe_load((Path(__file__).parent / "estates" / "newcomers.yml").read_text())
    estate["pools"] = [{**pool, "product": product} for pool in estate["pools"] if pool["name"] in (POOL, "new05")]
    written = tmp_path / "estate.yml"
    written.write_text(yaml.safe_dump(estate))
    lab = start_lab(str(written))
    played = player.play(lab, "add_host", *variables(FIVE))
    assert played.rc == 0, played.output
    assert_whole(lab, [*OLD, "xen05"])


def test_a_member_gets_the_pools_storage_that_it_lacks_and_check_mode_says_so(lab: Lab, player: Player) -> None:
    """A join that was done by hand, and left the storage unplugged."""
    session = session_on(lab)
    host = session.xenapi.host.get_by_name_label("xen03")[0]
    sr = session.xenapi.SR.get_by_name_label("nfs-two")[0]
    (pbd,) = (ref for ref in session.xenapi.SR.get_PBDs(sr) if session.xenapi.PBD.get_host(ref) == host)
    session.xenapi.PBD.unplug(pbd)
    session.xenapi.PBD.destroy(pbd)

    def plugged() -> list[bool]:
        links = [session.xenapi.PBD.get_record(ref) for ref in session.xenapi.SR.get_PBDs(sr)]
        return [link["currently_attached"] for link in links if link["host"] == host]

    task = {"xencloud.maintenance.xapi_pool_member": {"hosts": ["127.0.1.13"], "state": "present"}}
    assert player.results(lab, task, "--check")["changed"]
    assert plugged() == []
    assert player.results(lab, task)["changed"]
    assert plugged() == [True]
    assert not player.results(lab, task)["changed"]


def session_on(lab: Lab) -> t.Any:
    """What an operator does by hand."""
    session = XenAPI.Session(f"https://{lab.address('xen01')}", ignore_ssl=True)
    session.xenapi.login_with_password("root", lab.xapi_connection()["password"])
    return session
