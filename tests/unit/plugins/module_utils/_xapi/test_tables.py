# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import NULL_REF, Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.tables import Tables, build_pool

GIB = 2**30


def host(name: str, address: str, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "uuid": f"uuid-{name}",
        "name_label": name,
        "address": address,
        "enabled": True,
        "metrics": f"metrics-{name}",
        "memory_overhead": str(GIB),
        "software_version": {"xapi": "26.17"},
        "ha_statefiles": [],
        "current_operations": {},
        "other_config": {"boot_time": "1700000000.", "agent_start_time": "1700000090."},
        **changes,
    }


def vm(name: str, on: str, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "uuid": f"uuid-{name}",
        "name_label": name,
        "power_state": "Running",
        "resident_on": on,
        "scheduled_to_be_resident_on": NULL_REF,
        "memory_static_max": str(4 * GIB),
        "memory_dynamic_max": str(2 * GIB),
        "memory_overhead": str(40 * 2**20 + 1),
        "ha_restart_priority": "",
        "is_control_domain": False,
        "is_a_snapshot": False,
        "current_operations": {},
        **changes,
    }


def sr(name: str, kind: str, vdis: list[str], shared: bool) -> dict[str, t.Any]:
    return {
        "uuid": f"uuid-{name}",
        "name_label": name,
        "type": kind,
        "shared": shared,
        "VDIs": vdis,
        "physical_size": str(100 * GIB),
        "physical_utilisation": str(40 * GIB),
    }


def pbd(host_ref: str, sr_ref: str, attached: bool = True) -> dict[str, t.Any]:
    return {"host": host_ref, "SR": sr_ref, "currently_attached": attached}


def tables(**changes: t.Any) -> Tables:
    plain: dict[str, t.Any] = {
        "pool": {
            "pool": {
                "uuid": "uuid-pool",
                "name_label": "",
                "master": "h1",
                "ha_enabled": True,
                "ha_configuration": {"timeout": "180"},
                "ha_statefiles": ["vdi-state"],
                "ha_host_failures_to_tolerate": "1",
                "ha_plan_exists_for": "1",
                "ha_allow_overcommit": False,
                "ha_overcommitted": False,
                "other_config": {},
                "current_operations": {},
            }
        },
        "host": {"h2": host("xen02", "192.0.2.12"), "h1": host("xen01", "192.0.2.11", ha_statefiles=["vdi-state"])},
        "host_metrics": {
            "metrics-xen01": {"memory_total": str(64 * GIB), "live": True},
            "metrics-xen02": {"memory_total": str(64 * GIB), "live": False},
        },
        "vm": {
            "dom0": vm("Control domain", "h1", is_control_domain=True, memory_static_max=str(64 * GIB)),
            "web": vm("web-01", "h1"),
        },
        "vbd": {"b1": {"VM": "web", "VDI": "vdi-web"}, "b2": {"VM": "web", "VDI": NULL_REF}},
        "pbd": {"p1": pbd("h1", "nfs"), "p2": pbd("h2", "nfs", attached=False), "p3": pbd("h1", "iso")},
        "sr": {"nfs": sr("nfs1", "nfs", ["vdi-web", "vdi-state"], True), "iso": sr("iso", "iso", [], True)},
        "sm": {"s1": {"type": "nfs", "features": {"VDI_GENERATE_CONFIG": "1"}}, "s2": {"type": "iso", "features": {}}},
        "task": {
            "t1": {"name_label": "x", "status": "pending", "progress": 0.5},
            "t2": {"name_label": "y", "status": "success", "progress": 1.0},
        },
    }
    return Tables(**{**plain, **changes})


def seen(**changes: t.Any) -> Pool:
    return build_pool(tables(**changes))


def test_hosts_come_in_the_order_of_their_names_whatever_xapi_sends() -> None:
    assert [h.name for h in seen().hosts] == ["xen01", "xen02"]
    assert [h.is_master for h in seen().hosts] == [True, False]


def test_liveness_is_in_the_metrics_and_a_host_without_any_is_dead() -> None:
    assert [h.live for h in seen().hosts] == [True, False]
    assert [h.live for h in seen(host_metrics={}).hosts] == [False, False]


def test_the_heartbeat_storage_is_the_one_that_holds_the_statefile() -> None:
    ha = seen().ha
    assert (ha.heartbeat_sr, ha.heartbeat_sr_name, ha.timeout_s) == ("uuid-nfs1", "nfs1", 180)


def test_a_statefile_that_is_gone_leaves_no_heartbeat_storage() -> None:
    assert seen(sr={}).ha.heartbeat_sr is None


def test_integers_arrive_as_texts_and_leave_as_numbers() -> None:
    assert seen().ha.host_failures_to_tolerate == 1
    assert seen().host("h1").memory_total_mib == 64 * 1024


def test_free_memory_counts_the_hypervisor_the_control_domain_and_the_guests_at_their_most() -> None:
    overhead_mib = 41
    used_mib = 1024 + (2048 + overhead_mib) + (4096 + overhead_mib)
    assert seen().host("h1").memory_free_mib == 64 * 1024 - used_mib
    assert seen().host("h2").memory_free_mib == 63 * 1024


def test_a_migrating_vm_takes_memory_on_both_hosts() -> None:
    moving = {"web": vm("web-01", "h1", scheduled_to_be_resident_on="h2")}
    assert seen(vm=moving).host("h1").memory_free_mib == seen(vm=moving).host("h2").memory_free_mib
    assert seen(vm=moving).vms[0].bound_for == "h2"


def test_a_halted_vm_is_on_no_host() -> None:
    assert seen(vm={"web": vm("web-01", NULL_REF, power_state="Halted")}).vms[0].host is None


def test_snapshots_are_no_vms() -> None:
    assert seen(vm={"s": vm("snap", NULL_REF, is_a_snapshot=True)}).vms == ()


def test_a_vm_needs_the_storage_of_its_disks_and_not_of_an_empty_drive() -> None:
    assert [v.srs for v in seen().vms if v.name == "web-01"] == [("nfs",)]


def test_plugged_storage_is_known_by_host_and_by_storage() -> None:
    pool = seen()
    assert (pool.host("h1").plugged_srs, pool.host("h2").unplugged_srs) == (("nfs", "iso"), ("nfs",))
    assert (pool.sr("nfs").hosts, pool.sr("nfs").plugged_on, pool.sr("nfs").free_mib) == (
        ("h1", "h2"),
        ("h1",),
        60 * 1024,
    )


def test_only_drivers_with_the_feature_can_hold_a_statefile() -> None:
    assert (seen().sr("nfs").can_hold_statefile, seen().sr("iso").can_hold_statefile) == (True, False)


def test_times_of_the_host_are_numbers_and_nonsense_is_none() -> None:
    odd = host("xen01", "192.0.2.11", other_config={"rpm_patch_installation_time": "soon", "boot_time": "1700000000."})
    found = seen(host={"h1": odd}).host("h1")
    assert (found.boot_time, found.agent_start_time, found.patched_at) == (1700000000.0, 0.0, None)


def test_only_pending_tasks_are_kept() -> None:
    assert [task.ref for task in seen().tasks] == ["t1"]


def test_only_a_host_that_sees_the_current_statefile_is_armed() -> None:
    pool = seen()
    assert [pool.armed(h) for h in pool.hosts] == [True, False]


@pytest.mark.parametrize(
    ("changes", "tie"),
    [
        ({}, ""),
        ({"allowed_operations": ["pool_migrate"]}, ""),
        ({"allowed_operations": []}, "XAPI does not offer to migrate it, its drivers may lack"),
        ({"allowed_operations": [], "current_operations": {"t": "pool_migrate"}}, ""),
        ({"allowed_operations": [], "power_state": "Halted"}, ""),
        ({"allowed_operations": [], "is_control_domain": True}, ""),
        (
            {"allowed_operations": [], "blocked_operations": {"pool_migrate": "licence"}},
            "its migration was blocked (licence)",
        ),
        ({"allowed_operations": [], "attached_PCIs": ["p"], "VUSBs": ["u"]}, "it has a PCI device and a USB device"),
    ],
)
def test_a_vm_that_cannot_be_migrated_has_its_reason(changes: dict[str, t.Any], tie: str) -> None:
    (found,) = [each for each in build_pool(tables(vm={"web": vm("web", "h1", **changes)})).vms if each.name == "web"]
    assert found.tie == tie
