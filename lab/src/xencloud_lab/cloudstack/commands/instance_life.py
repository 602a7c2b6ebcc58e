# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances come, are renamed, and go (``cloudstack.md`` 8)."""

from __future__ import annotations

import typing as t

from ..call import Call
from ..deploying import Deploy
from ..envelope import Body
from ..errors import invalid
from ..later import then_show
from ..names import ACCOUNT_ID
from ..registry import command
from ..rows import Instance
from ..states import VmState
from ..views.instances import user_view
from .instances import user_vm

_USER = "org.apache.cloudstack.api.command.user.vm"


def _new(call: Call) -> Instance:
    """The row of an instance to be; the caller is told its id at once."""
    tables = call.server.tables
    zone = call.row("zoneid", tables.zones)
    clusters = [cluster for cluster in tables.clusters if cluster.pod.zone is zone]
    if not clusters:
        raise invalid(f"Unable to deploy an instance in zone {zone.name}: it has no cluster")
    if call.text("templateid") != call.server.lasting_uuid("template"):
        raise call.bad("templateid")
    number = tables.instances.next_id()
    label = f"i-{ACCOUNT_ID}-{number}-VM"
    shown = call.text("displayname") or call.text("name") or f"VM-{number}"
    offering = call.row("serviceofferingid", tables.offerings)
    vm = Instance(number, tables.new_uuid(), label, call.server.now, "user", shown, offering, clusters[0])
    tables.add_instance(vm)
    return vm


@command(
    "deployVirtualMachine",
    *("zoneid!", "serviceofferingid!", "templateid!", "name", "displayname", "hostid", "networkids", "startvm"),
    *("affinitygroupids", "affinitygroupnames", "account", "domainid", "projectid", "group", "keypair", "userdata"),
    job_class=f"{_USER}.DeployVMCmd",
    about="VirtualMachine",
    prepare=_new,
    creates=True,
)
def deploy_virtual_machine(call: Call) -> t.Any:
    vm = t.cast(Instance, call.about)
    tables = call.server.tables
    wanted = {*call.words("affinitygroupids"), *call.words("affinitygroupnames")}
    vm.group = next((group for group in tables.groups if wanted & {group.uuid, group.name}), None)
    zone, target = call.row("zoneid", tables.zones), call.row_if_given("hostid", tables.hosts)
    return then_show(Deploy(call.server, vm, zone, target).begin(), _show, call, vm)


def _show(call: Call, vm: Instance) -> Body:
    return {"virtualmachine": user_view(call.server, vm)}


@command("updateVirtualMachine", "id!", "displayname", "name", "group", "haenable", "ostypeid", id_of=("instances",))
def update_virtual_machine(call: Call) -> Body:
    vm = user_vm(call, "id")
    vm.display_name = call.text("displayname", vm.display_name)
    return {"virtualmachine": user_view(call.server, vm)}


def _vm(call: Call) -> Instance:
    return call.row("id", call.server.tables.instances)


@command(
    "destroyVirtualMachine",
    *("id!", "expunge"),
    job_class=f"{_USER}.DestroyVMCmd",
    about="VirtualMachine",
    prepare=_vm,
)
def destroy_virtual_machine(call: Call) -> t.Any:
    """Stopped and marked; it can be recovered until it is expunged."""
    vm = user_vm(call, "id")
    if vm.state is VmState.STOPPED:
        return _destroyed(call, vm)
    return then_show(call.server.instances.stop(vm, forced=True), _destroyed, call, vm)


def _destroyed(call: Call, vm: Instance) -> Body:
    call.server.instances.change(vm, VmState.DESTROYED, None)
    shown = {"virtualmachine": user_view(call.server, vm)}
    if call.flag("expunge"):
        call.server.tables.remove_instance(vm)
    return shown


@command("recoverVirtualMachine", "id!", id_of=("instances",))
def recover_virtual_machine(call: Call) -> Body:
    vm = user_vm(call, "id")
    if vm.state is VmState.DESTROYED:
        call.server.instances.change(vm, VmState.STOPPED, None)
    return {"virtualmachine": user_view(call.server, vm)}


@command(
    "expungeVirtualMachine",
    "id!",
    job_class="org.apache.cloudstack.api.command.admin.vm.ExpungeVMCmd",
    about="VirtualMachine",
    prepare=_vm,
)
def expunge_virtual_machine(call: Call) -> Body:
    """CloudStack forgets it; the lab leaves its disks where they are."""
    call.server.tables.remove_instance(user_vm(call, "id"))
    return {"success": True}
