# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of VMs in XAPI: made at a start, destroyed at a stop, by most versions (``cloudstack.md`` 1.8).

Newer versions keep them on newer hypervisors. What CloudStack keeps itself is which disks a VM
has. The lab starts a VM from a halted record that is there, where CloudStack would write a new
one with the same disks.
"""

from __future__ import annotations

import re
import typing as t

from .errors import AgentUnavailable
from .rows import MIB, Instance
from .xen import FAILURES, Record, Session

if t.TYPE_CHECKING:
    from .tables import Tables

_CLEANED_UP = re.compile(r"^[ivs]-\d+-.+")


def discard(session: Session, ref: str, record: Record, vm: Instance | None) -> None:
    """Destroy a halted VM; its disks stay, and are remembered."""
    if vm is not None:
        vm.disks = disks(session, record)
    session.must("VM.destroy", ref)


def disks(session: Session, record: Record) -> list[str]:
    """The uuids of a VM's disks."""
    vbds = [session.must("VBD.get_record", vbd) for vbd in record["VBDs"]]
    return [str(session.must("VDI.get_uuid", v["VDI"])) for v in vbds if v["type"] == "Disk"]


def create(session: Session, host: str, vm: Instance) -> str:
    """A VM as its offering says, with its disks, bound to this host; its reference.

    :raises AgentUnavailable: the pool refuses.
    """
    ref = str(session.must("VM.create", _record(host, vm)))
    for number, uuid in enumerate(vm.disks):
        disk = session.must("VDI.get_by_uuid", uuid)
        session.must("VBD.create", _disk(ref, disk, number))
    return ref


def clean_up_halted(session: Session, host: str, tables: Tables) -> None:
    """ReadyCommand: halted VMs of CloudStack that are bound to this host are destroyed."""
    records: dict[str, Record] = session.must("VM.get_all_records")
    for ref, record in records.items():
        ours = record["power_state"] == "Halted" and _CLEANED_UP.match(record["name_label"]) is not None
        if ours and record["affinity"] == host:
            discard_if_possible(session, ref, record, tables.named(record["name_label"]))


def discard_if_possible(session: Session, ref: str, record: Record, vm: Instance | None) -> None:
    """``discard``; a record that cannot be destroyed stays."""
    try:
        discard(session, ref, record, vm)
    except (*FAILURES, AgentUnavailable):
        return


def _record(host: str, vm: Instance) -> Record:
    memory = str(vm.offering.memory_mib * MIB)
    limits = ("memory_static_max", "memory_dynamic_max", "memory_dynamic_min", "memory_static_min")
    cpus = {"VCPUs_max": str(vm.offering.cpus), "VCPUs_at_startup": str(vm.offering.cpus), "VCPUs_params": {}}
    ends = ("actions_after_shutdown", "actions_after_reboot", "actions_after_crash")
    boot: Record = {"HVM_boot_policy": "BIOS order", "HVM_boot_params": {"order": "dc"}, "platform": {}}
    texts = ("PV_bootloader", "PV_kernel", "PV_ramdisk", "PV_args", "PV_bootloader_args", "PV_legacy_args")
    return {
        "name_label": vm.name,
        "name_description": "",
        "user_version": "1",
        "is_a_template": False,
        "affinity": host,
        **dict.fromkeys(limits, memory),
        **cpus,
        **dict.fromkeys(ends, "destroy"),
        "actions_after_reboot": "restart",
        **boot,
        **dict.fromkeys(texts, ""),
        "PCI_bus": "",
        "other_config": {"vm_type": vm.kind},
        "recommendations": "",
    }


def _disk(vm: str, disk: str, number: int) -> Record:
    return {
        "VM": vm,
        "VDI": disk,
        "userdevice": str(number),
        "bootable": number == 0,
        "mode": "RW",
        "type": "Disk",
        "unpluggable": True,
        "empty": False,
        "other_config": {},
        "qos_algorithm_type": "",
        "qos_algorithm_params": {},
    }
