# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts: lists and state (``cloudstack.md`` 2.3 to 2.10)."""

from __future__ import annotations

import typing as t

from ..call import Call
from ..envelope import Body
from ..errors import invalid, refused
from ..filters import keyword_fits, matches
from ..later import then_show
from ..registry import Listing, command
from ..rows import Host
from ..states import NoTransition, ResourceEvent, Status, StatusEvent
from ..views.hosts import DETAILS, agent_view, host_view
from ..views.instances import SYSTEM_TYPES
from .placement import hosts_for

_HOST_CLASS = "org.apache.cloudstack.api.command.admin.host."


@command(
    "listHosts",
    *("id", "name", "clusterid", "podid", "zoneid", "state", "type", "resourcestate", "hypervisor", "details"),
    *("hahost", "virtualmachineid", "managementserverid", "keyword", "page", "pagesize"),
    id_of=("hosts", "instances"),
)
def list_hosts(call: Call) -> Listing:
    server = call.server
    if call.has("virtualmachineid"):
        return Listing("host", hosts_for(call, call.row("virtualmachineid", server.tables.instances)))
    details = call.words("details") or ["all"]
    if not DETAILS.issuperset(details):
        allowed = ", ".join(sorted(DETAILS))
        raise invalid(f"The details parameter contains a non permitted value. The allowed values are [{allowed}]")
    rows = [host_view(server, host, details) for host in server.tables.hosts if _wanted(call, host)]
    return Listing("host", rows + _agents(call))


def _wanted(call: Call, host: Host) -> bool:
    pod = host.cluster.pod
    return keyword_fits(call, host.name) and matches(
        call,
        id=host.uuid,
        name=host.name,
        clusterid=host.cluster.uuid,
        podid=pod.uuid,
        zoneid=pod.zone.uuid,
        state=host.status,
        type="Routing",
        resourcestate=host.resource,
        hypervisor="XenServer",
        hahost=str(call.server.planner.is_for_ha(host)),
        managementserverid=call.server.uuid if host.attached else "",
    )


def _agents(call: Call) -> list[Body]:
    """Agents in system VMs; they belong to no cluster."""
    if call.has("clusterid") or call.has("hypervisor"):
        return []
    rows = [agent_view(call.server, vm) for vm in call.server.tables.instances if vm.kind in SYSTEM_TYPES]
    names = ("id", "name", "podid", "zoneid", "state", "type", "resourcestate", "hahost")
    return [r for r in rows if matches(call, **{n: str(r[n]) for n in names}) and keyword_fits(call, r["name"])]


def _show(call: Call, host: Host) -> Body:
    return {"host": host_view(call.server, host)}


def _host(call: Call) -> Host:
    return call.row("id", call.server.tables.hosts)


# commands -------------------------------------------------------------------------------------


@command("updateHost", "id!", "allocationstate", "hosttags", "annotation", "name", "oscategoryid", "url")
def update_host(call: Call) -> Body:
    host = _host(call)
    if call.has("allocationstate"):
        _allocate(call, host)
    if call.has("hosttags"):
        host.tags = call.words("hosttags")
    if call.has("annotation"):
        host.annotation = call.text("annotation")
    if call.has("name"):
        host.name = call.text("name")
    return _show(call, host)


def _allocate(call: Call, host: Host) -> None:
    wanted = call.text("allocationstate")
    failed = f"Failed to update host: {host.name} with id {host.id}, "
    if wanted not in ("Enable", "Disable"):
        raise refused(f"{failed}Invalid allocation state: {wanted}, only Enable/Disable are allowed")
    try:
        call.server.hosts.resource_event(host, ResourceEvent(wanted))
    except NoTransition as error:
        raise refused(f"{failed}{error}") from error


@command(
    "prepareHostForMaintenance",
    "id!",
    job_class=f"{_HOST_CLASS}PrepareForHostMaintenanceCmd",
    about="Host",
    prepare=_host,
)
def prepare_host_for_maintenance(call: Call) -> t.Any:
    """The job ends when the migrations are scheduled, long before the host is empty."""
    host = _host(call)
    return then_show(call.server.maintenance.prepare(host), _show, call, host)


@command(
    "cancelHostMaintenance", "id!", job_class=f"{_HOST_CLASS}CancelHostMaintenanceCmd", about="Host", prepare=_host
)
def cancel_host_maintenance(call: Call) -> Body:
    host = _host(call)
    call.server.maintenance.cancel(host)
    return _show(call, host)


@command("reconnectHost", "id!", job_class=f"{_HOST_CLASS}ReconnectHostCmd", about="Host", prepare=_host)
def reconnect_host(call: Call) -> Body:
    """Lets go of a host, so that a later scan connects it anew; mostly refused (2.6)."""
    host = _host(call)
    named = f'Host {{"id":{host.id},"name":"{host.name}","type":"Routing","uuid":"{host.uuid}"}}'
    if host.status is Status.DISCONNECTED:
        return _show(call, host)
    if host.status not in (Status.UP, Status.ALERT):
        why = f"because it is not in the correct state: host={named}; Status={host.status}"
        raise refused(f"Unable to disconnect host {why}")
    if not host.attached:
        raise refused(f"Unable to disconnect host because it is not connected to this server: {named}")
    call.server.hosts.status_event(host, StatusEvent.SHUTDOWN_REQUESTED)
    return _show(call, host)


@command("listHostTags", "keyword", "page", "pagesize")
def list_host_tags(call: Call) -> Listing:
    hosts = call.server.tables.hosts
    return Listing("hosttag", [{"hostid": h.id, "name": tag, "id": tag} for h in hosts for tag in h.tags])
