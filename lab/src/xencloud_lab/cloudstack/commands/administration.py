# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods and clusters that come and go, dedication, groups, and what operators clean up (``cloudstack.md`` 8)."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..errors import failed, invalid, refused
from ..filters import matching
from ..registry import Listing, command
from ..rows import AffinityGroup, Host, Pod
from ..states import VmState
from ..views.clusters import cluster_view, pod_view
from ..views.instances import owner

_ADMIN = "org.apache.cloudstack.api.command.admin"
_USER = "org.apache.cloudstack.api.command.user"

# pods and clusters ----------------------------------------------------------------------------


@command("createPod", "zoneid!", "name!", "startip", "endip", "gateway", "netmask", "allocationstate")
def create_pod(call: Call) -> Body:
    tables, name = call.server.tables, call.text("name")
    zone = call.row("zoneid", tables.zones)
    if any(pod.name == name and pod.zone is zone for pod in tables.pods):
        raise invalid(
            f"A pod with name: {name} already exists in zone {zone.id}. Please specify a different pod name. "
        )
    pod = tables.pods.add(Pod(tables.pods.next_id(), tables.new_uuid(), name, call.server.now, zone))
    return {"pod": pod_view(pod)}


@command("updatePod", "id!", "name", "allocationstate", id_of=("pods",))
def update_pod(call: Call) -> Body:
    pod = call.row("id", call.server.tables.pods)
    pod.name = call.text("name", pod.name)
    pod.allocation_state = call.text("allocationstate", pod.allocation_state)
    return {"pod": pod_view(pod)}


@command("deletePod", "id!", id_of=("pods",))
def delete_pod(call: Call) -> Body:
    tables = call.server.tables
    pod = call.row("id", tables.pods)
    if any(cluster.pod is pod for cluster in tables.clusters):
        raise refused("The pod cannot be deleted because there are clusters in this pod.")
    tables.pods.remove(pod)
    return {"success": True}


@command("addCluster", "zoneid!", "podid!", "clustername!", "clustertype!", "hypervisor!", "allocationstate")
def add_cluster(call: Call) -> Body:
    """A cluster without hosts."""
    tables, name = call.server.tables, call.text("clustername")
    pod = call.row("podid", tables.pods)
    if call.text("hypervisor").lower() != "xenserver":
        raise invalid(f"Unable to resolve {call.text('hypervisor')} to a supported supported hypervisor type")
    if any(cluster.name == name and cluster.pod is pod for cluster in tables.clusters):
        raise refused(f"Unable to create cluster {name} in pod {pod.name} and data center {pod.zone.name}")
    cluster = call.server.clusters.create(name, pod)
    return {"count": 1, "cluster": [cluster_view(call.server, cluster)]}


@command("deleteCluster", "id!", id_of=("clusters",))
def delete_cluster(call: Call) -> Body:
    tables = call.server.tables
    cluster = call.row("id", tables.clusters)
    if tables.hosts_of(cluster):
        raise failed("Failed to delete cluster")
    tables.clusters.remove(cluster)
    return {"success": True}


# dedication -----------------------------------------------------------------------------------


def _host(call: Call) -> Host:
    return call.row("hostid", call.server.tables.hosts)


def _dedication(call: Call, host: Host) -> Body:
    return {
        "id": call.server.lasting_uuid(f"dedication {host.uuid}"),
        "hostid": host.uuid,
        "hostname": host.name,
        "domainid": host.dedicated_to,
        "affinitygroupid": call.server.lasting_uuid(f"dedication group {host.dedicated_to}"),
    }


@command("listDedicatedHosts", "hostid", "domainid", "account", "affinitygroupid", "page", "pagesize")
def list_dedicated_hosts(call: Call) -> Listing:
    rows = [_dedication(call, host) for host in call.server.tables.hosts if host.dedicated_to]
    return matching(call, "dedicatedhost", rows, "hostid", "domainid", "affinitygroupid")


@command(
    "dedicateHost",
    *("hostid!", "domainid!", "account"),
    job_class="org.apache.cloudstack.api.command.DedicateHostCmd",
    about="Host",
    prepare=_host,
)
def dedicate_host(call: Call) -> Body:
    """From now on the planner leaves it alone; an explicit migration does not care."""
    host = _host(call)
    if host.dedicated_to:
        raise refused(f"Host {host.name} is already dedicated")
    host.dedicated_to = call.text("domainid")
    return {"dedicatedhost": _dedication(call, host)}


@command(
    "releaseDedicatedHost",
    "hostid!",
    job_class="org.apache.cloudstack.api.command.ReleaseDedicatedHostCmd",
    about="Host",
    prepare=_host,
)
def release_dedicated_host(call: Call) -> Body:
    host = _host(call)
    if not host.dedicated_to:
        raise invalid("No Dedicated Resource available to release")
    host.dedicated_to = ""
    return {"success": True}


# affinity groups ------------------------------------------------------------------------------


_GROUP_TYPES = ("host anti-affinity", "host affinity", "ExplicitDedication")


@command("listAffinityGroupTypes", "keyword", "page", "pagesize")
def list_affinity_group_types(_call: Call) -> Listing:
    return Listing("affinityGroupType", [{"type": kind} for kind in _GROUP_TYPES])


@command(
    "createAffinityGroup",
    *("name!", "type!", "description", "account", "domainid", "projectid"),
    job_class=f"{_USER}.affinitygroup.CreateAffinityGroupCmd",
    about="AffinityGroup",
)
def create_affinity_group(call: Call) -> Body:
    tables, name = call.server.tables, call.text("name")
    if any(group.name == name for group in tables.groups):
        raise invalid(f"Unable to create affinity group, a group with name {name} already exists.")
    row = AffinityGroup(tables.groups.next_id(), tables.new_uuid(), name, call.server.now, call.text("type"))
    group = tables.groups.add(row)
    return {"affinitygroup": {"id": group.uuid, "name": name, "type": group.type, **owner(call.server)}}


@command(
    "deleteAffinityGroup",
    *("id", "name"),
    id_of=("groups",),
    job_class=f"{_USER}.affinitygroup.DeleteAffinityGroupCmd",
    about="AffinityGroup",
)
def delete_affinity_group(call: Call) -> Body:
    tables = call.server.tables
    wanted = (call.text("id"), call.text("name"))
    group = next((g for g in tables.groups if g.uuid == wanted[0] or g.name == wanted[1]), None)
    if group is None:
        raise invalid("Unable to find affinity group")
    for vm in tables.members_of(group):
        vm.group = None
    tables.groups.remove(group)
    return {"success": True}


@command(
    "updateVMAffinityGroup",
    *("id!", "affinitygroupids", "affinitygroupnames"),
    id_of=("instances",),
    job_class=f"{_USER}.affinitygroup.UpdateVMAffinityGroupCmd",
    about="VirtualMachine",
)
def update_vm_affinity_group(call: Call) -> Body:
    vm = call.row("id", call.server.tables.instances)
    if vm.state is not VmState.STOPPED:
        raise invalid(f"Unable update affinity groups of the virtual machine {vm.name} in state {vm.state}")
    wanted = {*call.words("affinitygroupids"), *call.words("affinitygroupnames")}
    vm.group = next((g for g in call.server.tables.groups if wanted & {g.uuid, g.name}), None)
    return {"success": True}


# cleaning up ----------------------------------------------------------------------------------


@command("archiveAlerts", "ids", "type", "startdate", "enddate")
@command("deleteAlerts", "ids", "type", "startdate", "enddate")
def delete_alerts(call: Call) -> Body:
    """Archived ones are not shown either."""
    table = call.server.tables.alerts
    for alert in [a for a in table if a.uuid in call.words("ids") or str(a.type) == call.text("type")]:
        table.remove(alert)
    return {"success": True}


@command("archiveEvents", "ids", "type", "startdate", "enddate")
@command("deleteEvents", "ids", "type", "startdate", "enddate")
def delete_events(call: Call) -> Body:
    table = call.server.tables.events
    for event in [e for e in table if e.uuid in call.words("ids") or e.name == call.text("type")]:
        table.remove(event)
    return {"success": True}


@command(
    "startRollingMaintenance",
    *("podids", "clusterids", "zoneids", "hostids", "forced", "payload", "timeout"),
    job_class=f"{_ADMIN}.resource.StartRollingMaintenanceCmd",
    since=(4, 14, 0),
)
def start_rolling_maintenance(call: Call) -> Body:
    """For KVM alone: what it finds here it leaves out (``cloudstack.md`` 2.15)."""
    given = [name for name in ("podids", "clusterids", "zoneids", "hostids") if call.has(name)]
    if len(given) != 1:
        raise refused("Parameters 'podids', 'clusterids', 'zoneids' and 'hostids' are mutually exclusive")
    details = "There are no hosts of a supported hypervisor: KVM"
    return {"rollingmaintenance": {"success": False, "details": details, "hostsupdated": [], "hostsskipped": []}}
