# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters and their capacity (``cloudstack.md`` 2.11)."""

from __future__ import annotations

import typing as t

from ..envelope import Body
from ..profiles import Version
from ..rows import Cluster, Pod, Zone
from ..states import Resource

if t.TYPE_CHECKING:
    from ..manager import ManagementServer

MEMORY, CPU = 0, 1
_SINCE: dict[str, Version] = {"hasannotations": (4, 14, 0), "resourcedetails": (4, 11, 0), "arch": (4, 20, 1)}
CAPACITY_NAMES = {MEMORY: "MEMORY", CPU: "CPU"}


def cluster_view(server: ManagementServer, cluster: Cluster, *, capacities: bool = False) -> Body:
    """A cluster."""
    pod = cluster.pod
    body: Body = {
        "id": cluster.uuid,
        "name": cluster.name,
        "podid": pod.uuid,
        "podname": pod.name,
        "zoneid": pod.zone.uuid,
        "zonename": pod.zone.name,
        "hypervisortype": "XenServer",
        "clustertype": "CloudManaged",
        "allocationstate": cluster.allocation_state,
        "managedstate": cluster.managed_state,
        "cpuovercommitratio": str(cluster.cpu_ratio),
        "memoryovercommitratio": str(cluster.memory_ratio),
        "resourcedetails": {
            "cpuOvercommitRatio": str(cluster.cpu_ratio),
            "memoryOvercommitRatio": str(cluster.memory_ratio),
        },
        "hasannotations": False,
        "arch": "x86_64",
    }
    body = {name: value for name, value in body.items() if server.profile.since(*_SINCE.get(name, (4, 4, 0)))}
    if capacities:
        body["capacity"] = capacity_view(server, cluster)
    return body


def zone_view(zone: Zone) -> Body:
    """A zone."""
    return {
        "id": zone.uuid,
        "name": zone.name,
        "networktype": "Advanced",
        "securitygroupsenabled": False,
        "allocationstate": zone.allocation_state,
        "localstorageenabled": True,
        "type": "Core",
    }


def pod_view(pod: Pod) -> Body:
    """A pod."""
    return {
        "id": pod.uuid,
        "name": pod.name,
        "zoneid": pod.zone.uuid,
        "zonename": pod.zone.name,
        "allocationstate": pod.allocation_state,
    }


def capacity_view(server: ManagementServer, cluster: Cluster) -> list[Body]:
    """Memory and CPU of the hosts whose capacity counts: those that are Enabled."""
    hosts = [h for h in server.tables.hosts_of(cluster) if h.resource is Resource.ENABLED]
    capacity = server.capacity
    memory = sum(capacity.memory[h.id] for h in hosts), sum(capacity.memory_total(h) for h in hosts)
    cpu = sum(capacity.cpu[h.id] for h in hosts), sum(capacity.cpu_total(h) for h in hosts)
    return [_row(cluster, MEMORY, *memory), _row(cluster, CPU, *cpu)]


def _row(cluster: Cluster, kind: int, used: int, total: int) -> Body:
    pod = cluster.pod
    return {
        "type": kind,
        "name": CAPACITY_NAMES[kind],
        "zoneid": pod.zone.uuid,
        "zonename": pod.zone.name,
        "podid": pod.uuid,
        "podname": pod.name,
        "clusterid": cluster.uuid,
        "clustername": cluster.name,
        "capacityallocated": 0,
        "capacityused": used,
        "capacitytotal": total,
        "percentused": f"{100 * used / total:.2f}" if total else "0",
    }
