# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines, software and arrays: what physically is."""

from __future__ import annotations

from running_world import Lab

from xencloud_lab.software import Package, Software


def test_a_power_cut_kills_every_guest_and_says_so(lab: Lab) -> None:
    lab.machine("xen3").power_cut()
    assert lab.runs_on("db1") == []
    totals = lab.world.book.totals()
    assert (totals["lost"], totals["stopped"], totals["power_cuts"]) == (1, 0, 1)


def test_a_machine_boots_in_its_time(lab: Lab) -> None:
    machine = lab.machine("xen3")
    machine.reset()
    lab.run(lab.world.durations.boot - 1)
    assert machine.power == "booting"
    lab.run(2)
    assert machine.power == "on"
    assert not machine.answers()
    lab.run(lab.world.durations.toolstack_start)
    assert machine.answers()


def test_a_plug_that_is_pulled_while_booting_stops_the_boot(lab: Lab) -> None:
    machine = lab.machine("xen3")
    machine.reset()
    lab.run(10)
    machine.power_cut()
    lab.run(1000)
    assert machine.power == "off"


def test_a_pulled_network_cable_leaves_guests_running(lab: Lab) -> None:
    machine = lab.machine("xen3")
    machine.connected = False
    assert not machine.answers()
    lab.run(700)
    assert not lab.live("xen3")
    assert lab.runs_on("db1") == ["xen3"]
    machine.connected = True
    lab.run(60)
    assert lab.live("xen3")


def test_a_toolstack_runs_new_code_at_its_start_and_the_rest_at_boot() -> None:
    software = Software({"xapi": "25.6", "xapi_build": "25.6.0", "xen": "4.17.5"})
    software.repository = [
        Package("xapi-core", "26.1.3", "1", (("xapi", "26.1"),)),
        Package("xen", "4.17.6", "1", (("xen", "4.17.6"),)),
    ]
    assert [p.name for p in software.install()] == ["xapi-core", "xen"]
    assert software.pending() == []
    assert software.running["xapi"] == "25.6"
    software.toolstack_started()
    assert (software.running["xapi_build"], software.running["xen"]) == ("26.1.3", "4.17.5")
    software.booted()
    assert software.running["xen"] == "4.17.6"
