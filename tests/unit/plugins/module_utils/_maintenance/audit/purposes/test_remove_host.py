# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.checks import preflight
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import Finding, Scope
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.purposes.remove_host import (
    CHECKS,
    excused,
    plan,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.facts import Facts
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.leaving import still_here
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import Estate
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.estates import (
    cloud_host,
    estate,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    LOCAL,
    SHARED,
    ha_on,
    host,
    pool,
    with_host,
)

EMPTY = pool(vms=())


def four(base: Pool = EMPTY) -> Pool:
    """A fourth host beside the three."""
    everywhere = (*SHARED.hosts, "h4")
    return replace(
        base, hosts=(*base.hosts, host(4)), srs=(LOCAL, replace(SHARED, hosts=everywhere, plugged_on=everywhere))
    )


def scope(pool: Pool, *wanted: str, **asked: t.Any) -> Scope:
    """What the audit makes of these hosts."""
    by_name = {name: each.ref for each in pool.hosts for name in (each.name, each.address, each.uuid)}
    named = tuple(dict.fromkeys(by_name[each] for each in still_here(pool, wanted)))
    return Scope("remove_host", frozenset(named), named=named, asked={"hosts": list(wanted), **asked})


def found(seen: Estate, wanted: Scope, severity: str = "blocker") -> list[Finding]:
    everything = [*preflight(seen, wanted), *preflight(seen, wanted, CHECKS)]
    return [each for each in everything if each.severity == severity and not excused(seen, wanted, each)]


def codes(seen: Estate, wanted: Scope, severity: str = "blocker") -> list[str]:
    return [each.code for each in found(seen, wanted, severity)]


def steps(seen: Estate, wanted: Scope) -> list[tuple[str, ...]]:
    """The way of each host: its name and what is done."""
    kinds = ("drain", "maintenance", "eject", "forget", "delete", "ends_ha")
    return [(each["name"], *(kind for kind in kinds if each[kind])) for each in plan(seen, wanted)["hosts"]]


def test_the_master_goes_first_and_its_successor_stays() -> None:
    wanted = scope(four(), "xen04", "xen01")
    seen = estate(four())
    assert found(seen, wanted) == []
    assert [name for name, *_way in steps(seen, wanted)] == ["xen01", "xen04"]
    first, second = plan(seen, wanted)["hosts"]
    assert (first["new_master"], second["new_master"]) == ("192.0.2.13", "")
    assert plan(seen, wanted)["lines"][0].startswith("xen01: xen03 becomes master, then ")
    assert (first["avoid"], second["avoid"]) == (["192.0.2.14"], [])


def test_a_member_goes_the_whole_way() -> None:
    wanted = scope(four(), "xen02")
    assert steps(estate(four()), wanted) == [("xen02", "drain", "eject", "delete")]


def test_a_host_goes_on_from_where_it_is() -> None:
    left = pool(hosts=EMPTY.hosts[:2], vms=())
    seen = estate(left, [cloud_host(each) for each in EMPTY.hosts])
    wanted = scope(left, "192.0.2.13")
    assert found(seen, wanted) == []
    assert steps(seen, wanted) == [("xen03", "delete", "ends_ha")]
    deleted = estate(EMPTY, [cloud_host(each) for each in EMPTY.hosts[:2]])
    wanted = scope(EMPTY, "xen03")
    assert found(deleted, wanted) == []
    # CloudStack is asked all the same: only then nothing is left to be finished there.
    assert steps(deleted, wanted) == [("xen03", "eject", "delete", "ends_ha")]
    assert plan(deleted, wanted)["lines"] == ["xen03: out of the pool"]


def test_a_host_that_was_ejected_behind_the_masters_memory_is_forgotten_without_more_proof() -> None:
    asleep = with_host(four(), "h4", live=False)
    seen = replace(estate(asleep), facts=Facts(apart=frozenset({"h4"})))
    wanted = scope(asleep, "xen04")
    assert found(seen, wanted) == []
    assert steps(seen, wanted) == [("xen04", "forget", "delete")]
    # It is nobody's proof for another host, and a host that stays must not be listed in vain.
    assert "host_apart" in codes(seen, scope(asleep, "xen02"))
    assert "death_in_doubt" in codes(estate(asleep), wanted)


def test_a_name_that_an_earlier_run_knew_is_no_mistake() -> None:
    wanted = scope(four(), "xen09", gone=["192.0.2.19", "xen09"])
    assert found(estate(four()), wanted) == []
    assert plan(estate(four()), wanted)["hosts"] == []


def test_what_is_gone_is_gone() -> None:
    wanted = scope(four(), "192.0.2.99")
    assert plan(estate(four()), wanted)["hosts"] == []
    assert found(estate(four()), wanted) == []


def test_a_name_that_nobody_knows_is_refused() -> None:
    assert codes(estate(four()), scope(four(), "xen09")) == ["host_unknown"]
    assert codes(estate(four()), scope(four())) == ["no_host"]


def test_a_host_that_stays_must_be_known_to_both() -> None:
    seen = estate(four(), [cloud_host(each) for each in EMPTY.hosts])
    assert codes(seen, scope(four(), "xen02")) == ["host_unknown_to_cloudstack"]


def test_the_way_to_the_pool_leads_through_a_host_that_stays() -> None:
    ways = {each.address: f"{each.address}:8443" for each in four().hosts}
    wanted = scope(four(), "xen01", through=["192.0.2.11"], ways=ways)
    assert codes(estate(four()), wanted) == ["way_through_leaver"]
    for beside, severity in ((["192.0.2.13"], "warning"), (["192.0.2.11", "192.0.2.99"], "blocker")):
        aware = scope(four(), "xen01", through=["192.0.2.11"], beside=beside)
        assert codes(estate(four()), aware, severity) == ["way_through_leaver"]
    # Through a host that is dead nobody is led astray.
    dead = with_host(four(), "h2", live=False)
    forgotten = scope(dead, "xen02", through=["192.0.2.12"], forget=True, confirm_dead=["xen02"])
    assert codes(estate(dead), forgotten) == []
    assert plan(estate(four()), wanted)["hostname"] == "192.0.2.14:8443"
    assert plan(estate(four()), scope(four(), "xen02", ways=ways))["hostname"] == "192.0.2.11:8443"


def test_without_a_host_that_is_fit_the_master_stays() -> None:
    lame = with_host(with_host(EMPTY, "h2", unplugged_srs=("sr-x",)), "h3", unplugged_srs=("sr-x",))
    assert "no_successor" in codes(estate(lame), scope(lame, "xen01"))


def test_in_between_versions_only_members_go() -> None:
    mixed = with_host(four(), "h2", software_version={"xapi": "1"})
    assert codes(estate(mixed), scope(mixed, "xen01")) == ["master_cannot_move"]
    assert codes(estate(mixed), scope(mixed, "xen02")) == []


@pytest.mark.parametrize("left_off", [False, True])
def test_no_living_host_leaves_a_mixed_pool_whose_ha_could_not_be_restored(left_off: bool) -> None:
    base = with_host(four(), "h2", software_version={"xapi": "1"})
    mixed = base if left_off else ha_on(base)
    wanted = replace(scope(mixed, "xen02"), ha_left_off=left_off)
    (refused,) = found(estate(mixed), wanted)
    assert (refused.code, "Finish the patch run" in refused.remedy) == ("mixed_versions", True)
    # A dead host would stand in the way of the patch run, so it may be forgotten first.
    dead = with_host(mixed, "h2", live=False)
    assert "mixed_versions" not in codes(estate(dead), replace(scope(dead, "xen02"), ha_left_off=left_off))


@pytest.mark.parametrize(("accepted", "severity"), [(False, "blocker"), (True, "warning")])
def test_local_disks_need_consent(accepted: bool, severity: str) -> None:
    full = replace(four(), srs=(replace(LOCAL, hosts=("h4",), disks=1), four().srs[1]))
    wanted = scope(full, "xen04", accept_storage_loss=accepted)
    assert codes(estate(full), wanted, severity) == ["storage_loss"]


def test_fewer_than_three_hosts_end_pool_ha_unless_somebody_insists() -> None:
    small = ha_on(EMPTY)
    wanted = scope(small, "xen03")
    (warning,) = found(estate(small), wanted, "warning")
    assert warning.text == "2 hosts remain, so pool HA stays off"
    assert plan(estate(small), wanted)["ha_returns"] is False
    assert steps(estate(small), wanted) == [("xen03", "drain", "eject", "delete", "ends_ha")]
    insisted = scope(small, "xen03", ha_in_small_pool=True)
    assert plan(estate(small), insisted)["ha_returns"] is True
    assert steps(estate(small), insisted) == [("xen03", "drain", "eject", "delete")]


def test_the_host_after_which_too_few_are_left_ends_pool_ha() -> None:
    base = ha_on(four())
    ends = [each["ends_ha"] for each in plan(estate(base), scope(base, "xen03", "xen04"))["hosts"]]
    assert ends == [False, True]


def dead(base: Pool) -> Estate:
    """xen04 is dead, and CloudStack has noticed."""
    gone = with_host(base, "h4", live=False)
    clouds = [cloud_host(each, state="Up" if each.live else "Down") for each in gone.hosts]
    return estate(gone, clouds)


def test_a_dead_host_is_forgotten_before_anybody_else_moves() -> None:
    seen = dead(four())
    wanted = scope(seen.pool, "xen01", "xen04", forget=True, confirm_dead=["xen04"])
    assert found(seen, wanted) == []
    assert [name for name, *_way in steps(seen, wanted)] == ["xen04", "xen01"]
    assert steps(seen, wanted)[0] == ("xen04", "forget", "delete")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "cannot be ejected"),
        ({"forget": True}, "nobody has confirmed"),
        ({"forget": True, "confirm_dead": ["xen02"]}, "nobody has confirmed"),
    ],
)
def test_a_dead_host_needs_a_word_and_a_name(asked: dict[str, t.Any], text: str) -> None:
    seen = dead(four())
    (finding,) = found(seen, scope(seen.pool, "xen04", **asked))
    assert text in finding.text


def test_a_living_host_is_not_taken_for_dead() -> None:
    wanted = scope(four(), "xen02", forget=True, confirm_dead=["xen02"])
    assert codes(estate(four()), wanted) == ["death_in_doubt"]


def test_a_dead_host_that_stays_blocks() -> None:
    seen = dead(four())
    assert "host_dead" in codes(seen, scope(seen.pool, "xen02"))


def test_the_last_host_is_only_forgotten_by_cloudstack() -> None:
    alone = pool(hosts=EMPTY.hosts[:1], vms=())
    wanted = scope(alone, "xen01")
    assert found(estate(alone), wanted) == []
    assert steps(estate(alone), wanted) == [("xen01", "maintenance", "delete", "ends_ha")]
    assert plan(estate(alone, []), wanted)["hosts"] == []


def test_a_pool_that_goes_altogether_ends_with_its_master() -> None:
    wanted = scope(EMPTY, "xen01", "xen02", "xen03")
    assert [name for name, *_way in steps(estate(EMPTY), wanted)] == ["xen02", "xen03", "xen01"]
    assert steps(estate(EMPTY), wanted)[-1] == ("xen01", "maintenance", "delete", "ends_ha")


def test_a_host_without_others_must_be_empty() -> None:
    assert "host_not_empty" in codes(estate(pool()), scope(pool(), "xen01", "xen02", "xen03"))
