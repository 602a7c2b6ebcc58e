# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import CsHost
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.host_states import (
    Step,
    deletion_obstacle,
    heals_itself,
    next_step_in,
    next_step_out,
    waits_behind,
)


def host(resource_state: str, state: str = "Up", name: str = "xen02") -> CsHost:
    return CsHost(
        id=f"id-{name}",
        name=name,
        ip_address="192.0.2.12",
        state=state,
        resource_state=resource_state,
        cluster_id="c",
        zone_id="z",
        tags=frozenset(),
        for_ha_only=False,
        memory_total_mib=0,
        memory_allocated_mib=0,
    )


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("Maintenance", Step.DONE),
        ("PrepareForMaintenance", Step.WAIT),
        ("ErrorInPrepareForMaintenance", Step.WAIT),
        ("ErrorInMaintenance", Step.PREPARE),
        ("Enabled", Step.PREPARE),
        ("Degraded", Step.PREPARE),
    ],
)
def test_only_maintenance_is_success_and_preparing_is_waited_for(state: str, step: Step) -> None:
    assert next_step_in(host(state), prepares=0, self_healing=False) is step


def test_error_in_maintenance_is_asked_again_once_and_then_fails() -> None:
    broken = host("ErrorInMaintenance")
    assert next_step_in(broken, prepares=1, self_healing=False) is Step.PREPARE
    with pytest.raises(MaintenanceError, match="ErrorInMaintenance"):
        next_step_in(broken, prepares=2, self_healing=False)


def test_error_in_maintenance_heals_itself_before_4_14() -> None:
    assert next_step_in(host("ErrorInMaintenance"), prepares=2, self_healing=True) is Step.WAIT


@pytest.mark.parametrize(
    ("version", "heals"),
    [("4.4.4", True), ("4.11.1.0", True), ("4.14.0.0", False), ("4.22.0.0-SNAPSHOT", False), ("5.0", False)],
)
def test_versions_differ_in_whether_an_error_heals(version: str, heals: bool) -> None:
    assert heals_itself(version) is heals


def test_a_disabled_host_is_refused_with_the_remedy() -> None:
    with pytest.raises(MaintenanceError, match="Enable it first"):
        next_step_in(host("Disabled"), prepares=0, self_healing=False)


@pytest.mark.parametrize("state", ["Alert", "Disconnected", "Down", "Connecting"])
def test_a_host_that_is_not_up_is_refused_before_anything_is_asked(state: str) -> None:
    with pytest.raises(MaintenanceError, match=f"sees it as {state}"):
        next_step_in(host("Enabled", state), prepares=0, self_healing=False)


@pytest.mark.parametrize(
    "state", ["Maintenance", "PrepareForMaintenance", "ErrorInPrepareForMaintenance", "ErrorInMaintenance"]
)
def test_every_maintenance_state_can_be_cancelled_whatever_the_connection(state: str) -> None:
    assert next_step_out(host(state, "Disconnected"), wait_for_up=True) is Step.CANCEL


@pytest.mark.parametrize(("wait_for_up", "step"), [(True, Step.WAIT), (False, Step.DONE)])
def test_an_enabled_host_is_waited_for_only_if_asked(wait_for_up: bool, step: Step) -> None:
    assert next_step_out(host("Enabled", "Connecting"), wait_for_up) is step
    assert next_step_out(host("Enabled", "Up"), wait_for_up) is Step.DONE


def test_a_disabled_host_is_enabled_and_a_degraded_one_needs_a_decision() -> None:
    assert next_step_out(host("Disabled"), wait_for_up=True) is Step.ENABLE
    with pytest.raises(MaintenanceError, match="Degraded"):
        next_step_out(host("Degraded"), wait_for_up=True)


def test_one_host_of_a_cluster_is_prepared_at_a_time() -> None:
    hosts: t.Final = [
        host("Enabled"),
        host("ErrorInPrepareForMaintenance", name="xen03"),
        host("Maintenance", name="x"),
    ]
    assert waits_behind(hosts[0], hosts) == ["xen03"]


@pytest.mark.parametrize(
    ("resource_state", "state", "forced"),
    [
        ("Maintenance", "Up", False),
        ("Maintenance", "Disconnected", False),
        ("Degraded", "Alert", False),
        ("Enabled", "Down", True),
        ("Enabled", "Alert", True),
        ("ErrorInMaintenance", "Disconnected", True),
    ],
)
def test_a_host_in_maintenance_is_deleted_and_a_lost_one_with_force(
    resource_state: str, state: str, forced: bool
) -> None:
    assert deletion_obstacle(host(resource_state, state), [], forced) is None


@pytest.mark.parametrize(
    ("resource_state", "state", "forced"),
    [("Enabled", "Up", False), ("Enabled", "Up", True), ("Enabled", "Down", False), ("Disabled", "Connecting", True)],
)
def test_a_host_in_service_is_not_deleted(resource_state: str, state: str, forced: bool) -> None:
    text = deletion_obstacle(host(resource_state, state), [], forced) or ""
    assert f"{state} and {resource_state}" in text


def test_a_host_with_vms_is_never_deleted() -> None:
    assert "app-01, web-01" in (deletion_obstacle(host("Maintenance"), ["app-01", "web-01"], forced=True) or "")
