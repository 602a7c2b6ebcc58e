# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ladder.climb import ladder
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ladder.facts import (
    CloudSide,
    HostFacts,
    PoolSide,
    RunHold,
    Voice,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ladder.rungs import RUNGS

MEMBER = Voice("member", follows="192.0.2.11")
SILENT = Voice("silent", text="no answer")
POOL = PoolSide(
    live=True,
    enabled=True,
    is_master=False,
    master="xen01",
    master_address="192.0.2.11",
    master_enabled=True,
    ha_enabled=True,
)
CLOUD = CloudSide(state="Up", resource_state="Enabled", cluster="cluster-a", managed=True)
HEALTHY = HostFacts("xen02", "192.0.2.12", MEMBER, POOL, cloud=CLOUD)


def emergency(code: str) -> Voice:
    return Voice("emergency", code=code, text=code)


def facts(
    voice: Voice = MEMBER, pool: dict[str, t.Any] | None = None, cloud: dict[str, t.Any] | None = None
) -> HostFacts:
    """A healthy member with these differences."""
    return replace(HEALTHY, voice=voice, pool=replace(POOL, **(pool or {})), cloud=replace(CLOUD, **(cloud or {})))


def codes(seen: HostFacts) -> list[str]:
    return [rung.code for rung in ladder(seen)]


DEAD = {"live": False}
OFF = {"live": False, "ha_enabled": False}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (facts(), []),
        (replace(facts(), cloud=None), ["unknown_to_cloudstack"]),
        (facts(SILENT, DEAD), ["power_by_hand"]),
        (facts(SILENT, {**DEAD, "power_on_mode": "IPMI"}), ["power_on"]),
        (facts(SILENT, cloud={"state": "Alert"}), ["quiet", "cloudstack_connection"]),
        (facts(Voice("strange", text="no XAPI"), DEAD), ["unclear"]),
        (facts(MEMBER, DEAD), ["starting", "rearm_ha"]),
        (facts(MEMBER, OFF), ["starting"]),
        (facts(emergency("HOST_STILL_BOOTING"), DEAD), ["starting"]),
        (facts(emergency("HA_HOST_CANNOT_ACCESS_STATEFILE"), DEAD), ["heartbeat_storage"]),
        (facts(emergency("HA_HEARTBEAT_DAEMON_STARTUP_FAILED"), DEAD), ["ha_daemon"]),
        (facts(emergency("HA_HOST_CANNOT_ACCESS_STATEFILE"), OFF), ["disarm_ha"]),
        (facts(emergency("HA_HEARTBEAT_DAEMON_STARTUP_FAILED"), OFF), ["disarm_ha"]),
        (facts(emergency("HA_POOL_IS_ENABLED_BUT_HOST_IS_DISABLED"), DEAD), ["rearm_ha"]),
        (facts(emergency("INTERNAL_ERROR"), DEAD), ["master_lost"]),
        (facts(emergency("HOST_MASTER_CANNOT_TALK_BACK"), DEAD), ["master_lost"]),
        (facts(emergency("HOST_UNKNOWN_TO_MASTER"), DEAD), ["not_a_member"]),
        (facts(emergency("HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR"), DEAD), ["newer_than_master"]),
        (facts(emergency("HOST_BROKEN"), DEAD), ["emergency"]),
        (facts(emergency("HOST_HAS_NO_MANAGEMENT_IP"), DEAD), ["emergency"]),
        (facts(Voice("master"), DEAD), ["second_master"]),
        (facts(Voice("member", follows="192.0.2.13"), DEAD), ["wrong_master"]),
        (facts(pool={"enabled": False}), ["enable"]),
        (facts(pool={"enabled": False, "pluggable": ("nfs1",)}), ["plug_storage", "enable"]),
        (facts(cloud={"state": "Alert"}), ["cloudstack_connection"]),
        (facts(cloud={"state": "Connecting"}), ["cloudstack_connection"]),
        (facts(cloud={"state": "Error"}), ["cloudstack_state"]),
        (facts(cloud={"state": "Disconnected", "managed": False}), ["cluster_unmanaged"]),
        (facts(pool={"master_enabled": False}, cloud={"state": "Alert"}), ["master_disabled"]),
        (facts(cloud={"resource_state": "ErrorInMaintenance"}), ["cancel_maintenance"]),
        (facts(cloud={"resource_state": "PrepareForMaintenance"}), ["preparing", "cancel_preparation"]),
        (facts(cloud={"resource_state": "ErrorInPrepareForMaintenance"}), ["preparing", "cancel_preparation"]),
    ],
)
def test_every_state_has_its_rungs(seen: HostFacts, expected: list[str]) -> None:
    assert codes(seen) == expected


@pytest.mark.parametrize("state", ["Maintenance", "Disabled", "Degraded", "PrepareForMaintenance"])
def test_a_disabled_host_that_cloudstack_has_out_of_service_is_never_enabled(state: str) -> None:
    assert codes(facts(pool={"enabled": False}, cloud={"resource_state": state})) == ["held"]


@pytest.mark.parametrize(
    ("pool", "cloud"),
    [
        ({}, {"resource_state": "Maintenance", "state": "Disconnected"}),
        ({"marks": ("XenCenter",)}, {}),
    ],
)
def test_a_host_that_is_off_by_somebodys_will_is_not_switched_on(
    pool: dict[str, t.Any], cloud: dict[str, t.Any]
) -> None:
    off = facts(SILENT, {**DEAD, "power_on_mode": "IPMI", **pool}, cloud)
    assert codes(off)[0] == "held"
    assert ladder(off)[0].cause.startswith("the pool counts it as dead; ")
    assert "power_on" not in codes(off)
    left = facts(SILENT, {**DEAD, "power_on_mode": "IPMI", "marks": ("run r1",), "left_by_run": True}, cloud)
    assert codes(left)[:2] == ["power_on", "held_by_run"]


def test_a_host_that_a_run_left_out_of_service_goes_back_by_that_runs_end_and_not_by_another_role() -> None:
    left = {"enabled": False, "marks": ("run r1",), "left_by_run": True}
    assert codes(facts(pool=left)) == ["held_by_run"]
    assert codes(facts(pool=left, cloud={"resource_state": "Maintenance"})) == ["held_by_run"]
    assert "host_maintenance" not in RUNGS["held_by_run"].action


def test_storage_that_was_unplugged_on_a_host_that_is_held_stays_so() -> None:
    assert codes(facts(pool={"marks": ("XenCenter",), "pluggable": ("nfs1",)})) == ["held"]


def test_marks_in_the_pool_keep_a_disabled_host_disabled() -> None:
    assert codes(facts(pool={"enabled": False, "marks": ("XenCenter has it in maintenance mode",)})) == ["held"]


def test_nothing_is_plugged_or_enabled_in_emergency_mode() -> None:
    seen = facts(emergency("HOST_BROKEN"), {"enabled": False, "pluggable": ("nfs1",)})
    assert codes(seen) == ["emergency"]


def test_a_controller_without_a_way_to_the_host_is_no_fault_while_both_captains_use_it() -> None:
    assert codes(facts(SILENT)) == []


def test_without_a_master_only_what_can_be_known_is_told() -> None:
    seen = replace(facts(emergency("INTERNAL_ERROR"), cloud={"state": "Alert"}), pool=None, no_pool="nobody answers")
    assert codes(seen) == ["master_unreachable", "master_lost", "cloudstack_connection"]


def test_a_host_that_only_cloudstack_remembers_has_to_join_again() -> None:
    assert codes(replace(facts(Voice("master"), cloud={"state": "Alert"}), pool=None))[0] == "not_a_member"
    assert codes(replace(facts(emergency("HOST_UNKNOWN_TO_MASTER")), pool=None)) == ["not_a_member"]


def test_without_a_master_ha_is_never_disarmed() -> None:
    seen = replace(facts(emergency("HA_HOST_CANNOT_ACCESS_STATEFILE")), pool=None, no_pool="nobody answers")
    assert "disarm_ha" not in codes(seen)


def test_vms_that_are_believed_to_run_on_a_dead_host_are_listed_once_and_only_told() -> None:
    seen = facts(SILENT, {**DEAD, "guests": ("web", "db")}, {"instances": (("web", "Running"), ("old", "Stopped"))})
    rungs = ladder(seen)
    assert [rung.code for rung in rungs] == ["power_by_hand", "vms_on_dead_host"]
    assert "2 VMs are still believed to run on it (db, web)" in rungs[1].cause
    assert rungs[1].kept.kind == "note"


def test_the_master_itself_answers_as_a_master() -> None:
    assert codes(facts(Voice("master"), {"is_master": True, "enabled": False, "master_enabled": False})) == ["enable"]


@pytest.mark.parametrize(("lives", "expected"), [(True, ["run_in_flight", "enable"]), (False, ["enable"])])
def test_a_living_run_comes_before_everything(lives: bool, expected: list[str]) -> None:
    assert codes(replace(facts(pool={"enabled": False}), run=RunHold("run 1 of admin", lives))) == expected
