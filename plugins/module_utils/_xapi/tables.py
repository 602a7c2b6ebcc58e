# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From XAPI's records to the picture of a pool; no I/O, so that recorded tables can be tested.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, field, replace

from .._maintenance.estate import AUTO_POWER_ON, NULL_REF, HaState, Host, Pool, Sr, Vm, XapiTask
from .._maintenance.ha import PIN_KEY

Record = t.Mapping[str, t.Any]
Table = t.Mapping[str, Record]

MIB = 2**20
_DEVICES = {"attached_PCIs": "a PCI device", "VGPUs": "a virtual GPU", "VUSBs": "a USB device"}
# Either feature lets xapi attach the statefile before the storage layer is up (xapi.md 2.2).
_STATEFILE_FEATURES = {"VDI_GENERATE_CONFIG", "VDI_ATTACH_OFFLINE"}


@dataclass(frozen=True, slots=True)
class Tables:
    """The records that the picture is made of, by class and reference."""

    pool: Table
    host: Table
    host_metrics: Table
    vm: Table
    vbd: Table
    pbd: Table
    sr: Table
    sm: Table
    task: Table = field(default_factory=dict)


def build_pool(tables: Tables) -> Pool:
    """The whole picture; integers arrive as strings over XML-RPC and are numbers from here on (xapi.md 1.2)."""
    ref, record = next(iter(tables.pool.items()))
    sr_of_vdi = {vdi: sr for sr, sr_record in tables.sr.items() for vdi in sr_record["VDIs"]}
    vms = _vms(tables, sr_of_vdi)
    return Pool(
        ref=ref,
        uuid=record["uuid"],
        name=record["name_label"],
        master=record["master"],
        ha=_ha(record, tables, sr_of_vdi),
        hosts=_hosts(tables, record["master"], vms),
        vms=vms,
        srs=_srs(tables),
        tasks=_tasks(tables.task),
        other_config=record["other_config"],
        current_operations=record["current_operations"],
        restrictions=record.get("restrictions", {}),
        balanced=record.get("wlb_enabled", False),
    )


def _ha(pool: Record, tables: Tables, sr_of_vdi: t.Mapping[str, str]) -> HaState:
    statefiles = tuple(pool["ha_statefiles"])
    # After HA was switched off the statefile still tells which SR it used (xapi.md 2.7).
    sr = next((tables.sr[sr_of_vdi[vdi]] for vdi in statefiles if vdi in sr_of_vdi), None)
    return HaState(
        enabled=pool["ha_enabled"],
        configuration=pool["ha_configuration"],
        heartbeat_sr=sr["uuid"] if sr else None,
        heartbeat_sr_name=sr["name_label"] if sr else None,
        statefiles=statefiles,
        host_failures_to_tolerate=int(pool["ha_host_failures_to_tolerate"]),
        plan_exists_for=int(pool["ha_plan_exists_for"]),
        allow_overcommit=pool["ha_allow_overcommit"],
        overcommitted=pool["ha_overcommitted"],
        # Before 25.16 there is no such field, and a protected VM is always started again.
        restarts_after_shutdown_inside=pool.get("ha_reboot_vm_on_internal_shutdown", True),
        pinned_timeout=pool["other_config"].get(PIN_KEY),
    )


def _hosts(tables: Tables, master: str, vms: tuple[Vm, ...]) -> tuple[Host, ...]:
    plugs, used_mib = _plugs(tables.pbd), _used_mib(vms)
    hosts = [
        replace(
            _host(record, tables.host_metrics.get(record["metrics"], {}), used_mib[ref]),
            ref=ref,
            is_master=ref == master,
            plugged_srs=tuple(plugs[ref, True]),
            unplugged_srs=tuple(plugs[ref, False]),
        )
        for ref, record in tables.host.items()
    ]
    return tuple(sorted(hosts, key=lambda host: (host.name, host.uuid)))


def _host(record: Record, metrics: Record, used_mib: int) -> Host:
    config = record["other_config"]
    total = int(metrics.get("memory_total", 0))
    return Host(
        ref="",
        uuid=record["uuid"],
        name=record["name_label"],
        address=record["address"],
        enabled=record["enabled"],
        live=metrics.get("live", False),
        software_version=record["software_version"],
        boot_time=_seconds(config.get("boot_time")) or 0.0,
        agent_start_time=_seconds(config.get("agent_start_time")) or 0.0,
        patched_at=_seconds(config.get("rpm_patch_installation_time")),
        memory_total_mib=total // MIB,
        memory_free_mib=max(0, (total - int(record["memory_overhead"])) // MIB - used_mib),
        statefiles=tuple(record["ha_statefiles"]),
        current_operations=record["current_operations"],
        other_config=config,
        edition=record.get("edition", ""),
        licence=record.get("license_params", {}),
        updates=frozenset(record.get("updates", ())),
        update_hash=record.get("last_update_hash", ""),
        # A field of its own since 7.6, a key before.
        multipathing=record.get("multipathing", False) or config.get("multipathing") == "true",
    )


def _used_mib(vms: t.Iterable[Vm]) -> defaultdict[str, int]:
    """While a VM migrates both hosts hold its memory (xapi.md 7.1)."""
    used: defaultdict[str, int] = defaultdict(int)
    for vm in vms:
        for host in dict.fromkeys((vm.host, vm.bound_for)):
            if host is not None:
                used[host] += vm.footprint_mib
    return used


def _plugs(pbds: Table) -> defaultdict[tuple[str, bool], list[str]]:
    """The SRs by host and by whether they are plugged there."""
    plugs: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    for pbd in pbds.values():
        plugs[pbd["host"], pbd["currently_attached"]].append(pbd["SR"])
    return plugs


def _vms(tables: Tables, sr_of_vdi: t.Mapping[str, str]) -> tuple[Vm, ...]:
    srs: defaultdict[str, set[str]] = defaultdict(set)
    for vbd in tables.vbd.values():
        if vbd["VDI"] in sr_of_vdi:
            srs[vbd["VM"]].add(sr_of_vdi[vbd["VDI"]])
    vms = [_vm(ref, record, srs[ref]) for ref, record in tables.vm.items() if not record["is_a_snapshot"]]
    return tuple(sorted(vms, key=lambda vm: (vm.name, vm.uuid)))


def _vm(ref: str, record: Record, srs: t.Iterable[str]) -> Vm:
    # A control domain's static maximum may be the whole machine; what it has is its dynamic maximum.
    memory = record["memory_dynamic_max" if record["is_control_domain"] else "memory_static_max"]
    return Vm(
        ref=ref,
        uuid=record["uuid"],
        name=record["name_label"],
        power_state=record["power_state"],
        host=_ref(record["resident_on"]),
        bound_for=_ref(record["scheduled_to_be_resident_on"]),
        memory_mib=_mib_up(memory),
        overhead_mib=_mib_up(record["memory_overhead"]),
        ha_restart_priority=record["ha_restart_priority"],
        is_control_domain=record["is_control_domain"],
        srs=tuple(sorted(srs)),
        current_operations=record["current_operations"],
        starts_with_host=record.get("other_config", {}).get(AUTO_POWER_ON) == "true",
        tie=_tie(record),
    )


def _tie(record: Record) -> str:
    """Why a VM that runs cannot be migrated, also while pool HA hides it from an evacuation's plan (xapi.md 5.4)."""
    if record["power_state"] != "Running" or record["is_control_domain"]:
        return ""
    blocked = record.get("blocked_operations", {}).get("pool_migrate")
    if blocked is not None:
        return f"its migration was blocked ({blocked})"
    # While something is done with it, little else is offered.
    if record["current_operations"] or "pool_migrate" in record.get("allowed_operations", ("pool_migrate",)):
        return ""
    devices = [name for field, name in _DEVICES.items() if record.get(field)]
    return f"it has {' and '.join(devices)}" if devices else "XAPI does not offer to migrate it, its drivers may lack"


def _srs(tables: Tables) -> tuple[Sr, ...]:
    capable = {sm["type"] for sm in tables.sm.values() if _STATEFILE_FEATURES & set(_features(sm))}
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    plugged: defaultdict[str, list[str]] = defaultdict(list)
    servers: defaultdict[str, set[str]] = defaultdict(set)
    for pbd in tables.pbd.values():
        hosts[pbd["SR"]].append(pbd["host"])
        servers[pbd["SR"]].update(_servers(pbd.get("device_config", {})))
        if pbd["currently_attached"]:
            plugged[pbd["SR"]].append(pbd["host"])
    srs = [
        Sr(
            ref=ref,
            uuid=record["uuid"],
            name=record["name_label"],
            shared=record["shared"],
            kind=record["type"],
            hosts=tuple(sorted(hosts[ref])),
            plugged_on=tuple(sorted(plugged[ref])),
            free_mib=max(0, int(record["physical_size"]) - int(record["physical_utilisation"])) // MIB,
            can_hold_statefile=record["type"] in capable,
            disks=len(record["VDIs"]),
            servers=tuple(sorted(servers[ref])),
        )
        for ref, record in tables.sr.items()
    ]
    return tuple(sorted(srs, key=lambda sr: (sr.name, sr.uuid)))


def _servers(config: t.Mapping[str, str]) -> list[str]:
    """NFS names a server, iSCSI a target or several with commas between them."""
    given = config.get("server") or config.get("target", "")
    return [word.strip() for word in given.split(",") if word.strip()]


def _features(sm: Record) -> t.Iterable[str]:
    """What a storage driver can do; the older list has the same names, and before 6.2 there is nothing else."""
    features: t.Iterable[str] = sm["features"] if "features" in sm else sm["capabilities"]
    return features


def _tasks(tasks: Table) -> tuple[XapiTask, ...]:
    return tuple(
        XapiTask(ref, record["name_label"], record["status"], float(record["progress"]))
        for ref, record in tasks.items()
        if record["status"] in ("pending", "cancelling")
    )


def _ref(ref: str) -> str | None:
    return None if ref in ("", NULL_REF) else ref


def _mib_up(size_bytes: str) -> int:
    return -(-int(size_bytes) // MIB)


def _seconds(text: str | None) -> float | None:
    """A time in other_config, such as ``1700000000.``; None when absent or not a time."""
    try:
        return float(text) if text else None
    except ValueError:
        return None
