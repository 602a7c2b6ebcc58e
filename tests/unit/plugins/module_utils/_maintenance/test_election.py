# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance import election
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import CsHost
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.election import (
    Asked,
    Copy,
    Role,
    Scene,
    Seen,
    Sighting,
)

HANGS = Sighting(Role.MEMBER, follows="192.0.2.1", hears=False)
SILENT = Sighting(Role.SILENT, why="does not answer in time")
CONFIRMED = Asked("xen2", ("xen1",), {})


def cloud(number: int, **changes: t.Any) -> CsHost:
    host = CsHost(
        id=f"id-{number}",
        name=f"xen{number}",
        ip_address=f"192.0.2.{number}",
        state="Alert",
        resource_state="Enabled",
        cluster_id="c",
        tags=frozenset(),
        for_ha_only=False,
        memory_total_mib=0,
        memory_allocated_mib=0,
        version="8.3.0",
        power="Disabled",
    )
    return replace(host, **changes)


def seen(number: int, sighting: Sighting, **changes: t.Any) -> Seen:
    address = f"192.0.2.{number}"
    return Seen(f"xen{number}", address, address, sighting, cloud(number, **changes))


def scene(*sightings: Sighting, **changes: t.Any) -> Scene:
    """Hosts xen1, xen2, ... as they were seen; changes are those of xen1 in CloudStack."""
    hosts = [seen(at, each, **(changes if at == 1 else {})) for at, each in enumerate(sightings, 1)]
    return Scene("cluster-a", tuple(hosts))


def emergency(code: str) -> Sighting:
    return Sighting(Role.EMERGENCY, code=code, why="refuses every call")


def test_a_silent_master_that_nobody_hears_and_somebody_confirmed_dead_is_replaced() -> None:
    lost = scene(SILENT, HANGS, emergency("INTERNAL_ERROR"))
    assert election.against(lost, CONFIRMED) == []
    assert [host.name for host in lost.lost] == ["xen1"]


@pytest.mark.parametrize(
    ("sightings", "changes", "reason"),
    [
        ((SILENT, replace(HANGS, hears=True), HANGS), {}, "xen2 hears it"),
        ((SILENT, HANGS, replace(HANGS, hears=None)), {}, "whether xen3 hears the master"),
        ((SILENT, HANGS, emergency("HOST_UNKNOWN_TO_MASTER")), {}, "xen3 hears it"),
        ((SILENT, HANGS, emergency("HOST_STILL_BOOTING")), {}, "xen3 is still starting"),
        ((SILENT, HANGS, emergency("HA_HOST_CANNOT_ACCESS_STATEFILE")), {}, "pool HA is on according to xen3"),
        ((SILENT, replace(HANGS, ha=True), HANGS), {}, "pool HA is on according to xen2"),
        ((replace(SILENT, accepts=True), HANGS), {}, "xen1 has power, it takes connections"),
        ((SILENT, HANGS), {"state": "Up"}, "CloudStack sees xen1 as Up"),
        ((SILENT, HANGS), {"power": "On"}, "out-of-band management says that xen1 has power"),
        ((SILENT, HANGS), {"version": "8.3.1"}, "its hosts differ in version (xen2 with 8.3.0, xen1 with 8.3.1)"),
        ((SILENT, HANGS, emergency("HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR")), {}, "xen3 newer than the master"),
        ((SILENT, HANGS, SILENT), {}, "nobody has confirmed that xen3 is without power"),
        ((SILENT, emergency("HOST_BROKEN"), HANGS), {}, "xen2 cannot become master, it is in emergency mode"),
    ],
)
def test_what_speaks_against_an_election(
    sightings: tuple[Sighting, ...], changes: dict[str, t.Any], reason: str
) -> None:
    found = election.against(scene(*sightings, **changes), CONFIRMED)
    assert any(reason in each for each in found), found


def test_all_reasons_come_at_once() -> None:
    asked = Asked("xen9", ("xen2", "xen8"), {})
    found = election.against(scene(SILENT, replace(HANGS, hears=True, ha=True), state="Up"), asked)
    assert len(found) == 7, found


def test_the_newest_copy_is_chosen_and_one_that_was_not_read_is_asked_for() -> None:
    lost = scene(SILENT, HANGS, HANGS, HANGS)
    copies = {"xen2": Copy(10), "192.0.2.3": Copy(12, 40), "xen4": Copy(11)}
    chosen = election.choose(lost, Asked("", ("xen1",), copies))
    assert isinstance(chosen, Seen)
    assert chosen.name == "xen3"
    copies.pop("xen4")
    assert "state.db.generation says on xen4" in str(election.choose(lost, Asked("", ("xen1",), copies)))


def test_the_only_member_that_is_left_needs_no_copies() -> None:
    chosen = election.choose(scene(SILENT, HANGS), Asked("", (), {}))
    assert isinstance(chosen, Seen)
    assert chosen.name == "xen2"


def test_an_older_copy_can_be_chosen_by_name_with_a_warning() -> None:
    lost = scene(SILENT, HANGS, HANGS)
    asked = Asked("xen2", ("xen1",), {"xen2": Copy(10), "xen3": Copy(12)})
    chosen = election.choose(lost, asked)
    assert isinstance(chosen, Seen)
    assert election.older_than_another(lost, asked, chosen) == (
        "xen2: its copy of the database is older than that of xen3"
    )


def test_the_age_of_copies_nobody_has_read_is_bounded_by_the_masters_round() -> None:
    (line,) = election.copy_lines(scene(SILENT, HANGS, HANGS, HANGS), Asked("", (), {}))
    assert "one of the 3 was at most 300 s old, and the oldest at most 900 s" in line


def test_a_pool_of_members_only_has_nobody_dead_and_needs_a_name() -> None:
    headless = scene(replace(HANGS, follows="192.0.2.2"), HANGS)
    assert headless.lost == []
    assert election.against(headless, Asked("xen1", (), {})) == []
    unnamed = election.against(headless, Asked("", (), {"xen1": Copy(2), "xen2": Copy(1)}))
    assert unnamed == ["every host answers and none is master, so name the one that was master last in host"]


def test_who_refuses_or_is_only_in_alert_is_doubted() -> None:
    doubts = election.doubts(scene(replace(SILENT, refuses=True), HANGS))
    assert ["refuses the connection" in doubts[0], "Alert and not as Down" in doubts[1], len(doubts)] == [True, True, 2]


def test_stragglers_answer_and_follow_somebody_else() -> None:
    master = Sighting(Role.MASTER)
    follower = Sighting(Role.MEMBER, follows="192.0.2.1", hears=True)
    after = scene(master, follower, replace(HANGS, follows="192.0.2.9"), master, SILENT, emergency("INTERNAL_ERROR"))
    assert [host.name for host in after.stragglers(after.hosts[0])] == ["xen3", "xen4", "xen6"]
