# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that come, go, and are given up (``cloudstack.md`` 2.5, 2.7, 2.8)."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ..call import Call
from ..discovery import Deletion, Discovery, Target
from ..envelope import Body
from ..errors import failed, invalid, not_modelled, refused
from ..later import then_show
from ..registry import command
from ..rows import Cluster, Host, Pod
from ..states import NoTransition, ResourceEvent, Status
from ..views.hosts import host_view

_HOST_CLASS = "org.apache.cloudstack.api.command.admin.host."
_OTHER_HYPERVISORS = frozenset({"kvm", "vmware", "hyperv", "baremetal", "ovm", "ovm3", "lxc", "simulator", "external"})


@command(
    "addHost",
    *("zoneid!", "podid!", "url!", "hypervisor!", "clusterid", "clustername", "username", "password"),
    *("allocationstate", "hosttags"),
)
def add_host(call: Call) -> t.Any:
    """One member leads to the whole pool; the answer comes when all new hosts have been set up."""
    pod = _pod(call)
    hypervisor = call.text("hypervisor").lower()
    if hypervisor in _OTHER_HYPERVISORS:
        raise not_modelled(f"hosts of {call.text('hypervisor')}")
    if hypervisor != "xenserver":
        raise refused(f"Do not support HypervisorType {call.text('hypervisor')} for {call.text('url')}")
    if not call.has("username") or not call.has("password"):
        raise invalid("Username and Password need to be provided.")
    cluster = _cluster(call, pod)
    if not cluster.guid and call.server.tables.hosts_of(cluster):
        raise refused(
            "Guid is not updated for cluster with specified cluster id; need to wait for hosts in this cluster to"
            " come up"
        )
    target = Target(call.text("url"), _address(call), call.text("password"), cluster, call.words("hosttags"))
    discovery = Discovery(call.server, target)
    return then_show(discovery.begin(), _added, call, discovery.found)


def _pod(call: Call) -> Pod:
    zone = call.row("zoneid", call.server.tables.zones)
    pod = call.row("podid", call.server.tables.pods)
    if pod.zone is not zone:
        raise invalid(f"Pod with specified pod {pod.id} doesn't belong to the zone {zone.id}")
    if call.has("clusterid") and call.has("clustername"):
        raise invalid("Can't specify cluster by both id and name")
    return pod


def _address(call: Call) -> str:
    """The host part of the URL; its port and path mean nothing."""
    url = call.text("url")
    parts = urlsplit(url)
    if not parts.scheme:
        raise invalid(f"uri.scheme is null {url}, add nfs:// (or cifs://) as a prefix")
    if not parts.hostname:
        raise invalid(f"{url} is not a valid uri")
    machine = call.server.world.machines.get(parts.hostname)
    return machine.address if machine else parts.hostname


def _cluster(call: Call, pod: Pod) -> Cluster:
    tables = call.server.tables
    if call.has("clusterid"):
        return call.row("clusterid", tables.clusters)
    name = call.text("clustername")
    if not name:
        raise failed(f"Unable to add the host: Cannot find the server resources at {call.text('url')}")
    known = next((c for c in tables.clusters if c.name == name and c.pod is pod), None)
    return known or call.server.clusters.create(name, pod)


def _added(call: Call, hosts: list[Host]) -> Body:
    return {"count": len(hosts), "host": [host_view(call.server, host) for host in hosts]}


@command("deleteHost", "id!", "forced", "forcedestroylocalstorage", id_of=("hosts",))
def delete_host(call: Call) -> Body:
    """The pool hears nothing: the host stays a member, and its VMs run on."""
    host = call.row("id", call.server.tables.hosts)
    deletion = Deletion(call.server, host)
    forced = call.flag("forced") or call.flag("forcedestroylocalstorage")
    deletion.check(forced=forced)
    try:
        call.server.hosts.resource_event(host, ResourceEvent.DELETE)
    except NoTransition as error:
        raise failed("Failed to delete host") from error
    deletion.carry_out()
    return {"success": True}


# given up -------------------------------------------------------------------------------------


def _host(call: Call) -> Host:
    return call.row("id", call.server.tables.hosts)


def _show(call: Call, host: Host) -> Body:
    return {"host": host_view(call.server, host)}


@command(
    "declareHostAsDegraded",
    "id!",
    job_class=f"{_HOST_CLASS}DeclareHostAsDegradedCmd",
    about="Host",
    prepare=_host,
    since=(4, 16, 0),
)
def declare_host_as_degraded(call: Call) -> Body:
    """The operator says that the host is dead; its VMs start elsewhere, unasked and unfenced."""
    host = _host(call)
    if host.status not in (Status.ALERT, Status.DISCONNECTED):
        raise invalid(f"Cannot perform declare host ({host.name}) as 'Degraded' when host is in {host.status} status")
    try:
        call.server.hosts.resource_event(host, ResourceEvent.DEGRADE)
    except NoTransition as error:
        raise refused(f"Host ({host.name}) was already marked as Degraded.") from error
    call.server.ha.declared_dead(host)
    return _show(call, host)


@command(
    "cancelHostAsDegraded",
    "id!",
    job_class=f"{_HOST_CLASS}CancelHostAsDegradedCmd",
    about="Host",
    prepare=_host,
    since=(4, 16, 0),
)
def cancel_host_as_degraded(call: Call) -> Body:
    host = _host(call)
    try:
        call.server.hosts.resource_event(host, ResourceEvent.ENABLE_DEGRADED)
    except NoTransition as error:
        raise refused(f"Cannot cancel host as degraded when resource state is {host.resource}") from error
    return _show(call, host)
