# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances of all kinds (``cloudstack.md`` 2.12)."""

from __future__ import annotations

import typing as t

from ..envelope import Body, date, known
from ..rows import Host, Instance
from ..states import Resource, VmState

if t.TYPE_CHECKING:
    from ..manager import ManagementServer

SYSTEM_TYPES = {"console_proxy": "consoleproxy", "secondary_storage": "secondarystoragevm"}
ROUTER_ROLES = {"router": "VIRTUAL_ROUTER", "internal_lb": "INTERNAL_LB_VM"}


def control_state(host: Host | None) -> str | None:
    """``hostcontrolstate``: whether the VM's host can be commanded."""
    if host is None:
        return None
    if host.status.lost:
        return "Offline"
    if host.resource.is_maintenance:
        return "Maintenance"
    return "Disabled" if host.resource is Resource.DISABLED else "Enabled"


def _common(server: ManagementServer, vm: Instance) -> Body:
    job = server.jobs.pending_on(vm)
    zone = vm.cluster.pod.zone
    return {
        "id": vm.uuid,
        "name": vm.name,
        "zoneid": zone.uuid,
        "zonename": zone.name,
        "created": date(vm.created),
        "state": str(vm.state),
        "hostid": vm.host.uuid if vm.host else None,
        "hostname": vm.host.name if vm.host else None,
        "hostcontrolstate": control_state(vm.host),
        "hypervisor": "XenServer",
        "serviceofferingid": vm.offering.uuid,
        "serviceofferingname": vm.offering.name,
        "jobid": job.uuid if job else None,
        "jobstatus": job.status if job else None,
    }


def owner(server: ManagementServer) -> Body:
    """The only account of the lab."""
    return {"account": "admin", "domainid": server.domain_uuid, "domain": "ROOT"}


def user_view(server: ManagementServer, vm: Instance) -> Body:
    """A user's instance."""
    group = vm.group
    return known(
        {
            **_common(server, vm),
            **owner(server),
            "name": vm.display_name,
            "displayname": vm.display_name,
            "instancename": vm.name,
            "haenable": vm.offering.ha,
            "cpunumber": vm.offering.cpus,
            "cpuspeed": vm.offering.cpu_mhz,
            "memory": vm.offering.memory_mib,
            "affinitygroup": [{"id": group.uuid, "name": group.name, "type": group.type}] if group else [],
            "nic": [nic_view(server, vm)],
            "details": {},
            "project": vm.project.name if vm.project else None,
            "projectid": vm.project.uuid if vm.project else None,
            "account": None if vm.project else "admin",
            "templateid": server.lasting_uuid("template"),
            "templatename": "base",
            "passwordenabled": False,
            "rootdevicetype": "ROOT",
            "tags": _tags(server, vm),
            "isdynamicallyscalable": False,
            "lastupdated": date(vm.changed) if server.profile.since(4, 16) else None,
        }
    )


def nic_view(server: ManagementServer, vm: Instance) -> Body:
    """The one interface of an instance; its address comes from its number."""
    high, low = divmod(vm.id + 10, 250)
    return {
        "id": server.lasting_uuid(f"nic {vm.uuid}"),
        "networkid": server.lasting_uuid(f"network {vm.cluster.pod.zone.name}"),
        "networkname": f"guests-{vm.cluster.pod.zone.name}",
        "ipaddress": f"10.1.{high % 250}.{low + 1}",
        "netmask": "255.255.0.0",
        "gateway": "10.1.0.1",
        "macaddress": f"02:00:{vm.id >> 24 & 255:02x}:{vm.id >> 16 & 255:02x}:{vm.id >> 8 & 255:02x}:{vm.id & 255:02x}",
        "isdefault": True,
        "traffictype": "Guest",
        "type": "Shared",
    }


def _tags(server: ManagementServer, vm: Instance) -> list[Body]:
    tags = server.tables.tags.items()
    return [
        {"key": key, "value": value, "resourcetype": kind} for (uuid, key), (kind, value) in tags if uuid == vm.uuid
    ]


def router_view(server: ManagementServer, vm: Instance) -> Body:
    """A virtual router, or an internal load balancer."""
    return known(
        {
            **_common(server, vm),
            **owner(server),
            "podid": vm.cluster.pod.uuid,
            "linklocalip": f"169.254.0.{1 + vm.id % 250}" if vm.state is VmState.RUNNING else None,
            "isredundantrouter": False,
            "redundantstate": "UNKNOWN",
            "version": server.version,
            "role": ROUTER_ROLES[vm.kind],
            "requiresupgrade": False,
            "healthchecksfailed": False,
            "nic": [],
        }
    )


def private_ip(vm: Instance) -> str:
    """The address of a system VM in the management network; its agent connects from there."""
    return f"172.16.{vm.id // 250 % 250}.{vm.id % 250 + 1}"


def _tells_agent(server: ManagementServer, vm: Instance) -> bool:
    return vm.kind in SYSTEM_TYPES and server.profile.since(4, 13, 1)


def system_view(server: ManagementServer, vm: Instance) -> Body:
    """A system VM; migrateSystemVm answers in this shape for routers too."""
    running = vm.state is VmState.RUNNING
    return known(
        {
            **_common(server, vm),
            "systemvmtype": SYSTEM_TYPES.get(vm.kind, vm.offering.system_type),
            "podid": vm.cluster.pod.uuid,
            "agentstate": ("Up" if running else "Disconnected") if _tells_agent(server, vm) else None,
            "activeviewersessions": 0,
            "privateip": private_ip(vm) if running else None,
            "linklocalip": f"169.254.1.{1 + vm.id % 250}" if running else None,
        }
    )


def view_of(server: ManagementServer, vm: Instance) -> Body:
    """The shape of its own list."""
    if vm.kind == "user":
        return user_view(server, vm)
    return router_view(server, vm) if vm.kind in ROUTER_ROLES else system_view(server, vm)
