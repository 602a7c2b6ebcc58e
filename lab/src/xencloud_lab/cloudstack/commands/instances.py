# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances: the four lists (``cloudstack.md`` 2.12)."""

from __future__ import annotations

import typing as t

from ..call import Call
from ..errors import invalid
from ..filters import keyword_fits, matches
from ..registry import Listing, Rendered, command
from ..rows import Instance
from ..views.instances import SYSTEM_TYPES, view_of

_FILTERS = ("id", "name", "state", "hostid", "podid", "clusterid", "zoneid", "keyword", "page", "pagesize")
_OWNED = ("listall", "projectid", "account", "domainid")


def _wanted(call: Call, vm: Instance) -> bool:
    pod = vm.cluster.pod
    shown = vm.display_name if vm.kind == "user" else vm.name
    return keyword_fits(call, shown) and matches(
        call,
        id=vm.uuid,
        name=shown,
        state=vm.state,
        hostid=vm.host.uuid if vm.host else "",
        podid=pod.uuid,
        clusterid=vm.cluster.uuid,
        zoneid=pod.zone.uuid,
        storageid=vm.storage.uuid if vm.storage else "",
        serviceofferingid=vm.offering.uuid,
        affinitygroupid=vm.group.uuid if vm.group else "",
        haenable=str(vm.offering.ha),
        systemvmtype=SYSTEM_TYPES.get(vm.kind, ""),
        hypervisor="XenServer",
    )


def _listed(call: Call, key: str, kinds: t.Collection[str]) -> Listing:
    instances = [vm for vm in call.server.tables.instances if vm.kind in kinds and _wanted(call, vm)]
    ids = call.words("ids")
    wanted = [vm for vm in instances if _in_scope(call, vm) and (not ids or vm.uuid in ids)]
    return Listing(key, Rendered(wanted, view_of, call.server))


def _in_scope(call: Call, vm: Instance) -> bool:
    """Lists leave out project VMs; ``projectid=-1`` means those alone, or (newer, with listall) those too."""
    if not call.has("projectid"):
        return vm.project is None or call.has("id") or call.has("ids")
    if call.text("projectid") == "-1":
        beside = call.server.profile.lists_projects_beside and call.flag("listall")
        return beside or vm.project is not None
    return vm.project is not None and vm.project.uuid == call.text("projectid")


@command(
    "listVirtualMachines",
    *_FILTERS,
    *_OWNED,
    *("ids", "details", "haenable", "storageid", "serviceofferingid", "affinitygroupid", "hypervisor"),
    id_of=("instances",),
)
def list_virtual_machines(call: Call) -> Listing:
    return _listed(call, "virtualmachine", ("user",))


@command(
    "listRouters", *_FILTERS, *_OWNED, "networkid", "vpcid", "version", "fetchhealthcheckresults", id_of=("instances",)
)
def list_routers(call: Call) -> Listing:
    return _listed(call, "router", ("router",))


@command("listInternalLoadBalancerVMs", *_FILTERS, *_OWNED, "networkid", "vpcid", id_of=("instances",))
def list_internal_load_balancer_vms(call: Call) -> Listing:
    return _listed(call, "internalloadbalancervm", ("internal_lb",))


@command("listSystemVms", *_FILTERS, "systemvmtype", "storageid", id_of=("instances",))
def list_system_vms(call: Call) -> Listing:
    return _listed(call, "systemvm", tuple(SYSTEM_TYPES))


def user_vm(call: Call, name: str) -> Instance:
    """The user's instance that a parameter names; routers and system VMs are none.

    :raises ApiError: there is no such instance.
    """
    vm = call.row(name, call.server.tables.instances)
    if vm.kind != "user":
        noun = "Instance" if call.server.profile.says_instance else "VM"
        raise invalid(f"Unable to find the {noun} by id={vm.id}")
    return vm
