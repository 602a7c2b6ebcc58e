# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a toolstack (``xapi.md`` 1.7, 5.5, 5.6)."""

from __future__ import annotations

import pickle

import pytest
from running_world import Lab

from xencloud_lab.xapi.errors import Unreachable


def test_a_restarting_toolstack_refuses_connections_and_comes_back_disabled_then_enabled_xapi_5_5(lab: Lab) -> None:
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(2)
    with pytest.raises(Unreachable):
        lab.login("xen3")
    lab.run(20)
    assert not lab.enabled("xen3")
    lab.run(20)
    assert lab.enabled("xen3")
    assert lab.runs_on("db1") == ["xen3"]


def test_answers_under_way_break_when_the_toolstack_ends(lab: Lab) -> None:
    waiting = lab.start("host.evacuate", lab.host("xen2"))
    lab.machine("xen1").toolstack.restart()
    assert isinstance(waiting.error, Unreachable)


def test_under_ha_a_host_whose_storage_does_not_plug_stays_disabled_xapi_5_6(lab: Lab) -> None:
    lab.enable_ha()
    iso = next(s for s in lab.world.storage.values() if s.name == "iso1")
    iso.cut.add("xen3")
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(60)
    assert not lab.enabled("xen3")
    refusal = lab.refusal("host.enable", lab.host("xen3"))
    assert refusal == ["HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", lab.ref("SR", "iso1")]
    iso.cut.clear()
    lab.ask("PBD.plug", lab.pbd("xen3", "iso1"))
    lab.ask("host.enable", lab.host("xen3"))
    assert lab.enabled("xen3")


def test_without_ha_a_pbd_that_does_not_plug_is_no_reason_to_stay_disabled_xapi_5_6(lab: Lab) -> None:
    next(s for s in lab.world.storage.values() if s.name == "iso1").cut.add("xen3")
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(60)
    assert lab.enabled("xen3")


def test_a_host_is_still_booting_until_its_storage_is_there_xapi_5_3(lab: Lab) -> None:
    lab.ask("host.restart_agent", lab.host("xen3"))
    lab.run(22)
    assert lab.refusal("host.enable", lab.host("xen3")) == ["HOST_STILL_BOOTING"]


def test_auto_enable_false_survives_a_reboot_where_the_product_knows_it_xapi_5_2() -> None:
    lab = Lab(product="xenserver-8")
    lab.ask("host.disable", lab.host("xen3"), False)
    lab.ask("host.reboot", lab.host("xen3"))
    lab.run(500)
    assert (lab.live("xen3"), lab.enabled("xen3")) == (True, False)
    lab.ask("host.enable", lab.host("xen3"))
    assert lab.enabled("xen3")


def test_a_stopped_toolstack_leaves_its_guests_alone(lab: Lab) -> None:
    lab.machine("xen3").toolstack.killed()
    lab.run(700)
    assert not lab.live("xen3")
    assert lab.runs_on("db1") == ["xen3"]
    lab.machine("xen3").toolstack.start()
    lab.run(60)
    assert lab.live("xen3")
    assert lab.vm_row("db1")["resident_on"] == lab.host("xen3")


def test_the_world_can_be_pickled_with_everything_under_way(lab: Lab) -> None:
    lab.start("host.evacuate", lab.host("xen2"))
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.reboot", lab.host("xen3"))
    lab.run(1)
    saved = pickle.dumps(lab.world)
    lab.run(600)
    first = lab.world.book.as_dict()
    lab.world = pickle.loads(saved)
    lab.run(600)
    assert lab.world.book.as_dict() == first
    assert lab.enabled("xen3")
