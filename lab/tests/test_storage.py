# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage, disks and drives (``xapi.md`` 9, 2.10; transcripts ``storage_*``, ``sr_*``, ``ha_on_storage_*``)."""

from __future__ import annotations

import typing as t

import pytest
from running_world import Lab

NULL = "OpaqueRef:NULL"
GIB = 1024**3


def new_disk(lab: Lab, sr: str = "nfs1", size: int = GIB, **values: t.Any) -> str:
    record = {"SR": lab.ref("SR", sr), "virtual_size": str(size), "type": "user", "sharable": False}
    return t.cast(str, lab.ask("VDI.create", {**record, "read_only": False, "other_config": {}, **values}))


def drive(lab: Lab, vm: str, vdi: str = NULL, **values: t.Any) -> dict[str, t.Any]:
    record = {"VM": vm, "VDI": vdi, "userdevice": "autodetect", "bootable": False, "mode": "RW", "type": "Disk"}
    extra = {"empty": False, "other_config": {}, "qos_algorithm_type": "", "qos_algorithm_params": {}}
    return {**record, **extra, **values}


# SRs --------------------------------------------------------------------------------------


def test_a_shared_sr_is_plugged_everywhere_and_its_host_not_looked_at_surprise_10(lab: Lab) -> None:
    sr = lab.ask("SR.create", "OpaqueRef:nobody", {"location": "x"}, "0", "new", "", "nfs", "user", True, {})
    assert len(lab.db.related("SR", sr, "PBDs")) == 3
    refusal = lab.refusal("SR.create", "OpaqueRef:nobody", {}, "0", "new", "", "nfs", "user", False, {})
    assert refusal == ["HOST_OFFLINE", "OpaqueRef:nobody"]


def test_an_unknown_driver_is_refused_by_create_and_not_by_introduce_observed(lab: Lab) -> None:
    refusal = lab.refusal("SR.create", lab.host("xen1"), {}, "0", "x", "", "nosuch", "user", True, {})
    assert refusal == ["SR_UNKNOWN_DRIVER", "nosuch"]
    lab.ask("SR.introduce", "a-uuid", "x", "", "nosuch", "user", True, {})


def test_an_sr_goes_only_when_it_is_unplugged_observed(lab: Lab) -> None:
    sr = lab.ask("SR.create", lab.host("xen1"), {}, "0", "new", "", "nfs", "user", True, {})
    for name in ("SR.forget", "SR.destroy"):
        assert lab.refusal(name, sr) == ["SR_HAS_PBD", sr]
    for pbd in lab.db.related("SR", sr, "PBDs"):
        assert lab.refusal("PBD.destroy", pbd) == ["OPERATION_NOT_ALLOWED", "PBD is currently attached"]
        lab.ask("PBD.unplug", pbd)
    lab.ask("SR.destroy", sr)
    assert not lab.db.exists("SR", sr)


def test_storage_that_was_forgotten_can_be_introduced_again_with_its_uuid_xapi_1_4(lab: Lab) -> None:
    sr = lab.ask("SR.create", lab.host("xen1"), {}, str(7 * GIB), "new", "", "nfs", "user", True, {})
    uuid = lab.db.row("SR", sr)["uuid"]
    for pbd in lab.db.related("SR", sr, "PBDs"):
        lab.ask("PBD.unplug", pbd)
    lab.ask("SR.forget", sr)
    again = lab.ask("SR.introduce", uuid, "again", "", "nfs", "user", True, {})
    assert again != sr
    pbd = lab.ask("PBD.create", {"host": lab.host("xen2"), "SR": again, "device_config": {}})
    lab.ask("PBD.plug", pbd)
    assert lab.db.row("SR", again)["physical_size"] == 7 * GIB


def test_a_second_pbd_is_refused_observed(lab: Lab) -> None:
    sr, host = lab.ref("SR", "nfs1"), lab.host("xen1")
    record = {"host": host, "SR": sr, "device_config": {}, "other_config": {}}
    assert lab.refusal("PBD.create", record) == ["PBD_EXISTS", sr, host, lab.pbd("xen1", "nfs1")]
    local = lab.ref("SR", "local-xen1")
    record = {**record, "SR": local, "host": lab.host("xen2")}
    assert lab.refusal("PBD.create", record) == ["SR_NOT_SHARABLE", local, lab.host("xen2")]


def test_an_sr_of_several_hosts_stays_shared_observed(lab: Lab) -> None:
    refusal = lab.refusal("SR.set_shared", lab.ref("SR", "nfs1"), False)
    assert refusal[0] == "SR_HAS_MULTIPLE_PBDS"
    assert len(refusal) == 4


# disks ------------------------------------------------------------------------------------


def test_disks_take_room_and_a_full_sr_refuses(lab: Lab) -> None:
    sr = lab.ref("SR", "nfs1")
    before = lab.db.row("SR", sr)["virtual_allocation"]
    disk = new_disk(lab)
    assert lab.db.row("SR", sr)["virtual_allocation"] == before + GIB
    lab.ask("VDI.resize", disk, 2 * GIB)
    assert lab.db.row("SR", sr)["virtual_allocation"] == before + 2 * GIB
    assert lab.refusal("VDI.resize", disk, GIB)[0] == "SR_BACKEND_FAILURE_79"
    lab.ask("VDI.destroy", disk)
    assert lab.db.row("SR", sr)["virtual_allocation"] == before
    lab.ask("SR.set_physical_size", sr, before)
    record = {"SR": sr, "virtual_size": "1", "type": "user", "sharable": False, "read_only": False, "other_config": {}}
    assert lab.refusal("VDI.create", record)[0] == "SR_BACKEND_FAILURE_44"


def test_a_disk_in_use_is_not_destroyed_and_allows_clone_and_snapshot_only_observed(lab: Lab) -> None:
    disk = lab.db.row("VBD", lab.db.related("VM", lab.vm("web1"), "VBDs")[0])["VDI"]
    assert sorted(lab.db.row("VDI", disk)["allowed_operations"]) == ["clone", "snapshot"]
    assert lab.refusal("VDI.destroy", disk) == ["VDI_IN_USE", disk, "destroy"]
    snapshot = lab.ask("VDI.snapshot", disk, {})
    assert lab.db.row("VDI", snapshot)["snapshot_of"] == disk


@pytest.mark.parametrize("name", ["VDI.destroy", "VDI.forget"])
def test_the_disks_of_ha_stay_while_it_is_on_observed(lab: Lab, name: str) -> None:
    lab.enable_ha()
    for vdi in [ref for ref, row in lab.db.rows("VDI").items() if row["type"] in ("ha_statefile", "redo_log")]:
        assert lab.refusal(name, vdi) == ["HA_IS_ENABLED"]
        assert lab.refusal("VDI.resize", vdi, 9 * GIB) == ["HA_IS_ENABLED"]


def test_a_free_disk_cannot_migrate_observed(lab: Lab) -> None:
    disk = new_disk(lab)
    refusal = lab.refusal("VDI.pool_migrate", disk, lab.ref("SR", "nfs1"), {})
    assert refusal == ["VDI_NEEDS_VM_FOR_MIGRATE", disk]


# drives -----------------------------------------------------------------------------------


def test_a_disk_is_plugged_into_a_running_guest_and_out_again(lab: Lab) -> None:
    web1, disk = lab.vm("web1"), new_disk(lab)
    vbd = lab.ask("VBD.create", drive(lab, web1, disk))
    assert lab.db.row("VBD", vbd)["userdevice"] == "1"
    lab.ask("VBD.plug", vbd)
    assert (lab.db.row("VBD", vbd)["device"], lab.db.row("VBD", vbd)["currently_attached"]) == ("xvdb", True)
    assert lab.refusal("VBD.plug", vbd) == ["DEVICE_ALREADY_ATTACHED", vbd]
    assert lab.refusal("VBD.destroy", vbd)[0] == "OPERATION_NOT_ALLOWED"
    lab.ask("VBD.unplug", vbd)
    assert lab.refusal("VBD.unplug", vbd) == ["DEVICE_ALREADY_DETACHED", vbd]
    lab.ask("VBD.destroy", vbd)


def test_what_a_drive_must_look_like(lab: Lab) -> None:
    web1, disk = lab.vm("web1"), new_disk(lab)
    assert lab.refusal("VBD.create", drive(lab, web1, disk, userdevice="0")) == ["DEVICE_ALREADY_EXISTS", "0"]
    assert lab.refusal("VBD.create", drive(lab, web1, disk, userdevice="99")) == ["INVALID_DEVICE", "99"]
    assert lab.refusal("VBD.create", drive(lab, web1, type="CD", empty=True)) == ["VBD_CDS_MUST_BE_READONLY"]
    assert lab.refusal("VBD.create", drive(lab, web1, "OpaqueRef:no")) == ["HANDLE_INVALID", "VDI", "OpaqueRef:no"]


def test_a_disk_that_another_guest_writes_to_keeps_a_guest_from_starting(lab: Lab) -> None:
    disk = lab.db.row("VBD", lab.db.related("VM", lab.vm("web1"), "VBDs")[0])["VDI"]
    lab.ask("VBD.create", drive(lab, lab.vm("idle1"), disk))
    assert lab.refusal("VM.start", lab.vm("idle1"), False, False) == ["VDI_IN_USE", disk]


def test_a_disk_on_an_sr_that_the_host_has_not_plugged_is_not_attached(lab: Lab) -> None:
    disk = new_disk(lab, "local-xen3")
    vbd = lab.ask("VBD.create", drive(lab, lab.vm("web1"), disk))
    assert lab.refusal("VBD.plug", vbd) == ["SR_NOT_ATTACHED", lab.ref("SR", "local-xen3")]


def test_a_local_disk_for_a_protected_guest_is_refused_under_ha_xapi_2_10(lab: Lab) -> None:
    lab.enable_ha()
    lab.ask("VM.set_ha_restart_priority", lab.vm("web1"), "restart")
    refusal = lab.refusal("VBD.create", drive(lab, lab.vm("web1"), new_disk(lab, "local-xen2")))
    assert refusal == ["HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", lab.ref("SR", "local-xen2")]


def test_discs_go_in_and_out_of_a_drive_xapi_9(lab: Lab) -> None:
    web1 = lab.vm("web1")
    disc = lab.db.create("VDI", SR=lab.ref("SR", "iso1"), name_label="tools.iso", read_only=True, managed=True)
    vbd = lab.ask("VBD.create", drive(lab, web1, type="CD", mode="RO", empty=True))
    assert lab.refusal("VBD.eject", vbd) == ["VBD_IS_EMPTY", vbd]
    lab.ask("VBD.insert", vbd, disc)
    assert lab.db.row("VBD", vbd)["currently_attached"]
    assert lab.refusal("VBD.insert", vbd, disc) == ["VBD_NOT_EMPTY", vbd]
    lab.ask("VBD.eject", vbd)
    assert lab.db.row("VBD", vbd)["VDI"] == NULL
    disk_drive = lab.db.related("VM", web1, "VBDs")[0]
    assert lab.refusal("VBD.eject", disk_drive) == ["VBD_NOT_REMOVABLE_MEDIA", disk_drive]
