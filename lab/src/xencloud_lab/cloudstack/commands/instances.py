# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances: the four lists, start and stop (``cloudstack.md`` 2.12)."""

from __future__ import annotations

import typing as t

from ..call import Call
from ..envelope import Body
from ..errors import invalid
from ..filters import keyword_fits, matches
from ..later import then_show
from ..registry import Listing, command
from ..rows import Host, Instance
from ..states import VmState
from ..views.instances import SYSTEM_TYPES, user_view, view_of

_VM_CLASS = "org.apache.cloudstack.api.command.admin.vm."
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
    if _only_projects(call):
        instances = []
    ids = call.words("ids")
    return Listing(key, [view_of(call.server, vm) for vm in instances if not ids or vm.uuid in ids])


def _only_projects(call: Call) -> bool:
    """``projectid=-1`` means project VMs alone, or (newer, with listall) too; the lab has none."""
    if not call.has("projectid"):
        return False
    newer = call.server.profile.has_eipfm
    return not (newer and call.text("projectid") == "-1" and call.flag("listall"))


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


# start and stop -------------------------------------------------------------------------------


def user_vm(call: Call, name: str) -> Instance:
    """The user's instance that a parameter names; routers and system VMs are none.

    :raises ApiError: there is no such instance.
    """
    vm = call.row(name, call.server.tables.instances)
    if vm.kind != "user":
        raise invalid(f"Unable to find the VM by id={vm.id}")
    return vm


def _vm(call: Call) -> Instance:
    return call.row("id", call.server.tables.instances)


def _show(call: Call, vm: Instance) -> Body:
    return {"virtualmachine": user_view(call.server, vm)}


@command(
    "startVirtualMachine",
    "id!",
    "hostid",
    job_class=f"{_VM_CLASS}StartVMCmdByAdmin",
    about="VirtualMachine",
    prepare=_vm,
)
def start_virtual_machine(call: Call) -> t.Any:
    vm = user_vm(call, "id")
    target: Host | None = call.row_if_given("hostid", call.server.tables.hosts)
    if vm.state is VmState.RUNNING:
        return _show(call, vm)
    if vm.state is not VmState.STOPPED or vm.busy:
        raise invalid(f"Unable to start VM {vm.display_name}: it is {vm.state}")
    _event(call, vm, "VM.START", "starting Vm")
    return then_show(call.server.instances.start(vm, target), _show, call, vm)


@command(
    "stopVirtualMachine", "id!", "forced", job_class=f"{_VM_CLASS}StopVMCmdByAdmin", about="VirtualMachine", prepare=_vm
)
def stop_virtual_machine(call: Call) -> t.Any:
    vm = user_vm(call, "id")
    if vm.state is VmState.STOPPED:
        return _show(call, vm)
    if vm.busy:
        raise invalid(f"Unable to stop VM {vm.display_name}: it is {vm.state}")
    _event(call, vm, "VM.STOP", "stopping Vm")
    return then_show(call.server.instances.stop(vm, forced=call.flag("forced")), _show, call, vm)


def _event(call: Call, vm: Instance, kind: str, what: str) -> None:
    call.server.journal.event(call.server.now, kind, f"{what}: {vm.display_name}", about=vm)
