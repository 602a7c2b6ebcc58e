# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: from a template to a VM, and its end (``xapi.md`` 12.3, 12.4)."""

from __future__ import annotations

import typing as t
from xml.etree import ElementTree

from ...timeline import Completion
from .. import constructors, operations, placement, storage_rows, vm_rows
from ..errors import XapiError
from ..model import NULL
from ..registry import Call, message
from ..rows import MIB, is_protected
from ..timed import Timed
from ..turns import vm_operation


@message("VM", "create")
def vm_create(call: Call, record: dict[str, t.Any]) -> str:
    """A VM as the record says, not running; its restart priority is taken as it is (observed)."""
    vm = vm_rows.create_vm(call.db, constructors.values("VM", call.release, record), call.now)
    operations.refresh_vm(call.db, vm)
    return vm


@message("VM", "destroy")
@vm_operation("destroy")
def vm_destroy(call: Call, vm: str) -> None:
    """Its disks stay."""
    if is_protected(call.db.row("VM", vm)):
        raise XapiError("VM_IS_PROTECTED", vm)
    vm_rows.destroy_vm(call.db, vm)


@message("VM", "clone")
@vm_operation("clone")
def vm_clone(call: Call, vm: str, label: str) -> Completion:
    """A VM that shares blocks with the first: quick, and in the same SRs."""
    for vdi in vm_rows.disks_of(call.db, vm):
        storage_rows.assert_driver_can(call.db, call.db.row("VDI", vdi)["SR"], "VDI_CLONE")
    entry = operations.begin(call, "VM", vm, "clone")
    copy = Copy(call, vm, label, NULL)
    return Timed(call.world.timeline, [entry], copy.make).submit(call.world.durations.disk_clone)


@message("VM", "copy")
@vm_operation("copy")
def vm_copy(call: Call, vm: str, label: str, sr: str) -> Completion:
    """A VM with full copies of the disks, in another SR when one is named."""
    if sr != NULL:
        call.db.row("SR", sr)
    entry = operations.begin(call, "VM", vm, "copy")
    size = sum(call.db.row("VDI", vdi)["virtual_size"] for vdi in vm_rows.disks_of(call.db, vm))
    seconds = call.world.durations.disk_copy(size // MIB)
    return Timed(call.world.timeline, [entry], Copy(call, vm, label, sr).make).submit(seconds)


class Copy:
    """A VM that is being made after another.

    :ivar sr: where its disks go; NULL for beside the others.
    """

    def __init__(self, call: Call, vm: str, label: str, sr: str) -> None:
        self._call = call
        self._vm = vm
        self._label = label
        self.sr = sr

    def make(self) -> str:
        """All disks, then the VM; what was made before a refusal goes again."""
        db, disks = self._call.db, dict[str, str]()
        try:
            for vdi in vm_rows.disks_of(db, self._vm):
                sr = db.row("VDI", vdi)["SR"] if self.sr == NULL else self.sr
                disks[vdi] = storage_rows.copy_vdi(db, vdi, sr)
        except XapiError:
            for vdi in disks.values():
                storage_rows.destroy_vdi(db, vdi)
            raise
        vm = vm_rows.copy_vm(db, self._vm, self._label, disks, self._call.now)
        operations.refresh_vm(db, vm)
        return vm


@message("VM", "provision")
@vm_operation("provision")
def vm_provision(call: Call, vm: str) -> None:
    """A template's copy becomes a VM, with the disks that the template asks for."""
    wanted = _wanted_disks(call.db.row("VM", vm)["other_config"].get("disks", ""))
    vm_rows.provision_disks(call.db, vm, wanted)
    call.db.set("VM", vm, is_a_template=False, memory_overhead=placement.overhead_of(call.db.row("VM", vm)))
    operations.refresh_vm(call.db, vm)


def _wanted_disks(text: str) -> list[dict[str, str]]:
    """The ``disk`` elements of a template's ``provision`` document."""
    if not text:
        return []
    try:
        return [dict(disk.attrib) for disk in ElementTree.fromstring(text).iter("disk")]
    except ElementTree.ParseError as error:
        raise XapiError("INTERNAL_ERROR", f"Xml_parse_failure({error})") from error


@message("VM", "set_is_a_template")
def vm_set_is_a_template(call: Call, vm: str, value: bool) -> None:
    """Only a VM that does not run becomes a template."""
    if value and not call.db.row("VM", vm)["is_a_template"]:
        operations.assert_vm(call.db, vm, "make_into_template")
    call.db.set("VM", vm, is_a_template=value)
    operations.refresh_vm(call.db, vm)
