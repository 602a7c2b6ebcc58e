# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Disks that move with their VM, or under it (``xapi.md`` 7.1)."""

from __future__ import annotations

import pickle
import typing as t

from running_world import Lab

VMS: t.Final = [
    {"name": "web1", "memory_gib": 2, "on": ["xen2"], "disk_sr": "local"},
    *({"name": f"many{n}", "memory_gib": 1, "on": ["xen2"]} for n in range(4)),
    {"name": "idle1", "memory_gib": 1, "power": "halted"},
]


def local_sr(lab: Lab, host: str) -> str:
    pbds = [lab.db.row("PBD", pbd) for pbd in lab.db.related("host", lab.host(host), "PBDs")]
    return str(next(row["SR"] for row in pbds if not lab.db.row("SR", row["SR"])["shared"]))


def disk(lab: Lab, vm: str) -> str:
    vbds = [lab.db.row("VBD", vbd) for vbd in lab.db.related("VM", lab.vm(vm), "VBDs")]
    return str(next(row["VDI"] for row in vbds if row["type"] == "Disk"))


def ticket(lab: Lab, host: str) -> dict[str, str]:
    network = next(row["network"] for row in lab.db.rows("PIF").values() if row["management"])
    return dict(lab.ask("host.migrate_receive", lab.host(host), network, {}))


def send(lab: Lab, vm: str, host: str, vdi_map: dict[str, str]) -> tuple[t.Any, ...]:
    return "VM.migrate_send", lab.vm(vm), ticket(lab, host), True, vdi_map, {}, {}


def test_a_ticket_names_host_master_and_a_session_of_the_pool(lab: Lab) -> None:
    found = ticket(lab, "xen3")
    assert (set(found), found["host"]) == ({"SM", "host", "xenops", "session_id", "master"}, lab.host("xen3"))
    assert lab.start_raw("pool.get_all", found["session_id"]) == [lab.pool_ref()]


def test_a_vm_moves_with_its_local_disk_and_the_disk_becomes_a_new_one() -> None:
    lab = Lab(vms=VMS)
    old, vm = disk(lab, "web1"), lab.vm("web1")
    began = lab.world.timeline.now
    assert lab.ask(*send(lab, "web1", "xen3", {old: local_sr(lab, "xen3")})) == vm
    assert (lab.runs_on("web1"), lab.vm_row("web1")["resident_on"]) == (["xen3"], lab.host("xen3"))
    assert not lab.db.exists("VDI", old)
    assert lab.db.row("VDI", disk(lab, "web1"))["SR"] == local_sr(lab, "xen3")
    assert lab.world.timeline.now - began > lab.world.durations.disk_clone + lab.world.durations.migration_setup
    assert lab.vm_row("web1")["current_operations"] == {}


def test_a_local_disk_that_is_not_in_the_map_keeps_its_vm_here() -> None:
    lab = Lab(vms=VMS)
    assert lab.refusal(*send(lab, "web1", "xen3", {})) == ["VDI_NOT_IN_MAP", disk(lab, "web1")]
    there = local_sr(lab, "xen1")
    question = ("VM.assert_can_migrate", *send(lab, "web1", "xen3", {disk(lab, "web1"): there})[1:])
    assert lab.refusal(*question) == ["VM_REQUIRES_SR", lab.vm("web1"), there]


def test_drivers_that_cannot_mirror_are_refused() -> None:
    lab = Lab(vms=VMS)
    iso = lab.ref("SR", "iso1")
    assert lab.refusal(*send(lab, "web1", "xen3", {disk(lab, "web1"): iso})) == ["SR_DOES_NOT_SUPPORT_MIGRATION", iso]


def test_three_storage_motions_leave_a_host_at_a_time_xapi_7_1() -> None:
    lab = Lab(vms=VMS)
    under_way = [
        lab.start(*send(lab, f"many{n}", "xen3", {disk(lab, f"many{n}"): local_sr(lab, "xen3")})) for n in range(3)
    ]
    last = send(lab, "many3", "xen3", {disk(lab, "many3"): local_sr(lab, "xen3")})
    assert lab.refusal(*last) == ["TOO_MANY_STORAGE_MIGRATES", "3"]
    for answer in under_way:
        lab.wait(answer)
    lab.ask(*last)
    assert lab.runs_on("many3") == ["xen3"]


def test_a_host_that_dies_over_it_leaves_no_copies_behind() -> None:
    lab = Lab(vms=VMS)
    disks = set(lab.db.rows("VDI"))
    answer = lab.start(*send(lab, "web1", "xen3", {disk(lab, "web1"): local_sr(lab, "xen3")}))
    assert len(lab.db.rows("VDI")) == len(disks) + 1
    lab.machine("xen2").power_cut()
    lab.until(lambda: bool(answer.done))
    assert answer.error.code == "VM_MIGRATE_FAILED"
    assert set(lab.db.rows("VDI")) == disks


def test_a_target_that_is_forgotten_meanwhile_fails_the_motion_and_no_more() -> None:
    lab = Lab(vms=VMS, durations={"disk_copy_rate_mib_per_s": 1.0})
    old = disk(lab, "web1")
    answer = lab.start(*send(lab, "web1", "xen3", {old: local_sr(lab, "xen3")}))
    lab.machine("xen3").power_cut()
    lab.run(30)
    lab.ask("host.declare_dead", lab.host("xen3"))
    lab.ask("host.destroy", lab.host("xen3"))
    lab.until(lambda: bool(answer.done), 100_000)
    assert answer.error.code == "VM_MIGRATE_FAILED"
    assert (lab.runs_on("web1"), disk(lab, "web1")) == (["xen2"], old)


def test_a_cancelled_motion_leaves_everything_where_it_was() -> None:
    lab = Lab(vms=VMS)
    old = disk(lab, "web1")
    method, *params = send(lab, "web1", "xen3", {old: local_sr(lab, "xen3")})
    task = lab.ask(f"Async.{method}", *params)
    lab.run(1)
    lab.ask("task.cancel", task)
    lab.run(600)
    assert lab.db.row("task", task)["status"] == "cancelled"
    assert (lab.runs_on("web1"), disk(lab, "web1"), lab.vm_row("web1")["current_operations"]) == (["xen2"], old, {})


def test_a_halted_vm_has_its_disks_moved() -> None:
    lab = Lab(vms=VMS)
    target = local_sr(lab, "xen1")
    lab.ask(*send(lab, "idle1", "xen1", {disk(lab, "idle1"): target}))
    assert (lab.vm_row("idle1")["power_state"], lab.db.row("VDI", disk(lab, "idle1"))["SR"]) == ("Halted", target)


def test_a_disk_moves_under_its_vm_and_the_answer_is_the_new_one() -> None:
    lab = Lab(vms=VMS)
    new = lab.ask("VDI.pool_migrate", disk(lab, "web1"), lab.ref("SR", "nfs1"), {})
    assert (new, lab.db.row("VDI", new)["SR"]) == (disk(lab, "web1"), lab.ref("SR", "nfs1"))
    assert lab.runs_on("web1") == ["xen2"]
    idle = disk(lab, "idle1")
    assert lab.refusal("VDI.pool_migrate", idle, local_sr(lab, "xen1"), {}) == ["VDI_NEEDS_VM_FOR_MIGRATE", idle]


def test_another_pool_is_refused_plainly() -> None:
    lab = Lab(vms=VMS)
    dest = {**ticket(lab, "xen3"), "host": "OpaqueRef:elsewhere"}
    refusal = lab.refusal("VM.migrate_send", lab.vm("web1"), dest, True, {}, {}, {})
    assert refusal == ["INTERNAL_ERROR", "not modelled by xencloud-lab: migration to another pool"]


def test_a_motion_under_way_is_saved_with_the_world() -> None:
    lab = Lab(vms=VMS)
    lab.start(*send(lab, "web1", "xen3", {disk(lab, "web1"): local_sr(lab, "xen3")}))
    lab.run(1)
    copy: Lab = pickle.loads(pickle.dumps(lab))
    copy.run(600)
    assert copy.runs_on("web1") == ["xen3"]
