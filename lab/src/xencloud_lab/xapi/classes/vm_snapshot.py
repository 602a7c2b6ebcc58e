# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VM: snapshots and going back to them.

CloudStack's snapshots rest on them; a pool of mixed versions refuses them (``xapi.md`` 6.6).
"""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from .. import operations, storage_rows, vm_rows
from ..errors import NotModelled, XapiError
from ..forward import machine_for
from ..registry import Call, message
from ..rows import MIB, stamp
from ..timed import Timed
from ..turns import vm_operation


@message("VM", "snapshot")
@vm_operation("snapshot")
def vm_snapshot(call: Call, vm: str, label: str, ignore_vdis: list[str] | None = None) -> Completion:
    """The disks as they are now; the VM goes on."""
    entry = operations.begin(call, "VM", vm, "snapshot")
    work = Snapshot(call, vm, label, ignore_vdis or [])
    return Timed(call.world.timeline, [entry], work.make).submit(call.world.durations.disk_clone)


@message("VM", "checkpoint")
@vm_operation("checkpoint")
def vm_checkpoint(call: Call, vm: str, label: str) -> Completion:
    """Disks and memory; a VM that runs stands still while its memory is written."""
    row = call.db.row("VM", vm)
    if row["power_state"] != "Suspended":
        machine_for(call.world, call.db, row["resident_on"])
    work = Snapshot(call, vm, label, [])
    work.memory_in = storage_rows.suspend_sr(call.db, vm)
    entry = operations.begin(call, "VM", vm, "checkpoint")
    seconds = call.world.durations.suspend(row["memory_static_max"] // MIB)
    return Timed(call.world.timeline, [entry], work.make).submit(seconds)


class Snapshot:
    """A snapshot that is being made.

    :ivar memory_in: the SR that takes the memory too (a checkpoint), or None.
    """

    def __init__(self, call: Call, vm: str, label: str, ignored: list[str]) -> None:
        self._call = call
        self._vm = vm
        self._label = label
        self._ignored = ignored
        self.memory_in: str | None = None

    def make(self) -> str:
        """Snapshots of all disks that can be written, then the row that holds them."""
        db, now = self._call.db, self._call.now
        row = db.row("VM", self._vm)
        wanted = [vdi for vdi in vm_rows.disks_of(db, self._vm) if vdi not in self._ignored]
        disks = {vdi: storage_rows.snapshot_vdi(db, vdi, stamp(now)) for vdi in wanted}
        changes: dict[str, t.Any] = {}
        if self.memory_in is not None:
            label = f"Suspend image {row['name_label']}"
            image = storage_rows.create_vdi(db, self.memory_in, label, row["memory_static_max"], kind="suspend")
            changes = {"power_state": "Suspended", "suspend_VDI": image}
        snapshot = vm_rows.snapshot_vm(db, self._vm, self._label, disks, now, **changes)
        operations.refresh_vm(db, snapshot)
        return snapshot


@message("VM", "revert")
@vm_operation("revert")
def vm_revert(call: Call, snapshot: str) -> Completion:
    """Back to a snapshot of disks, for a VM that does not run."""
    vm = call.db.row("VM", snapshot)["snapshot_of"]
    if not call.db.exists("VM", vm):
        raise XapiError("VM_REVERT_FAILED", snapshot, vm)
    if call.db.row("VM", vm)["power_state"] != "Halted" or call.db.row("VM", snapshot)["power_state"] != "Halted":
        raise NotModelled("VM.revert of a VM or to a snapshot with memory")
    entry = operations.begin(call, "VM", vm, "reverting")
    work = Revert(call, vm, snapshot)
    return Timed(call.world.timeline, [entry], work.make).submit(call.world.durations.disk_clone)


class Revert:
    """A VM on its way back to a snapshot."""

    def __init__(self, call: Call, vm: str, snapshot: str) -> None:
        self._call = call
        self._vm = vm
        self._snapshot = snapshot

    def make(self) -> None:
        """Its disks go; copies of the snapshot's take their places, and its settings come back."""
        db = self._call.db
        old = vm_rows.disks_of(db, self._vm)
        for vbd in [*db.related("VM", self._vm, "VBDs")]:
            db.destroy("VBD", vbd)
        for vdi in old:
            storage_rows.destroy_vdi(db, vdi)
        disks = {vdi: storage_rows.copy_vdi(db, vdi, db.row("VDI", vdi)["SR"]) for vdi in self._kept()}
        vm_rows.copy_drives(db, self._snapshot, self._vm, disks)
        vm_rows.copy_settings(db, self._snapshot, self._vm)
        operations.refresh_vm(db, self._vm)

    def _kept(self) -> list[str]:
        return vm_rows.disks_of(self._call.db, self._snapshot)
