# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Zones, pods, clusters and capacity."""

from __future__ import annotations

import typing as t

from ..call import Call
from ..envelope import Body
from ..errors import invalid
from ..filters import keyword_fits, matches
from ..later import then_show
from ..registry import Listing, command
from ..rows import Cluster
from ..views.clusters import capacity_view, cluster_view, pod_view, zone_view

_MANAGED_STATES = ("Managed", "Unmanaged", "PrepareUnmanaged", "PrepareUnmanagedError")


@command("listZones", "id", "name", "keyword", "available", "page", "pagesize", id_of=("zones",))
def list_zones(call: Call) -> Listing:
    rows = [
        zone_view(zone)
        for zone in call.server.tables.zones
        if matches(call, id=zone.uuid, name=zone.name) and keyword_fits(call, zone.name)
    ]
    return Listing("zone", rows)


@command("listPods", "id", "name", "zoneid", "keyword", "page", "pagesize", id_of=("pods",))
def list_pods(call: Call) -> Listing:
    rows = [
        pod_view(pod)
        for pod in call.server.tables.pods
        if matches(call, id=pod.uuid, name=pod.name, zoneid=pod.zone.uuid) and keyword_fits(call, pod.name)
    ]
    return Listing("pod", rows)


@command(
    "listClusters",
    *("id", "name", "podid", "zoneid", "hypervisor", "clustertype", "allocationstate", "managedstate"),
    *("showcapacities", "keyword", "page", "pagesize"),
    id_of=("clusters",),
)
def list_clusters(call: Call) -> Listing:
    rows = [
        cluster_view(call.server, cluster, capacities=call.flag("showcapacities"))
        for cluster in call.server.tables.clusters
        if matches(
            call,
            id=cluster.uuid,
            name=cluster.name,
            podid=cluster.pod.uuid,
            zoneid=cluster.pod.zone.uuid,
            hypervisor="XenServer",
            clustertype="CloudManaged",
            allocationstate=cluster.allocation_state,
            managedstate=cluster.managed_state,
        )
        and keyword_fits(call, cluster.name)
    ]
    return Listing("cluster", rows)


@command("updateCluster", "id!", "allocationstate", "managedstate", "clustername", "hypervisor", "clustertype")
def update_cluster(call: Call) -> t.Any:
    """Unmanaged takes 5 to 200 seconds, and the caller waits that long."""
    cluster = call.row("id", call.server.tables.clusters)
    _check_states(call)
    if call.has("clustername"):
        cluster.name = call.text("clustername")
    if call.has("allocationstate"):
        cluster.allocation_state = call.text("allocationstate").capitalize()
    _edited(call, cluster)
    wanted = call.text("managedstate").lower()
    if wanted == "unmanaged" and cluster.managed_state != "Unmanaged":
        return then_show(call.server.clusters.unmanage(cluster), _show, call, cluster)
    if wanted == "managed":
        call.server.clusters.manage(cluster)
    return _show(call, cluster)


def _check_states(call: Call) -> None:
    managed, allocation = call.text("managedstate"), call.text("allocationstate")
    if managed and managed.lower() not in [state.lower() for state in _MANAGED_STATES]:
        raise invalid(f"Unable to resolve Managed State '{managed}' to a supported state")
    if allocation and allocation.lower() not in ("enabled", "disabled"):
        raise invalid(f"Unable to resolve Allocation State '{allocation}' to a supported state")


def _edited(call: Call, cluster: Cluster) -> None:
    call.server.journal.event(
        call.server.now, "CLUSTER.EDIT", f"Successfully updated cluster {cluster.name}", about=cluster
    )


def _show(call: Call, cluster: Cluster) -> Body:
    return {"cluster": cluster_view(call.server, cluster)}


@command("listCapacity", "zoneid", "podid", "clusterid", "type", "fetchlatest", "sortby", "page", "pagesize")
def list_capacity(call: Call) -> Listing:
    if call.flag("fetchlatest"):
        call.server.capacity.recount()
    rows = [
        row
        for cluster in call.server.tables.clusters
        if matches(call, clusterid=cluster.uuid, podid=cluster.pod.uuid, zoneid=cluster.pod.zone.uuid)
        for row in capacity_view(call.server, cluster)
        if matches(call, type=str(row["type"]))
    ]
    return Listing("capacity", rows)
