# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an estate says about a host beyond an installer's defaults (``xapi.md`` 11)."""

from __future__ import annotations

import copy
import typing as t

import pytest
from pydantic import ValidationError
from running_world import POOL, Lab

from xencloud_lab.xapi.rows import stamp

DAY_S = 86400


def lab_with(**host: t.Any) -> Lab:
    hosts = copy.deepcopy(POOL["hosts"])
    hosts[1] |= host
    return Lab(hosts=hosts)


def test_every_host_has_its_own_clock() -> None:
    lab = lab_with(clock_ahead_s=90)
    now = lab.world.timeline.now
    assert lab.ask("host.get_servertime", lab.host("xen1")) == stamp(now)
    assert lab.ask("host.get_servertime", lab.host("xen2")) == stamp(now + 90)
    assert lab.ask("host.get_server_localtime", lab.host("xen2")) == stamp(now + 90).rstrip("Z")


def test_a_bond_counts_its_links() -> None:
    lab = lab_with(bond={"nics": 2, "links_up": 1})
    (bond,) = lab.ask("Bond.get_all_records").values()
    cards = [lab.db.row("PIF", ref) for ref in bond["slaves"]]
    assert bond["links_up"] == 1
    assert {card["device"] for card in cards} == {"eth1", "eth2"}
    assert [lab.db.row("PIF_metrics", card["metrics"])["carrier"] for card in cards] == [True, False]
    assert lab.db.row("PIF", bond["master"])["host"] == lab.host("xen2")


def test_a_bond_of_the_management_takes_over_its_network_and_address() -> None:
    lab = lab_with(bond={"nics": 2, "links_up": 2, "management": True})
    (bond,) = lab.ask("Bond.get_all_records").values()
    master, cards = lab.db.row("PIF", bond["master"]), [lab.db.row("PIF", ref) for ref in bond["slaves"]]
    other = next(row for row in lab.db.rows("PIF").values() if row["host"] == lab.host("xen1"))
    assert (master["management"], master["IP"], master["network"]) == (
        True,
        POOL["hosts"][1]["address"],
        other["network"],
    )
    assert {(card["device"], card["management"], card["IP"]) for card in cards} == {
        ("eth0", False, ""),
        ("eth1", False, ""),
    }
    assert all(card["network"] != other["network"] for card in cards)


def test_a_bond_for_storage_may_have_an_address() -> None:
    lab = lab_with(bond={"address": "192.0.2.12"})
    (bond,) = lab.ask("Bond.get_all_records").values()
    assert lab.db.row("PIF", bond["master"])["IP"] == "192.0.2.12"


@pytest.mark.parametrize(
    ("kind", "keys"), [("nfs", {"server", "serverpath"}), ("lvmoiscsi", {"target", "targetIQN", "SCSIid"})]
)
def test_storage_with_a_server_is_configured_as_its_driver_wants_it(kind: str, keys: set[str]) -> None:
    lab = Lab(storage=[{**POOL["storage"][0], "type": kind, "server": "192.0.2.200"}, *POOL["storage"][1:]])
    found = [
        row["device_config"] for row in lab.db.rows("PBD").values() if "192.0.2.200" in row["device_config"].values()
    ]
    assert {frozenset(config) for config in found} == {frozenset(keys)}


def test_a_bond_has_no_more_links_than_cards() -> None:
    with pytest.raises(ValidationError, match="links_up is 3, but there are 2 nics"):
        lab_with(bond={"nics": 2, "links_up": 3})


def test_certificates_and_the_licence_end_when_the_estate_says_so() -> None:
    hosts = copy.deepcopy(POOL["hosts"])
    hosts[1]["certificate_days"] = 7
    lab = Lab(hosts=hosts, licence_days=-1)
    now = lab.world.timeline.now
    ends = {row["not_after"] for row in lab.db.rows("Certificate").values() if row["host"] == lab.host("xen2")}
    assert ends == {stamp(now + 7 * DAY_S)}
    assert lab.db.row("host", lab.host("xen1"))["license_params"]["expiry"] == stamp(now - DAY_S)


def test_a_licence_never_ends_by_itself() -> None:
    lab = Lab()
    assert "expiry" not in lab.db.row("host", lab.host("xen1"))["license_params"]
