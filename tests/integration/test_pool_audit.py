# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit names what the lab was brought into, and changes nothing."""

from __future__ import annotations

import typing as t

from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]
AUDIT = "xencloud.maintenance.pool_audit"


def audit(lab: Lab, player: Player, **options: t.Any) -> Json:
    return player.results(lab, {AUDIT: options})


def codes(answer: Json) -> list[tuple[str, str]]:
    return [(finding["severity"], finding["code"]) for finding in answer["findings"]]


def test_a_healthy_pool_has_nothing_to_complain_of(lab: Lab, player: Player) -> None:
    answer = audit(lab, player)
    assert codes(answer) == []
    assert answer["captains"] == {"master": "pool_ha", "vms": "cloudstack"}


def test_every_purpose_finds_a_healthy_pool_ready(lab: Lab, player: Player) -> None:
    for purpose in ("reboot", "patch", "pool_ha", "designate_master", "add_host", "vm_protection"):
        assert codes(audit(lab, player, purpose=purpose)) == [], purpose


def test_a_preflight_says_what_is_to_be_done(lab: Lab, player: Player) -> None:
    answer = audit(lab, player, purpose="drain", hosts=["xen02"])
    assert answer["work"]["moves_total"] == len(answer["work"]["hosts"][0]["moves"]) > 0
    assert answer["pool"]["members"] == sorted(lab.estate["pools"][0]["hosts"][n]["address"] for n in range(4))


def test_a_cluster_that_does_not_exist_is_a_finding(lab: Lab, player: Player) -> None:
    assert codes(audit(lab, player, cluster="elsewhere")) == [("blocker", "cloudstack_unseen")]


def test_the_audit_runs_as_a_module_on_another_machine(lab: Lab, player: Player) -> None:
    answer = player.results(lab, {AUDIT: {"purpose": "reboot"}, "async": 60, "poll": 1})
    assert codes(answer) == []
    assert answer["work"]["mode"] == "reboot"
