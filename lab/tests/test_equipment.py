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
