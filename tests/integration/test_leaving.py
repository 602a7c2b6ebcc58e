# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules by which hosts leave: predictions, refusals with everything in them, second runs."""

from __future__ import annotations

import typing as t

import pytest
from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]

POOL = "pool-a"
PREFIX = "xencloud.maintenance."
HA_OFF: Json = {PREFIX + "xapi_pool_ha": {"state": "disabled"}}
EMPTY = "127.0.1.14"


def member(**options: t.Any) -> Json:
    return {PREFIX + "xapi_pool_member": options}


def cloud(**options: t.Any) -> Json:
    return {PREFIX + "cloudstack_host": {"cluster": "cluster-a", **options}}


@pytest.fixture
def spare(start_lab: t.Callable[..., Lab]) -> Lab:
    """Four hosts with HA on; xen04 has no VM."""
    return start_lab("spare.yml")


def told(result: Json) -> Json:
    """What check mode has to predict."""
    return {key: result[key] for key in ("changed", "diff", "hosts")}


def test_a_host_leaves_the_pool_as_predicted_and_once(spare: Lab, player: Player) -> None:
    assert player.tasks(spare, [HA_OFF]).rc == 0
    task = member(hosts=["xen04"], state="absent")
    predicted = player.results(spare, task, "--check", "--diff")
    assert "xen04" in spare.state()["pools"][POOL]["hosts"]
    done = player.results(spare, task, "--diff")
    assert told(done) == told(predicted)
    assert done["changed"]
    assert done["members"] == ["127.0.1.11", "127.0.1.12", "127.0.1.13"]
    assert sorted(spare.state()["pools"][POOL]["hosts"]) == ["xen01", "xen02", "xen03"]
    # Without this a member that becomes master would have xen04 back in its copy of the database.
    assert spare.state()["calls"]["pool.sync_database"] == 1
    assert not player.results(spare, member(hosts=[EMPTY], state="absent"))["changed"]


def test_a_host_leaves_cloudstack_as_predicted_and_once(spare: Lab, player: Player) -> None:
    into = {PREFIX + "cloudstack_host_maintenance": {"host": "xen04", "state": "maintenance"}}
    assert player.tasks(spare, [into]).rc == 0
    predicted = player.results(spare, cloud(host="xen04", state="absent"), "--check", "--diff")
    assert "xen04" in spare.state()["cloudstack"]["hosts"]
    done = player.results(spare, cloud(host="xen04", state="absent", watch_for=1), "--diff")
    assert told(done) == told(predicted)
    assert sorted(spare.state()["cloudstack"]["hosts"]) == ["xen01", "xen02", "xen03"]
    again = player.results(spare, cloud(host=EMPTY, state="absent"))
    assert not again["changed"]
    assert [host["name"] for host in again["hosts"]] == ["xen01", "xen02", "xen03"]


REFUSED: dict[str, tuple[list[Json], Json, list[str]]] = {
    "HA, master and guests at once": (
        [],
        member(hosts=["xen01", "xen02"], state="absent"),
        ["HA is on", "xen01 is the pool's master", "xen01 still has guests", "xen02 still has guests"],
    ),
    "a name that nobody has": (
        [],
        member(hosts=["xen09", EMPTY], state="absent"),
        ["xen09", "It has xen01, xen02, xen03, xen04.", "known by its address or UUID only"],
    ),
    "a living host is not forgotten": (
        [HA_OFF],
        member(hosts=["xen04"], state="forgotten"),
        [
            "xen04 is alive for XAPI",
            f"xen04 still answers at {EMPTY}",
            "xen04 is Up for CloudStack",
            "nobody has confirmed that xen04 is off for good",
        ],
    ),
    "a host in service is not deleted": (
        [],
        cloud(host="xen04", state="absent"),
        ["Up and Enabled", "Take it into maintenance first"],
    ),
    "a host with VMs is not deleted, whatever force": (
        [],
        cloud(host="xen02", state="absent", forced=True),
        ["CloudStack still counts VMs on it"],
    ),
    "a name that CloudStack does not know": (
        [],
        cloud(host="xen09", state="absent"),
        ["xen09: CloudStack knows no host of this name"],
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_done_is_refused_with_every_reason(
    spare: Lab, player: Player, case: tuple[list[Json], Json, list[str]]
) -> None:
    before, task, reasons = case
    if before:
        assert player.tasks(spare, before).rc == 0
    seen = spare.state()
    predicted, result = player.results(spare, task, "--check"), player.results(spare, task)
    assert result["failed"]
    assert predicted["msg"] == result["msg"]
    assert [reason for reason in reasons if reason not in result["msg"]] == []
    after = spare.state()
    assert after["pools"] == seen["pools"]
    assert sorted(after["cloudstack"]["hosts"]) == sorted(seen["cloudstack"]["hosts"])
