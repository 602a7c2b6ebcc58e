# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From CloudStack's records to plain data (cloudstack.md 2.9 to 2.12).

Fields that are null are missing, numbers come as numbers or as strings, and differ between versions.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._maintenance.cluster import AffinityGroup, Cluster, CsHost, Instance, Job, Kind

Record = t.Mapping[str, t.Any]

_MIB = 1024 * 1024
_PENDING = 0


def cluster(record: Record) -> Cluster:
    """A record of listClusters."""
    return Cluster(
        id=_text(record, "id"),
        name=_text(record, "name"),
        zone_id=_text(record, "zoneid"),
        zone=_text(record, "zonename"),
        pod=_text(record, "podname"),
        managed_state=_text(record, "managedstate"),
        allocation_state=_text(record, "allocationstate"),
    )


def host(record: Record) -> CsHost:
    """A record of listHosts."""
    tags = _text(record, "hosttags").split(",")
    return CsHost(
        id=_text(record, "id"),
        name=_text(record, "name"),
        ip_address=_text(record, "ipaddress"),
        state=_text(record, "state"),
        resource_state=_text(record, "resourcestate"),
        cluster_id=_text(record, "clusterid"),
        zone_id=_text(record, "zoneid"),
        tags=frozenset(tag.strip() for tag in tags if tag.strip()),
        for_ha_only=bool(record.get("hahost", False)),
        memory_total_mib=_mib(record, "memorytotal"),
        memory_allocated_mib=_mib(record, "memoryallocated"),
        version=_text(record, "hypervisorversion"),
        power=_text(record.get("outofbandmanagement") or {}, "powerstate"),
    )


def user_vm(record: Record) -> Instance:
    """A record of listVirtualMachines; ``memory`` is in MiB there."""
    groups = tuple(_affinity_group(group) for group in record.get("affinitygroup") or ())
    return _instance(
        record,
        kind="user",
        instance_name=_text(record, "instancename"),
        memory_mib=_whole(record.get("memory")),
        ha_enabled=bool(record.get("haenable", False)),
        groups=groups,
    )


def router(record: Record, memory_by_offering: t.Mapping[str, int]) -> Instance:
    """A record of listRouters or listInternalLoadBalancerVMs; its memory is only known through its offering."""
    return _instance(
        record,
        kind="router",
        instance_name=_text(record, "name"),
        memory_mib=memory_by_offering.get(_text(record, "serviceofferingid"), 0),
        ha_enabled=True,
        groups=_redundant_pair(record),
    )


def system_vm(record: Record, memory_by_offering: t.Mapping[str, int]) -> Instance:
    """A record of listSystemVms."""
    return _instance(
        record,
        kind="system",
        instance_name=_text(record, "name"),
        memory_mib=memory_by_offering.get(_text(record, "serviceofferingid"), 0),
        ha_enabled=True,
        groups=(),
    )


def offering_memory(records: t.Iterable[Record]) -> dict[str, int]:
    """Memory in MiB by id of the (system) service offering."""
    return {_text(record, "id"): _whole(record.get("memory")) for record in records}


def pending_job(record: Record) -> Job | None:
    """A record of listAsyncJobs, when the job is still pending."""
    if _whole(record.get("jobstatus")) != _PENDING:
        return None
    return Job(
        id=_text(record, "jobid"),
        command=_text(record, "cmd").rpartition(".")[2].removesuffix("Cmd").removesuffix("CmdByAdmin"),
        created=_text(record, "created"),
        instance_type=_text(record, "jobinstancetype"),
        instance_id=_text(record, "jobinstanceid"),
    )


def _instance(
    record: Record, kind: Kind, instance_name: str, memory_mib: int, ha_enabled: bool, groups: tuple[AffinityGroup, ...]
) -> Instance:
    return Instance(
        id=_text(record, "id"),
        name=_text(record, "name"),
        instance_name=instance_name,
        kind=kind,
        state=_text(record, "state"),
        host=_text(record, "hostid") or None,
        host_name=_text(record, "hostname") or None,
        memory_mib=memory_mib,
        ha_enabled=ha_enabled,
        affinity_groups=groups,
    )


def _redundant_pair(record: Record) -> tuple[AffinityGroup, ...]:
    """Two redundant routers of one network are better on two hosts; CloudStack has no affinity group for that."""
    network = _text(record, "vpcid") or _text(record, "guestnetworkid")
    if not record.get("isredundantrouter") or not network:
        return ()
    return (AffinityGroup(f"routers-{network}", "redundant routers", "non-strict host anti-affinity"),)


def _affinity_group(record: Record) -> AffinityGroup:
    return AffinityGroup(_text(record, "id"), _text(record, "name"), _text(record, "type"))


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return "" if value is None else str(value)


def _whole(value: object) -> int:
    """A number that may be a string; what is none (``12.34%``) counts as zero."""
    text = "" if value is None else str(value)
    try:
        return int(float(text))
    except ValueError:
        return 0


def _mib(record: Record, key: str) -> int:
    return _whole(record.get(key)) // _MIB
