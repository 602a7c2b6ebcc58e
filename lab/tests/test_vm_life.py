# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VMs that come and go, sleep and wake (``xapi.md`` 7, 12.3, 12.4; xapi_vm_lifecycle for the rest)."""

from __future__ import annotations

import pickle
import typing as t

import pytest
from running_world import Lab

from xencloud_lab.xapi.rows import MIB

NULL = "OpaqueRef:NULL"
RECORD: dict[str, t.Any] = {
    "name_label": "made",
    "user_version": "1",
    "is_a_template": False,
    "affinity": NULL,
    "memory_static_max": str(1024 * MIB),
    "memory_dynamic_max": str(1024 * MIB),
    "memory_dynamic_min": str(1024 * MIB),
    "memory_static_min": str(512 * MIB),
    "VCPUs_params": {},
    "VCPUs_max": "2",
    "VCPUs_at_startup": "1",
    "actions_after_shutdown": "destroy",
    "actions_after_reboot": "restart",
    "actions_after_crash": "restart",
    "PV_bootloader": "",
    "PV_kernel": "",
    "PV_ramdisk": "",
    "PV_args": "",
    "PV_bootloader_args": "",
    "PV_legacy_args": "",
    "HVM_boot_policy": "BIOS order",
    "HVM_boot_params": {"order": "dc"},
    "platform": {},
    "PCI_bus": "",
    "other_config": {},
    "recommendations": "",
}


def template(lab: Lab, **other_config: str) -> str:
    vm = lab.vm("idle1")
    lab.ask("VM.set_is_a_template", vm, True)
    for key, value in other_config.items():
        lab.ask("VM.add_to_other_config", vm, key, value)
    return vm


# states -----------------------------------------------------------------------------------


def test_a_suspended_guest_runs_nowhere_and_its_memory_is_on_a_disk_xapi_7_4(lab: Lab) -> None:
    web1 = lab.vm("web1")
    lab.ask("VM.suspend", web1)
    row = lab.vm_row("web1")
    assert (row["power_state"], row["resident_on"], lab.runs_on("web1")) == ("Suspended", NULL, [])
    assert lab.db.row("VDI", row["suspend_VDI"])["type"] == "suspend"
    lab.ask("VM.resume_on", web1, lab.host("xen3"), False, False)
    row = lab.vm_row("web1")
    assert (row["power_state"], row["suspend_VDI"], lab.runs_on("web1")) == ("Running", NULL, ["xen3"])


def test_a_suspended_guest_can_be_thrown_away(lab: Lab) -> None:
    web1 = lab.vm("web1")
    lab.ask("VM.suspend", web1)
    image = lab.vm_row("web1")["suspend_VDI"]
    lab.ask("VM.hard_shutdown", web1)
    assert lab.vm_row("web1")["power_state"] == "Halted"
    assert not lab.db.exists("VDI", image)


def test_suspend_ends_protection_xapi_7_3(lab: Lab) -> None:
    web1 = lab.vm("web1")
    lab.ask("VM.set_ha_restart_priority", web1, "restart")
    lab.ask("VM.suspend", web1)
    assert not lab.vm_row("web1")["ha_always_run"]


def test_a_suspend_whose_master_dies_leaves_the_guest_running(lab: Lab) -> None:
    lab.start("VM.suspend", lab.vm("web1"))
    lab.machine("xen1").power_cut()
    lab.run(60)
    assert lab.runs_on("web1") == ["xen2"]


def test_a_paused_guest_keeps_its_host_and_its_memory(lab: Lab) -> None:
    web1 = lab.vm("web1")
    lab.ask("VM.pause", web1)
    assert (lab.vm_row("web1")["power_state"], lab.runs_on("web1")) == ("Paused", ["xen2"])
    assert lab.refusal("VM.clean_shutdown", web1) == ["VM_BAD_POWER_STATE", web1, "running", "paused"]
    lab.machine("xen2").toolstack.restart()
    lab.run(120)
    assert lab.vm_row("web1")["power_state"] == "Paused"
    lab.ask("VM.unpause", web1)
    assert lab.vm_row("web1")["power_state"] == "Running"


def test_a_guest_can_be_started_paused(lab: Lab) -> None:
    lab.ask("VM.start", lab.vm("idle1"), True, False)
    assert lab.vm_row("idle1")["power_state"] == "Paused"


@pytest.mark.parametrize("name", ["VM.clean_reboot", "VM.hard_reboot"])
def test_a_reboot_is_a_new_domain_on_the_same_host(lab: Lab, name: str) -> None:
    before = lab.vm_row("web1")["domid"]
    lab.ask(name, lab.vm("web1"))
    row = lab.vm_row("web1")
    assert (row["power_state"], lab.runs_on("web1")) == ("Running", ["xen2"])
    assert row["domid"] != before
    assert lab.world.book.totals()["lost"] == 0


def test_a_guest_without_tools_lacks_what_needs_them_xapi_5_4() -> None:
    lab = Lab(vms=[{"name": "old", "memory_gib": 1, "on": ["xen2"], "guest_tools": False}])
    old = lab.vm("old")
    for name in ("VM.clean_shutdown", "VM.suspend"):
        assert lab.refusal(name, old) == ["VM_LACKS_FEATURE", old]
    assert "pool_migrate" not in lab.vm_row("old")["allowed_operations"]
    lab.ask("VM.shutdown", old)
    assert lab.runs_on("old") == []


# turns ------------------------------------------------------------------------------------


def test_a_second_start_waits_for_the_first_and_is_refused_then_observed(lab: Lab) -> None:
    idle = lab.vm("idle1")
    first, second = lab.start("VM.start", idle, False, True), lab.start("VM.start", idle, False, True)
    lab.wait(first)
    lab.run(0.1)
    assert second.error.description == ["VM_BAD_POWER_STATE", idle, "halted", "running"]


def test_a_waiting_call_gives_up_after_two_hours(lab: Lab) -> None:
    next(iter(lab.machine("xen2").domains.values())).never_migrates = True
    web1, xen3 = lab.vm("web1"), lab.host("xen3")
    lab.start("VM.pool_migrate", web1, xen3, {})
    second = lab.start("VM.pool_migrate", web1, xen3, {})
    lab.run(7000)
    assert not second.done
    lab.run(300)
    assert second.error.description[:3] == ["OTHER_OPERATION_IN_PROGRESS", "VM", web1]


def test_a_world_with_waiting_calls_can_be_pickled(lab: Lab) -> None:
    lab.start("VM.clean_shutdown", lab.vm("web1"))
    lab.start("VM.hard_reboot", lab.vm("web1"))
    lab.start("VM.pool_migrate", lab.vm("db1"), lab.host("xen1"), {})
    lab.start("VM.suspend", lab.vm("db1"))
    world = pickle.loads(pickle.dumps(lab.world))
    world.timeline.run_until(world.timeline.now + 600)
    db = world.pools["pool"].master().toolstack.db
    assert db.row("VM", lab.vm("db1"))["power_state"] == "Suspended"


def test_operations_show_on_the_host_they_go_to_xapi_5_8(lab: Lab) -> None:
    moving = lab.start("VM.pool_migrate", lab.vm("web1"), lab.host("xen3"), {})
    assert list(lab.host_row("xen3")["current_operations"].values()) == ["vm_migrate"]
    assert "evacuate" not in lab.host_row("xen3")["allowed_operations"]
    lab.wait(moving)
    assert lab.host_row("xen3")["current_operations"] == {}


# coming and going -------------------------------------------------------------------------


def test_create_makes_a_halted_vm_that_can_start(lab: Lab) -> None:
    made = lab.ask("VM.create", RECORD)
    row = lab.vm_row("made")
    assert (row["power_state"], row["domain_type"], "mac_seed" in row["other_config"]) == ("Halted", "hvm", True)
    lab.ask("VM.start", made, False, False)
    assert lab.vm_row("made")["power_state"] == "Running"


def test_create_without_a_field_names_it_observed_1_4(lab: Lab) -> None:
    record = {name: value for name, value in RECORD.items() if name != "platform"}
    assert lab.refusal("VM.create", record) == ["INTERNAL_ERROR", "missing field", "platform", ""]


def test_a_clone_has_its_own_disks_cards_and_uuid(lab: Lab) -> None:
    idle = lab.vm("idle1")
    network = lab.ref("network", "Pool-wide network 0")
    card = {"device": "0", "network": network, "VM": idle, "MAC": "", "MTU": "1500", "other_config": {}}
    lab.ask("VIF.create", {**card, "qos_algorithm_type": "", "qos_algorithm_params": {}})
    copy = lab.ask("VM.clone", idle, "twin")
    mine, twin = lab.db.record("VM", idle), lab.db.record("VM", copy)
    assert mine["uuid"] != twin["uuid"]
    disks = {lab.db.row("VBD", vm["VBDs"][0])["VDI"] for vm in (mine, twin)}
    assert len(disks) == 2
    assert len({lab.db.row("VIF", vm["VIFs"][0])["MAC"] for vm in (mine, twin)}) == 2
    assert lab.refusal("VM.clone", lab.vm("web1"), "x") == ["VM_BAD_POWER_STATE", lab.vm("web1"), "halted", "running"]


def test_a_template_is_cloned_provisioned_and_then_a_vm(lab: Lab) -> None:
    sr = lab.db.row("SR", lab.ref("SR", "nfs1"))["uuid"]
    disks = f'<provision><disk device="1" size="1073741824" sr="{sr}" bootable="false" type="system"/></provision>'
    golden = template(lab, disks=disks)
    assert lab.refusal("VM.start", golden, False, False)[0] == "VM_IS_TEMPLATE"
    made = lab.ask("VM.copy", golden, "made", NULL)
    lab.ask("VM.provision", made)
    row = lab.db.record("VM", made)
    assert (row["is_a_template"], len(row["VBDs"]), row["other_config"]["base_template_name"]) == (False, 2, "idle1")
    assert lab.refusal("VM.provision", made) == ["ONLY_PROVISION_TEMPLATE"]


def test_destroy_leaves_the_disks_and_refuses_what_runs(lab: Lab) -> None:
    idle, web1 = lab.vm("idle1"), lab.vm("web1")
    disk = lab.db.row("VBD", lab.db.related("VM", idle, "VBDs")[0])["VDI"]
    lab.ask("VM.destroy", idle)
    assert lab.db.related("VDI", disk, "VBDs") == []
    assert lab.refusal("VM.destroy", web1) == ["VM_BAD_POWER_STATE", web1, "halted, suspended", "running"]


def test_a_copy_that_does_not_fit_leaves_nothing_behind(lab: Lab) -> None:
    lab.ask("SR.set_physical_size", lab.ref("SR", "local-xen1"), 1)
    before = len(lab.db.rows("VDI"))
    assert lab.refusal("VM.copy", lab.vm("idle1"), "copy", lab.ref("SR", "local-xen1"))[0] == "SR_BACKEND_FAILURE_44"
    assert len(lab.db.rows("VDI")) == before
    assert lab.vm_row("idle1")["current_operations"] == {}


# snapshots --------------------------------------------------------------------------------


def test_a_snapshot_is_a_template_that_knows_its_vm_and_can_be_gone_back_to(lab: Lab) -> None:
    idle = lab.vm("idle1")
    snapshot = lab.ask("VM.snapshot", idle, "before")
    row = lab.db.row("VM", snapshot)
    assert (row["is_a_snapshot"], row["is_a_template"], row["snapshot_of"]) == (True, True, idle)
    assert lab.db.related("VM", idle, "snapshots") == [snapshot]
    assert lab.refusal("VM.start", snapshot, False, False)[0] == "VM_IS_SNAPSHOT"
    lab.ask("VM.set_VCPUs_max", idle, 4)
    lab.ask("VM.revert", snapshot)
    assert lab.vm_row("idle1")["VCPUs_max"] == 1
    assert len(lab.db.related("VM", idle, "VBDs")) == 1
    assert lab.refusal("VM.revert", idle) == ["ONLY_REVERT_SNAPSHOT"]


def test_a_running_guest_goes_on_while_a_snapshot_is_taken(lab: Lab) -> None:
    snapshot = lab.ask("VM.snapshot", lab.vm("web1"), "now")
    assert lab.db.row("VM", snapshot)["power_state"] == "Halted"
    assert lab.runs_on("web1") == ["xen2"]


def test_a_checkpoint_has_the_memory_too(lab: Lab) -> None:
    checkpoint = lab.ask("VM.checkpoint", lab.vm("web1"), "now")
    assert lab.db.row("VM", checkpoint)["power_state"] == "Suspended"
    assert lab.runs_on("web1") == ["xen2"]


# settings ---------------------------------------------------------------------------------


def test_memory_limits_must_be_in_order_and_the_vm_halted(lab: Lab) -> None:
    idle, web1 = lab.vm("idle1"), lab.vm("web1")
    lab.ask("VM.set_memory_limits", idle, 256 * MIB, 2048 * MIB, 1024 * MIB, 2048 * MIB)
    assert lab.vm_row("idle1")["memory_dynamic_min"] == 1024 * MIB
    bad = lab.refusal("VM.set_memory_limits", idle, 256 * MIB, 1024 * MIB, 1024 * MIB, 2048 * MIB)
    assert bad[0] == "MEMORY_CONSTRAINT_VIOLATION"
    assert lab.refusal("VM.set_memory", web1, MIB) == ["VM_BAD_POWER_STATE", web1, "halted", "running"]


@pytest.mark.parametrize("field", ["order", "start_delay", "shutdown_delay"])
def test_order_and_delays_are_not_negative_observed(lab: Lab, field: str) -> None:
    refusal = lab.refusal(f"VM.set_{field}", lab.vm("web1"), -1)
    assert refusal == ["INVALID_VALUE", f"{field} must be non-negative", "-1"]


def test_migrate_send_without_a_destination_is_an_unplanned_error_observed(lab: Lab) -> None:
    for name in ("VM.migrate_send", "VM.assert_can_migrate"):
        assert lab.refusal(name, lab.vm("web1"), {}, True, {}, {}, {}) == ["INTERNAL_ERROR", "Not_found"]


# agility ----------------------------------------------------------------------------------


def test_a_guest_is_agile_only_where_all_enabled_hosts_see_its_storage_and_networks_xapi_7_3(lab: Lab) -> None:
    web1, nfs, network = lab.vm("web1"), lab.ref("SR", "nfs1"), lab.ref("network", "Pool-wide network 0")
    lab.ask("VM.assert_agile", web1)
    lab.ask("PBD.unplug", lab.pbd("xen1", "nfs1"))
    assert lab.refusal("VM.assert_agile", web1) == ["HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", nfs]
    lab.ask("host.disable", lab.host("xen1"))
    lab.ask("VM.assert_agile", web1)
    private = lab.ask("network.create", {"name_label": "private", "other_config": {}})
    card = {"device": "0", "VM": web1, "MAC": "", "MTU": "1500", "other_config": {}}
    card |= {"qos_algorithm_type": "", "qos_algorithm_params": {}}
    lab.ask("VIF.create", {**card, "network": network})
    lab.ask("VM.assert_agile", web1)
    lab.ask("VIF.create", {**card, "device": "1", "network": private})
    assert lab.refusal("VM.assert_agile", web1) == ["HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED", private]


@pytest.mark.parametrize(
    ("product", "code"), [("xenserver-6.2", "VM_MISSING_PV_DRIVERS"), ("xcp-ng-8.3", "VM_LACKS_FEATURE")]
)
def test_the_word_for_missing_tools_depends_on_the_release_xapi_5_4(product: str, code: str) -> None:
    lab = Lab(product=product, updates=[], vms=[{"name": "old", "on": ["xen2"], "guest_tools": False}])
    assert lab.refusal("VM.pool_migrate", lab.vm("old"), lab.host("xen3"), {}) == [code, lab.vm("old")]
