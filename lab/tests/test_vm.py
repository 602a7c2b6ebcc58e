# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VMs: placement, moving, starting, stopping (``xapi.md`` 7; transcripts ``vm_*``)."""

from __future__ import annotations

import pytest
from running_world import Lab

from xencloud_lab.xapi.placement import overhead
from xencloud_lab.xapi.rows import MIB


@pytest.mark.parametrize(
    ("memory_gib", "needed"), [(1, 1085276160), (2, 2167406592), (3, 3249537024), (20, 21645754368)]
)
def test_overhead_of_a_pv_guest_is_what_a_real_xapi_answers_observed(memory_gib: int, needed: int) -> None:
    memory = memory_gib * 1024 * MIB
    assert memory + overhead(memory, 1, hvm=False) == needed


def test_overhead_of_an_hvm_guest_is_what_a_real_xapi_answers_observed() -> None:
    assert 1024 * MIB + overhead(1024 * MIB, 1, hvm=True) == 1086324736


# moving -----------------------------------------------------------------------------------


def test_a_migration_takes_its_time_and_uses_memory_on_both_hosts_xapi_7_1(lab: Lab) -> None:
    web1, target = lab.vm("web1"), lab.host("xen3")
    free = {name: lab.ask("host.compute_free_memory", lab.host(name)) for name in ("xen2", "xen3")}
    moving = lab.start("VM.pool_migrate", web1, target, {"live": "true"})
    assert lab.vm_row("web1")["scheduled_to_be_resident_on"] == target
    assert list(lab.vm_row("web1")["current_operations"].values()) == ["pool_migrate"]
    assert lab.ask("host.compute_free_memory", lab.host("xen2")) == free["xen2"]
    assert lab.ask("host.compute_free_memory", target) < free["xen3"]
    lab.wait(moving)
    assert lab.runs_on("web1") == ["xen3"]
    assert lab.vm_row("web1")["resident_on"] == target
    assert lab.ask("host.compute_free_memory", lab.host("xen2")) > free["xen2"]
    assert lab.world.book.totals()["moved_mib"] == 2048


def test_refusals_of_a_migration_observed(lab: Lab) -> None:
    web1, xen1, xen3 = lab.vm("web1"), lab.host("xen1"), lab.host("xen3")
    idle = lab.vm("idle1")
    assert lab.refusal("VM.pool_migrate", idle, xen3, {}) == ["VM_BAD_POWER_STATE", idle, "running", "halted"]
    assert lab.refusal("VM.pool_migrate", web1, "OpaqueRef:no", {}) == ["HANDLE_INVALID", "host", "OpaqueRef:no"]
    lab.ask("PBD.unplug", lab.pbd("xen1", "nfs1"))
    assert lab.refusal("VM.pool_migrate", web1, xen1, {}) == ["VM_REQUIRES_SR", web1, lab.ref("SR", "nfs1")]
    dom0 = lab.host_row("xen2")["control_domain"]
    assert lab.refusal("VM.pool_migrate", dom0, xen1, {})[0] == "OPERATION_NOT_ALLOWED"


def test_a_target_without_memory_tells_needed_and_free_bytes_observed() -> None:
    lab = Lab(
        vms=[{"name": "fill", "memory_gib": 14, "on": ["xen3"]}, {"name": "mid", "memory_gib": 3, "on": ["xen2"]}]
    )
    code, needed, free = lab.refusal("VM.pool_migrate", lab.vm("mid"), lab.host("xen3"), {})
    assert code == "HOST_NOT_ENOUGH_FREE_MEMORY"
    assert int(needed) > 3 * 1024 * MIB > int(free)


def test_a_source_host_moves_four_guests_at_once_xapi_10() -> None:
    lab = Lab(vms=[{"name": "many", "count": 6, "memory_gib": 1, "on": ["xen2"]}])
    moves = [lab.start("VM.pool_migrate", lab.vm(f"many-{n}"), lab.host("xen3"), {}) for n in range(1, 7)]
    assert sum(m.running for m in lab.machine("xen2").migrations) == 4
    lab.run(lab.world.durations.migration(1024) + 0.1)
    assert [move.done for move in moves] == [True] * 4 + [False] * 2
    lab.run(lab.world.durations.migration(1024))
    assert all(move.done for move in moves)


def test_a_migration_whose_target_dies_leaves_the_guest_where_it_was(lab: Lab) -> None:
    moving = lab.start("VM.pool_migrate", lab.vm("web1"), lab.host("xen3"), {})
    lab.machine("xen3").power_cut()
    lab.run(60)
    assert moving.error.description[0] == "VM_MIGRATE_FAILED"
    assert lab.runs_on("web1") == ["xen2"]
    assert lab.vm_row("web1")["current_operations"] == {}


def test_a_migration_goes_on_while_the_master_restarts(lab: Lab) -> None:
    lab.start("VM.pool_migrate", lab.vm("web1"), lab.host("xen3"), {})
    lab.machine("xen1").toolstack.restart()
    lab.run(60)
    assert lab.runs_on("web1") == ["xen3"]
    assert lab.vm_row("web1")["resident_on"] == lab.host("xen3")


def test_a_migration_that_never_ends_can_be_cancelled_xapi_7_1(lab: Lab) -> None:
    next(iter(lab.machine("xen2").domains.values())).never_migrates = True
    task = lab.ask("Async.VM.pool_migrate", lab.vm("web1"), lab.host("xen3"), {})
    lab.run(3600)
    assert lab.db.row("task", task)["status"] == "pending"
    lab.ask("task.cancel", task)
    lab.run(1)
    assert lab.db.row("task", task)["status"] == "cancelled"
    assert lab.runs_on("web1") == ["xen2"]


# starting and stopping --------------------------------------------------------------------


def test_a_guest_starts_where_it_is_told_and_stops_xapi_7(lab: Lab) -> None:
    idle, xen1 = lab.vm("idle1"), lab.host("xen1")
    lab.ask("VM.start_on", idle, xen1, False, True)
    assert lab.runs_on("idle1") == ["xen1"]
    assert lab.refusal("VM.start", idle, False, True) == ["VM_BAD_POWER_STATE", idle, "halted", "running"]
    lab.ask("VM.clean_shutdown", idle)
    assert lab.runs_on("idle1") == []
    row = lab.vm_row("idle1")
    assert (row["power_state"], row["resident_on"]) == ("Halted", "OpaqueRef:NULL")
    states = "paused, suspended, running"
    assert lab.refusal("VM.hard_shutdown", idle) == ["VM_BAD_POWER_STATE", idle, states, "halted"]


def test_an_iso_on_local_storage_pins_a_guest_until_it_is_ejected_xapi_9(lab: Lab) -> None:
    web1, local = lab.vm("web1"), lab.ref("SR", "local-xen2")
    vdi = lab.db.create("VDI", SR=local, name_label="tools.iso")
    drive = lab.db.create("VBD", VM=web1, VDI=vdi, type="CD", mode="RO", currently_attached=True)
    assert lab.refusal("VM.pool_migrate", web1, lab.host("xen3"), {}) == ["VM_REQUIRES_SR", web1, local]
    lab.ask("VBD.eject", drive)
    lab.ask("VM.pool_migrate", web1, lab.host("xen3"), {})
    assert lab.refusal("VBD.eject", drive) == ["VBD_IS_EMPTY", drive]


@pytest.mark.parametrize("value", ["1", "0", "Restart", "always_run", "best_effort", " restart"])
def test_unknown_restart_priorities_are_refused_observed(lab: Lab, value: str) -> None:
    refusal = lab.refusal("VM.set_ha_restart_priority", lab.vm("web1"), value)
    assert refusal == ["INVALID_VALUE", "ha_restart_priority", value]


def test_restart_makes_a_running_guest_always_run_and_a_shutdown_ends_that_xapi_7_3(lab: Lab) -> None:
    web1 = lab.vm("web1")
    lab.ask("VM.set_ha_restart_priority", web1, "restart")
    assert lab.vm_row("web1")["ha_always_run"]
    lab.ask("VM.hard_shutdown", web1)
    row = lab.vm_row("web1")
    assert (row["ha_always_run"], row["ha_restart_priority"]) == (False, "restart")
    lab.ask("VM.start", web1, False, True)
    assert lab.vm_row("web1")["ha_always_run"]


def test_pbds_in_use_stay_plugged_xapi_9(lab: Lab) -> None:
    assert lab.refusal("PBD.unplug", lab.pbd("xen2", "nfs1"))[0] == "VDI_IN_USE"
    lab.ask("PBD.unplug", lab.pbd("xen1", "nfs1"))
    lab.ask("PBD.plug", lab.pbd("xen1", "nfs1"))
    lab.ask("PBD.plug", lab.pbd("xen1", "nfs1"))
