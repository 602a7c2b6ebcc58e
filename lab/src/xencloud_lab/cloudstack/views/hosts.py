# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts (``cloudstack.md`` 2.10)."""

from __future__ import annotations

import typing as t

from ..capacity import CPU_MHZ
from ..envelope import Body, date, known
from ..profiles import Version
from ..rows import Host, Instance
from ..states import VmState
from ..transitions import possible_events
from .instances import private_ip

if t.TYPE_CHECKING:
    from ..manager import ManagementServer

_ALWAYS: Version = (4, 4, 0)
_SINCE: dict[str, Version] = {
    **dict.fromkeys(("hostha", "outofbandmanagement", "annotation", "username"), (4, 11, 0)),
    **dict.fromkeys(("ueficapability", "cpuallocatedvalue", "cpuallocatedpercentage"), (4, 14, 0)),
    **dict.fromkeys(("cpuallocatedwithoverprovisioning", "memorywithoverprovisioning"), (4, 14, 0)),
    **dict.fromkeys(("memoryallocatedpercentage", "memoryallocatedbytes", "hasannotations"), (4, 14, 0)),
    "encryptionsupported": (4, 18, 0),
    "instanceconversionsupported": (4, 19, 1),
    **dict.fromkeys(("arch", "explicithosttags", "implicithosttags"), (4, 20, 0)),
    **dict.fromkeys(("managementservername", "storageaccessgroups"), (4, 21, 0)),
}
"""Fields that came later (``cloudstack.md`` 2.10)."""
DETAILS = frozenset({"all", "capacity", "events", "stats", "min"})
_CAPABILITIES = "xen-3.0-x86_64 , xen-3.0-x86_32p , hvm-3.0-x86_32 , hvm-3.0-x86_32p , hvm-3.0-x86_64"


def host_view(server: ManagementServer, host: Host, details: t.Collection[str] = ("all",)) -> Body:
    """A host; ``details`` choose the expensive parts."""
    body = _base(server, host)
    if "all" in details or "capacity" in details:
        body |= _capacity(server, host)
    if "all" in details or "events" in details:
        body["events"] = possible_events(server.profile, host.status)
    if "all" in details or "stats" in details:
        body |= {"cpuused": "4.2%", server.profile.load_field: 0, "networkkbsread": 0, "networkkbswrite": 0}
    return {name: v for name, v in known(body).items() if server.profile.since(*_SINCE.get(name, _ALWAYS))}


def _base(server: ManagementServer, host: Host) -> Body:
    pod = host.cluster.pod
    job = server.jobs.pending_on(host)
    return {
        "id": host.uuid,
        "name": host.name,
        "state": str(host.status),
        "disconnected": date(host.disconnected),
        "type": "Routing",
        "ipaddress": host.address,
        "zoneid": pod.zone.uuid,
        "zonename": pod.zone.name,
        "podid": pod.uuid,
        "podname": pod.name,
        "version": server.version,
        "hypervisor": "XenServer",
        "capabilities": _CAPABILITIES,
        "lastpinged": date((int(host.last_ping * 1000) >> 10) / 1000),
        "managementserverid": _owner(server, host),
        "managementservername": "ms1" if host.attached else None,
        "clusterid": host.cluster.uuid,
        "clustername": host.cluster.name,
        "clustertype": "CloudManaged",
        "islocalstorageactive": False,
        "created": date(host.created),
        "hosttags": ",".join(host.tags),
        "resourcestate": str(host.resource),
        "hypervisorversion": host.hypervisor_version,
        "hahost": server.planner.is_for_ha(host),
        "arch": "x86_64",
        "explicithosttags": ",".join(host.tags),
        "implicithosttags": "",
        "encryptionsupported": False,
        "instanceconversionsupported": False,
        "username": "root",
        "ueficapability": False,
        "hasannotations": bool(host.annotation),
        "annotation": host.annotation or None,
        "hostha": {"haenable": False, "hastate": "Disabled"},
        "outofbandmanagement": {"powerstate": "Disabled", "enabled": False},
        "jobid": job.uuid if job else None,
        "jobstatus": job.status if job else None,
    }


def _owner(server: ManagementServer, host: Host) -> str | int | None:
    if not host.attached:
        return None
    return server.uuid if server.profile.server_id_is_uuid else int(server.uuid[:8], 16)


def _capacity(server: ManagementServer, host: Host) -> Body:
    memory, cpu = server.capacity.memory[host.id], server.capacity.cpu[host.id]
    memory_total, cpu_total = server.capacity.memory_total(host), server.capacity.cpu_total(host)
    cpu_share = f"{100 * cpu / cpu_total:.2f}%"
    return {
        "cpusockets": 2,
        "cpunumber": host.cpus,
        "cpuspeed": CPU_MHZ,
        "cpuallocated": cpu_share,
        "cpuallocatedvalue": cpu,
        "cpuallocatedpercentage": cpu_share,
        "cpuallocatedwithoverprovisioning": cpu_share,
        "cpuwithoverprovisioning": str(cpu_total),
        "memorytotal": memory_total if server.profile.overcommits_memorytotal else host.memory_bytes,
        "memorywithoverprovisioning": str(memory_total),
        "memoryallocated": memory,
        "memoryallocatedpercentage": f"{100 * memory / memory_total:.2f}%",
        "memoryallocatedbytes": memory,
        "memoryused": memory,
    }


def agent_view(server: ManagementServer, vm: Instance) -> Body:
    """The agent in a system VM, which listHosts shows as a host too."""
    zone = vm.cluster.pod.zone
    return {
        "id": vm.uuid,
        "name": vm.name,
        "state": "Up" if vm.state is VmState.RUNNING else "Disconnected",
        "type": "ConsoleProxy" if vm.kind == "console_proxy" else "SecondaryStorageVM",
        "ipaddress": private_ip(vm),
        "zoneid": zone.uuid,
        "zonename": zone.name,
        "podid": vm.cluster.pod.uuid,
        "podname": vm.cluster.pod.name,
        "version": server.version,
        "created": date(vm.created),
        "resourcestate": "Enabled",
        "hahost": False,
    }
