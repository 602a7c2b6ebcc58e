# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who restarts VMs; what is true is read from the lab's state and its book (origins O2, O3; S4, S11)."""

from __future__ import annotations

import typing as t

from support.lab import Lab
from support.player import Player

Json = dict[str, t.Any]
Start = t.Callable[..., Lab]

MODULE = "xencloud.maintenance.xapi_vm_protection"
ESTATE = "captains.yml"
NATIVE: Json = {MODULE: {"mode": "xenserver"}}
CLOUDSTACK: Json = {MODULE: {"mode": "cloudstack"}}


def priorities(lab: Lab) -> dict[str, str]:
    """The VMs that have one, by the name CloudStack's users know."""
    vms = lab.state()["pools"]["pool-a"]["vms"]
    return {name: vm["ha_restart_priority"] for name, vm in vms.items() if vm["ha_restart_priority"]}


def internal_names(lab: Lab, prefix: str) -> set[str]:
    """The names that the pool has for instances of CloudStack."""
    instances = lab.state()["cloudstack"]["instances"]
    return {each["internal_name"] for name, each in instances.items() if name.startswith(prefix)}


def test_native_ha_protects_exactly_the_vms_with_an_ha_offering_and_back(start_lab: Start, player: Player) -> None:
    lab = start_lab(ESTATE)
    predicted = player.results(lab, NATIVE, "--check", "--diff")
    assert predicted["changed"], predicted
    assert priorities(lab) == {}

    done = player.results(lab, NATIVE, "--diff")
    assert not done["failed"], done["msg"]
    assert done["diff"] == predicted["diff"]
    assert done["plan"] == predicted["plan"]
    assert priorities(lab) == dict.fromkeys(internal_names(lab, "web"), "restart")
    assert [each["vm"] for each in done["left_alone"]] == ["monitoring"]
    assert done["cloudstack_still_does"]

    assert not player.results(lab, NATIVE)["changed"]

    back = player.results(lab, CLOUDSTACK, "--diff")
    assert back["changed"]
    assert priorities(lab) == {}
    assert not player.results(lab, CLOUDSTACK)["changed"]
