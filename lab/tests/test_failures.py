# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three failures that operators told of: power, storage cable, network cable (origins S8 to S10, S2, S3).

On a member and on the master, with HA and without, in pools of 2, 3 and 4 hosts; who survives is
``xapi.md`` 2.4: no majority, but visibility, then the largest partition, then the lowest uuid.
"""

from __future__ import annotations

import pytest
from running_world import Lab

SIZES = (2, 3, 4)
VICTIMS = ("xen1", "xen2")  # the master and a member
T_S = 60


def _pool(size: int, *, ha: bool, timeout: int = T_S) -> Lab:
    """Two guests a host, one of them protected."""
    names = [f"xen{n}" for n in range(1, size + 1)]
    hosts = [{"name": n, "address": f"127.0.1.1{i}", "memory_gib": 16, "dom0_gib": 1} for i, n in enumerate(names, 1)]
    guests = [{"name": f"plain-{n}", "memory_gib": 1, "on": [n]} for n in names]
    guests += [{"name": f"prot-{n}", "memory_gib": 1, "on": [n], "priority": "restart"} for n in names]
    storage = [{"name": "nfs1", "type": "nfs", "shared": True}]
    return Lab(hosts=hosts, vms=guests, storage=storage, ha={"enabled": ha, "timeout": timeout, "heartbeat_sr": "nfs1"})


def _names(lab: Lab) -> list[str]:
    return list(lab.world.machines)


def _cut_storage(lab: Lab, *hosts: str) -> None:
    lab.world.storage[lab.world.pools["pool"].xhad.statefile_sr].cut.update(hosts)


def _plug_storage(lab: Lab, *hosts: str) -> None:
    lab.world.storage[lab.world.pools["pool"].xhad.statefile_sr].cut.difference_update(hosts)


def _connect(lab: Lab, connected: bool, *hosts: str) -> None:
    for name in hosts:
        lab.machine(name).connected = connected


def _fenced(lab: Lab) -> list[str]:
    return [entry.subject for entry in lab.world.book.log if entry.kind == "fenced"]


def _assert_whole(lab: Lab) -> None:
    """One master, everybody lives and is enabled, protected guests run once, no guest ran twice."""
    assert len(lab.world.pools["pool"].masters()) == 1
    assert all(lab.live(name) and lab.enabled(name) for name in _names(lab))
    assert all(len(lab.runs_on(f"prot-{name}")) == 1 for name in _names(lab))
    assert lab.world.book.totals()["twice"] == 0


# with HA ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("victim", VICTIMS)
def test_power_pulled_under_ha_the_others_stay_and_take_over_s8(size: int, victim: str) -> None:
    lab = _pool(size, ha=True)
    lab.machine(victim).power_cut()
    lab.run(T_S - 5)
    assert lab.world.pools["pool"].xhad.liveset == set(_names(lab))
    lab.run(4 * 60)
    assert _fenced(lab) == []
    assert (lab.master() != "xen1") == (victim == "xen1")
    assert not lab.live(victim)
    assert lab.runs_on(f"prot-{victim}")
    assert lab.runs_on(f"plain-{victim}") == []
    assert lab.vm_row(f"plain-{victim}")["power_state"] == "Halted"
    assert lab.world.book.totals()["lost"] == 2
    lab.machine(victim).boot()
    lab.run(600)
    _assert_whole(lab)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("victim", VICTIMS)
def test_storage_cable_pulled_under_ha_the_host_resets_itself_and_heals_when_it_is_back_s9(
    size: int, victim: str
) -> None:
    lab = _pool(size, ha=True)
    _cut_storage(lab, victim)
    lab.run(T_S - 1)
    assert _fenced(lab) == []
    lab.run(2)
    assert _fenced(lab) == [victim]
    lab.run(600)
    assert _fenced(lab) == [victim]
    assert lab.start_refusal(victim) == ["HA_HOST_CANNOT_ACCESS_STATEFILE"]
    assert lab.master() != victim
    assert not lab.live(victim)
    assert lab.runs_on(f"prot-{victim}")
    _plug_storage(lab, victim)
    lab.run(11)
    assert lab.start_refusal(victim)[0] == "HOST_IS_SLAVE"
    lab.run(60)
    _assert_whole(lab)


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("victim", VICTIMS)
def test_network_cable_pulled_under_ha_the_host_resets_itself_s10(size: int, victim: str) -> None:
    lab = _pool(size, ha=True)
    _connect(lab, False, victim)
    lab.run(T_S + 1)
    assert _fenced(lab) == [victim]
    lab.run(600)
    assert _fenced(lab) == [victim]
    assert lab.runs_on(f"prot-{victim}")
    assert lab.master() != victim
    emergency = lab.machine(victim).toolstack.emergency
    assert emergency is not None
    assert emergency.code == "HA_HEARTBEAT_DAEMON_STARTUP_FAILED"
    _connect(lab, True, victim)
    lab.run(90)
    _assert_whole(lab)


@pytest.mark.parametrize("victim", VICTIMS)
def test_in_a_pool_of_two_the_lower_uuid_survives_whoever_lost_its_network_cable_s10(victim: str) -> None:
    lab = _pool(2, ha=True)
    stays, goes = sorted(_names(lab), key=lambda name: lab.machine(name).uuid)
    _connect(lab, False, victim)
    lab.run(T_S + 1)
    assert _fenced(lab) == [goes]
    lab.run(600)
    assert _fenced(lab) == [goes]
    assert lab.machine(stays).toolstack.serves_as_master
    assert lab.runs_on(f"prot-{goes}") == [stays]
    _connect(lab, True, victim)
    lab.run(90)
    _assert_whole(lab)


@pytest.mark.parametrize("size", SIZES)
def test_network_and_storage_cable_pulled_under_ha_is_as_good_as_dead_xapi_2_4(size: int) -> None:
    lab = _pool(size, ha=True)
    _connect(lab, False, "xen2")
    _cut_storage(lab, "xen2")
    lab.run(T_S + 1)
    assert _fenced(lab) == ["xen2"]


def test_an_even_split_goes_to_the_lowest_uuid_xapi_2_4() -> None:
    lab = _pool(4, ha=True)
    names = sorted(_names(lab), key=lambda name: lab.machine(name).uuid)
    _connect(lab, False, *names)
    lab.run(T_S + 1)
    assert sorted(_fenced(lab)) == sorted(names[1:])


# without HA -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_power_of_a_member_pulled_without_ha_shows_after_ten_minutes_and_nothing_restarts_s8(size: int) -> None:
    lab = _pool(size, ha=False)
    lab.machine("xen2").power_cut()
    lab.run(570)
    assert lab.live("xen2")
    lab.run(100)
    assert not lab.live("xen2")
    assert lab.vm_row("prot-xen2")["power_state"] == "Running"
    assert lab.runs_on("prot-xen2") == []
    lab.machine("xen2").boot()
    lab.run(400)
    assert lab.live("xen2")
    assert lab.enabled("xen2")
    assert lab.vm_row("prot-xen2")["power_state"] == "Halted"


@pytest.mark.parametrize("size", SIZES)
def test_power_of_the_master_pulled_without_ha_leaves_the_pool_headless_s8(size: int) -> None:
    lab = _pool(size, ha=False)
    lab.machine("xen1").power_cut()
    lab.run(3600)
    assert lab.master() is None
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    assert lab.runs_on("plain-xen2") == ["xen2"]
    lab.machine("xen1").boot()
    lab.run(400)
    assert lab.master() == "xen1"
    assert all(lab.live(name) and lab.enabled(name) for name in _names(lab))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("victim", VICTIMS)
def test_storage_cable_pulled_without_ha_resets_nobody_s9(size: int, victim: str) -> None:
    lab = _pool(size, ha=False)
    storage = next(iter(lab.world.storage.values()))
    storage.cut.add(victim)
    lab.run(3600)
    assert _fenced(lab) == []
    assert lab.master() == "xen1"
    assert lab.runs_on(f"plain-{victim}") == [victim]
    lab.ask("host.restart_agent", lab.host("xen2"))
    lab.run(60)
    assert lab.enabled("xen2")
    attached = lab.db.row("PBD", lab.pbd("xen2", "nfs1"))["currently_attached"]
    assert attached == (victim != "xen2")


@pytest.mark.parametrize("size", SIZES)
def test_network_cable_of_a_member_pulled_without_ha_its_guests_go_on_s10(size: int) -> None:
    lab = _pool(size, ha=False)
    _connect(lab, False, "xen2")
    lab.run(700)
    assert not lab.live("xen2")
    assert lab.runs_on("plain-xen2") == ["xen2"]
    _connect(lab, True, "xen2")
    lab.run(60)
    assert lab.live("xen2")
    assert lab.world.book.totals()["lost"] == 0


@pytest.mark.parametrize("size", SIZES)
def test_network_cable_of_the_master_pulled_without_ha_everybody_waits_s10(size: int) -> None:
    lab = _pool(size, ha=False)
    _connect(lab, False, "xen1")
    lab.run(700)
    assert lab.start_refusal("xen2") == ["HOST_IS_SLAVE", "127.0.1.11"]
    assert [lab.live(name) for name in _names(lab)] == [True, *[False] * (size - 1)]
    _connect(lab, True, "xen1")
    lab.run(60)
    assert all(lab.live(name) for name in _names(lab))
    assert lab.world.book.totals()["lost"] == 0


# time-outs --------------------------------------------------------------------------------


def _blip(lab: Lab, seconds: float, *, network: bool) -> None:
    """The switch that carries storage (and the network) is away for a while."""
    _cut_storage(lab, *_names(lab))
    if network:
        _connect(lab, False, *_names(lab))
    lab.run(seconds)
    _plug_storage(lab, *_names(lab))
    _connect(lab, True, *_names(lab))
    lab.run(1200)


def test_with_a_time_out_of_30_s_a_gap_of_40_s_fences_the_whole_cluster_s2() -> None:
    lab = _pool(4, ha=True, timeout=30)
    _blip(lab, 40, network=True)
    assert sorted(_fenced(lab)) == _names(lab)
    assert lab.world.book.totals()["lost"] == 8
    _assert_whole(lab)


def test_with_a_time_out_of_180_s_a_gap_of_40_s_harms_nobody_s2() -> None:
    lab = _pool(4, ha=True, timeout=180)
    _blip(lab, 40, network=True)
    assert _fenced(lab) == []
    assert lab.world.book.totals()["lost"] == 0


def test_a_gap_of_storage_alone_harms_nobody_while_all_hosts_hear_each_other_xapi_2_4() -> None:
    lab = _pool(4, ha=True, timeout=30)
    _blip(lab, 40, network=False)
    assert _fenced(lab) == []


def test_a_gap_of_storage_alone_fences_all_survivors_of_a_crash_xapi_2_4() -> None:
    lab = _pool(3, ha=True, timeout=30)
    lab.machine("xen3").power_cut()
    lab.run(200)
    _blip(lab, 40, network=False)
    assert sorted(_fenced(lab)) == ["xen1", "xen2"]


def test_a_host_that_was_shut_down_cleanly_does_not_count_in_a_storage_gap_xapi_2_9() -> None:
    lab = _pool(3, ha=True, timeout=30)
    lab.ask("host.disable", lab.host("xen3"))
    lab.ask("host.shutdown", lab.host("xen3"))
    lab.run(400)
    assert lab.world.pools["pool"].xhad.excluded == {"xen3"}
    _blip(lab, 40, network=False)
    assert _fenced(lab) == []


def test_two_hosts_that_never_meet_on_a_flapping_path_fence_for_ever_s3() -> None:
    lab = _pool(2, ha=True, timeout=30)
    _connect(lab, False, *_names(lab))
    together = 0
    for _hour in range(36):
        lab.run(260)
        together += len(lab.world.pools["pool"].xhad.liveset) == 2
        _cut_storage(lab, *_names(lab))
        lab.run(40)
        _plug_storage(lab, *_names(lab))
    fenced = _fenced(lab)
    assert min(fenced.count(name) for name in _names(lab)) >= 1
    assert len(fenced) > 8
    assert together == 0
