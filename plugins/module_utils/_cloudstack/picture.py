# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads everything CloudStack knows about a pool, in a number of calls that does not grow with it.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from .._maintenance.cluster import CloudPicture, Cluster, CsHost, Instance, Job, find_cluster
from .._maintenance.errors import MaintenanceError
from . import records
from .client import CloudStackClient
from .errors import CloudStackError

# All the groups of fields that the picture needs; the full record costs the server much more.
_VM_DETAILS = "servoff,affgrp"
_NOT_AVAILABLE = (401, 432)


def read_cloud(client: CloudStackClient, cluster: str | None = None, addresses: t.Collection[str] = ()) -> CloudPicture:
    """One cluster with its hosts, VMs and pending jobs, in twelve calls.

    :param cluster: name or id of the cluster; found by the addresses of its hosts when empty.
    """
    found, hosts = cluster_and_hosts(client, cluster, addresses)
    here = {each.id for each in hosts}
    everywhere = read_instances(client, found.zone_id)
    return CloudPicture(
        version=read_version(client),
        cluster=found,
        hosts=tuple(sorted(hosts, key=lambda each: (each.name, each.id))),
        instances=_sorted(each for each in everywhere if each.host in here),
        jobs=tuple(read_jobs(client)),
        hostless=_sorted(each for each in everywhere if each.host is None),
    )


def _sorted(instances: t.Iterable[Instance]) -> tuple[Instance, ...]:
    return tuple(sorted(instances, key=lambda each: (each.instance_name, each.id)))


def cluster_and_hosts(
    client: CloudStackClient, wanted: str | None, addresses: t.Collection[str]
) -> tuple[Cluster, list[CsHost]]:
    """The cluster that is named, or that has hosts of these addresses, and its hosts."""
    clusters = read_clusters(client)
    if wanted:
        cluster = find_cluster(clusters, wanted)
        return cluster, read_hosts(client, clusterid=cluster.id)
    everywhere = read_hosts(client)
    cluster = cluster_of(clusters, everywhere, addresses)
    return cluster, [each for each in everywhere if each.cluster_id == cluster.id]


def read_version(client: CloudStackClient) -> str:
    """The version of the management server."""
    return str(client.call("listCapabilities").get("capability", {}).get("cloudstackversion", ""))


def read_clusters(client: CloudStackClient) -> list[Cluster]:
    """All clusters."""
    return [records.cluster(each) for each in client.list("listClusters", "cluster")]


def read_hosts(client: CloudStackClient, **filters: str) -> list[CsHost]:
    """Hypervisor hosts; without the type, the agents of system VMs would come too (cloudstack.md 2.10)."""
    return [records.host(each) for each in client.list("listHosts", "host", type="Routing", **filters)]


def read_instances(client: CloudStackClient, zone_id: str) -> list[Instance]:
    """All VMs of a zone that CloudStack owns, of every account and project."""
    return _read_instances(client, {"zoneid": zone_id})


def read_instances_on(client: CloudStackClient, host_id: str) -> list[Instance]:
    """The VMs that CloudStack counts on a host, those that are on their way to it included (cloudstack.md 2.12)."""
    return [each for each in _read_instances(client, {"hostid": host_id}) if each.host == host_id]


def _read_instances(client: CloudStackClient, where: dict[str, str]) -> list[Instance]:
    scope = {**where, "listall": True}
    user_vms = _with_projects(client, "listVirtualMachines", "virtualmachine", **scope, details=_VM_DETAILS)
    routers = _with_projects(client, "listRouters", "router", **scope)
    balancers = _load_balancers(client, scope)
    system_vms = client.list("listSystemVms", "systemvm", **where)
    memory = records.offering_memory(client.list("listServiceOfferings", "serviceoffering", issystem=True))
    return [
        *(records.user_vm(each) for each in user_vms),
        *(records.router(each, memory) for each in _unique([*routers, *balancers])),
        *(records.system_vm(each, memory) for each in system_vms),
    ]


def read_jobs(client: CloudStackClient) -> list[Job]:
    """Pending jobs of everybody."""
    jobs = [records.pending_job(each) for each in client.list("listAsyncJobs", "asyncjobs", listall=True)]
    return [job for job in jobs if job is not None]


def cluster_of(clusters: t.Sequence[Cluster], hosts: t.Iterable[CsHost], addresses: t.Collection[str]) -> Cluster:
    """The cluster whose hosts have these addresses; two zones may use the same ones, then it has to be named."""
    votes = Counter(each.cluster_id for each in hosts if each.ip_address in addresses)
    found = [each for each in clusters if each.id in votes]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted(addresses)) or "none given"
    if not found:
        raise MaintenanceError(
            f"CloudStack: none of its hosts has one of the addresses of this pool ({listed}). "
            "Check that api_url is the right CloudStack, and that the pool was added to it by its management addresses."
        )
    names = ", ".join(sorted(f"{each.name} in zone {each.zone}" for each in found))
    raise MaintenanceError(
        f"CloudStack: hosts with the addresses of this pool ({listed}) are in more than one cluster ({names}). "
        "Name the right one with the option cluster."
    )


def _with_projects(client: CloudStackClient, command: str, key: str, **arguments: t.Any) -> list[dict[str, t.Any]]:
    """Two calls: what ``projectid=-1`` covers differs between versions (cloudstack.md 2.12)."""
    return _unique([*client.list(command, key, **arguments), *client.list(command, key, **arguments, projectid="-1")])


def _load_balancers(client: CloudStackClient, scope: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Internal load balancers, where this version has them."""
    try:
        return _with_projects(client, "listInternalLoadBalancerVMs", "internalloadbalancervm", **scope)
    except CloudStackError as error:
        if error.code in _NOT_AVAILABLE:
            return []
        raise


def _unique(rows: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return list({str(row.get("id")): row for row in rows}.values())
