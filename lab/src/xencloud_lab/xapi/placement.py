# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a VM may run: memory accounting and the questions of assert_can_boot_here.

Sources: ``xapi.md`` 7.1 (order of refusals), 7.2 (memory), 9 (storage); the overhead of a VM is
fitted to the byte counts a real xapi answered.
"""

from __future__ import annotations

import math
import typing as t

from . import upgrade
from .errors import XapiError
from .model import NULL
from .rows import MIB, is_live, pool_row

if t.TYPE_CHECKING:
    from .database import Database, Row

HVM_EXTRA_MIB_PER_VCPU = 38 * 4 / 1024


def overhead(static_max_bytes: int, vcpus: int, *, hvm: bool) -> int:
    """Bytes that a VM takes beside its own memory."""
    mib = 2 + vcpus + static_max_bytes // MIB / 128
    return math.ceil(mib + (HVM_EXTRA_MIB_PER_VCPU * vcpus if hvm else 0)) * MIB


def footprint(row: Row) -> int:
    """Bytes of host memory that a running VM needs now."""
    return int(row["memory_dynamic_min"]) + overhead_of(row)


def footprint_at_most(row: Row) -> int:
    """Bytes that the HA planner and a start reckon with: static_max."""
    return int(row["memory_static_max"]) + overhead_of(row)


def overhead_of(row: Row) -> int:
    """VM.compute_memory_overhead."""
    return overhead(row["memory_static_max"], row["VCPUs_max"], hvm=row["domain_type"] == "hvm")


def free_memory(db: Database, host: str, *, at_most: bool = False) -> int:
    """host.compute_free_memory: resident VMs, control domain and those on their way count."""
    row = db.row("host", host)
    total = db.row("host_metrics", row["metrics"])["memory_total"] - row["memory_overhead"]
    measure = footprint_at_most if at_most else footprint
    used = sum(measure(db.row("VM", vm)) for vm in db.related("host", host, "resident_VMs"))
    return int(total) - used - sum(measure(db.row("VM", vm)) for vm in coming(db, host))


def coming(db: Database, host: str) -> list[str]:
    """VMs that are on their way to this host."""
    vms = db.pointing("VM", "scheduled_to_be_resident_on", host)
    return [vm for vm in vms if db.row("VM", vm)["resident_on"] != host]


def assert_can_boot_here(db: Database, vm: str, host: str, *, memory: bool = True, storage: bool = True) -> None:
    """Whether this VM could run on this host; the one where it runs may be disabled.

    Memory is asked there too, beside what the VM has already (transcript ``vm_placement_questions``).

    :raises XapiError: the first reason against it, in xapi's order.
    """
    row = db.row("VM", vm)
    assert_live(db, host)
    own = row["resident_on"] == host
    if not own and not db.row("host", host)["enabled"]:
        raise XapiError("HOST_DISABLED", host)
    if storage:
        _assert_sees_storage(db, vm, host)
    _assert_sees_networks(db, vm, host)
    if memory:
        _assert_memory(db, row, host)
    cpus = len(db.related("host", host, "host_CPUs"))
    if cpus and row["VCPUs_max"] > cpus:
        raise XapiError("HOST_NOT_ENOUGH_PCPUS", row["VCPUs_max"], cpus)


def assert_live(db: Database, host: str) -> None:
    """The first question of every placement.

    :raises XapiError: HOST_NOT_LIVE.
    """
    if not is_live(db, host):
        raise XapiError("HOST_NOT_LIVE")


def _assert_memory(db: Database, row: Row, host: str) -> None:
    needed, free = footprint_at_most(row), free_memory(db, host)
    if needed > free:
        raise XapiError("HOST_NOT_ENOUGH_FREE_MEMORY", needed, free)


def _assert_sees_storage(db: Database, vm: str, host: str) -> None:
    plugged = plugged_srs(db, host)
    for sr in storage_of(db, vm):
        if sr not in plugged:
            raise XapiError("VM_REQUIRES_SR", vm, sr)


def _assert_sees_networks(db: Database, vm: str, host: str) -> None:
    reached = {db.row("PIF", pif)["network"] for pif in db.related("host", host, "PIFs")}
    for vif in db.related("VM", vm, "VIFs"):
        network = db.row("VIF", vif)["network"]
        if network not in reached and db.related("network", network, "PIFs"):
            raise XapiError("VM_REQUIRES_NETWORK", vm, network)


def plugged_srs(db: Database, host: str) -> set[str]:
    """SRs whose PBD on this host is attached."""
    rows = (db.row("PBD", pbd) for pbd in db.related("host", host, "PBDs"))
    return {row["SR"] for row in rows if row["currently_attached"]}


def storage_of(db: Database, vm: str) -> list[str]:
    """SRs of all disks and CDs of a VM; an empty drive needs none."""
    vdis = [row["VDI"] for row in (db.row("VBD", vbd) for vbd in db.related("VM", vm, "VBDs")) if not row["empty"]]
    return list(dict.fromkeys(db.row("VDI", vdi)["SR"] for vdi in vdis if db.exists("VDI", vdi)))


def possible_hosts(db: Database, vm: str) -> list[str]:
    """VM.get_possible_hosts."""
    return [host for host in db.rows("host") if can_boot_here(db, vm, host)]


def can_boot_here(db: Database, vm: str, host: str) -> bool:
    """``assert_can_boot_here`` as a question."""
    try:
        assert_can_boot_here(db, vm, host)
    except XapiError:
        return False
    return True


def choose_host(db: Database, vm: str) -> str:
    """The host that a start without a wish gets: its affinity, else the one with most free memory.

    :raises XapiError: NO_HOSTS_AVAILABLE.
    """
    hosts = [host for host in possible_hosts(db, vm) if upgrade.is_highest(db, host) or not upgrade.in_progress(db)]
    if not hosts:
        raise XapiError("NO_HOSTS_AVAILABLE")
    affinity = db.row("VM", vm)["affinity"]
    if affinity in hosts:
        return str(affinity)
    return max(hosts, key=lambda host: free_memory(db, host))


def assert_agile(db: Database, vm: str) -> None:
    """VM.assert_agile: whether HA could restart it anywhere (``xapi.md`` 7.3).

    :raises XapiError: VM_HAS_VGPU, VM_HAS_VUSBS, HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED, .._NETWORK_NOT_SHARED.
    """
    for field, code in (("VGPUs", "VM_HAS_VGPU"), ("VUSBs", "VM_HAS_VUSBS")):
        if db.related("VM", vm, field):
            raise XapiError(code, vm)
    for sr in storage_of(db, vm):
        if not is_properly_shared(db, sr):
            raise XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr)
    for vif in db.related("VM", vm, "VIFs"):
        network = db.row("VIF", vif)["network"]
        if not _is_everywhere(db, network):
            raise XapiError("HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED", network)


def is_properly_shared(db: Database, sr: str) -> bool:
    """Whether every enabled host has this shared SR plugged."""
    if not db.row("SR", sr)["shared"]:
        return False
    rows = (db.row("PBD", pbd) for pbd in db.related("SR", sr, "PBDs"))
    return _enabled(db) <= {row["host"] for row in rows if row["currently_attached"]}


def _is_everywhere(db: Database, network: str) -> bool:
    """Whether every enabled host has an interface on this network that is no bond's member."""
    rows = (db.row("PIF", pif) for pif in db.related("network", network, "PIFs"))
    return _enabled(db) <= {row["host"] for row in rows if row["bond_slave_of"] == NULL}


def _enabled(db: Database) -> set[str]:
    return {host for host, row in db.rows("host").items() if row["enabled"]}


def pool_master(db: Database) -> str:
    """The reference of the host that the database calls master."""
    return str(pool_row(db)["master"])
