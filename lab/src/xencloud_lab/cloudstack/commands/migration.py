# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live migration by the operator's order (``cloudstack.md`` 2.13).

With an explicit host nobody asks the planner: neither capacity nor affinity is checked.
"""

from __future__ import annotations

import typing as t

from .. import storage_motion
from ..call import Call
from ..envelope import Body
from ..errors import invalid, not_modelled, refused
from ..later import then_show
from ..registry import command
from ..rows import Host, Instance, StoragePool
from ..states import Resource, Status, VmState
from ..views.instances import system_view, user_view
from .instances import user_vm

_NOT_HERE = (
    "Cannot migrate VM, VM is already present on this host, please specify valid destination host to migrate the VM"
)


def _vm(call: Call) -> Instance:
    vm = call.row("virtualmachineid", call.server.tables.instances)
    target = call.row_if_given("hostid", call.server.tables.hosts)
    if target is not None and call.server.profile.queues_by_target:
        call.queue = f"migrations to {target.uuid}"
    return vm


@command(
    "migrateVirtualMachine",
    *("virtualmachineid!", "hostid", "storageid", "autoselect"),
    job_class="org.apache.cloudstack.api.command.admin.vm.MigrateVMCmd",
    about="VirtualMachine",
    prepare=_vm,
)
def migrate_virtual_machine(call: Call) -> t.Any:
    vm = user_vm(call, "virtualmachineid")
    return _migrate(call, vm, _show_user)


@command(
    "migrateSystemVm",
    *("virtualmachineid!", "hostid", "storageid", "autoselect"),
    job_class="org.apache.cloudstack.api.command.admin.systemvm.MigrateSystemVMCmd",
    about="SystemVm",
    prepare=_vm,
)
def migrate_system_vm(call: Call) -> t.Any:
    """Routers too; on newer versions an explicit host needs storage motion for the host's version."""
    vm = call.row("virtualmachineid", call.server.tables.instances)
    source = vm.host
    if source is not None and call.has("hostid") and call.server.profile.has_autoselect:
        _check_storage_motion(call, source)
    return _migrate(call, vm, _show_system)


@command(
    "migrateVirtualMachineWithVolume",
    *("virtualmachineid!", "hostid", "migrateto", "autoselect"),
    job_class="org.apache.cloudstack.api.command.admin.vm.MigrateVirtualMachineWithVolumeCmd",
    about="VirtualMachine",
    prepare=_vm,
)
def migrate_virtual_machine_with_volume(call: Call) -> t.Any:
    """A disk that the target does not see goes along, to the storage of ``migrateto`` or one that fits."""
    vm = user_vm(call, "virtualmachineid")
    target = _target(call, vm)
    source = t.cast(Host, vm.host)
    _check_storage_motion(call, source)
    _check_with_volume(vm, source, target)
    place = _wanted_storage(call) or storage_motion.place_for(call.server, vm, target)
    return then_show(storage_motion.migrate(call.server, vm, target, place), _show_user, call, vm)


def _check_with_volume(vm: Instance, source: Host, target: Host) -> None:
    if target is source:
        raise invalid(_NOT_HERE)
    if target.cluster is not vm.cluster:
        raise not_modelled("migration to another cluster")
    if target.status is not Status.UP or target.resource is not Resource.ENABLED:
        states = f"has status: {target.status}, state: {target.resource}"
        named = f"{target.name} (ID: {target.uuid})"
        raise refused(f"Cannot migrate VM, destination host {named} is not in correct state, {states}")


def _wanted_storage(call: Call) -> StoragePool | None:
    """``migrateto[0].pool``; an instance has one disk, so nobody asks for which."""
    given = call.starting_with("migrateto[")
    pools = [value for name, value in given.items() if name.endswith(".pool")]
    if not pools:
        return None
    found = call.server.tables.storage.get(pools[0])
    if found is None:
        raise invalid(f"Unable to find storage pool with ID: {pools[0]}")
    return found


def _check_storage_motion(call: Call, source: Host) -> None:
    if not call.server.profile.moves_storage(source.hypervisor_version):
        raise refused(f"Migration with storage isn't supported for source host {source.uuid}")


def _migrate(call: Call, vm: Instance, show: t.Callable[..., Body]) -> t.Any:
    if call.has("hostid") and call.has("storageid"):
        raise invalid("Only one of hostId and storageId can be specified")
    if call.has("storageid"):
        raise not_modelled("migration to another storage pool")
    target = _target(call, vm)
    source = t.cast(Host, vm.host)
    _check(call, vm, source, target)
    return then_show(call.server.instances.migrate(vm, target), show, call, vm)


def _target(call: Call, vm: Instance) -> Host:
    if vm.state is not VmState.RUNNING or vm.host is None or vm.busy:
        raise invalid("VM is not Running, unable to migrate the vm with specified id")
    target = call.row_if_given("hostid", call.server.tables.hosts)
    if target is not None:
        return target
    if not call.server.profile.has_autoselect:
        raise invalid("Either hostId or storageId must be specified")
    return call.server.planner.choose(vm, call.server.now)


def _check(call: Call, vm: Instance, source: Host, target: Host) -> None:
    """What CloudStack looks at before it migrates.

    :raises ApiError: the first thing that is wrong.
    """
    if "pciDevice" in vm.offering.details:
        raise invalid("Live Migration of GPU enabled VM is not supported")
    if target is source:
        raise invalid(_NOT_HERE)
    if source.resource is Resource.PREPARE:
        why = "is not allowed as host is preparing for maintenance mode"
        raise invalid(f"Migrate VM operation on the VM: {vm.display_name} {why}")
    if target.status is not Status.UP or target.resource is not Resource.ENABLED:
        states = f"has status: {target.status}, state: {target.resource}"
        raise invalid(f"Cannot migrate VM, destination host is not in correct state, {states}")
    if vm.uses_local_storage:
        raise invalid(
            "Unsupported operation, VM uses Local storage, cannot migrate. Use API migrateVirtualMachineWithVolume"
        )
    if target.cluster is not vm.cluster:
        raise invalid("Cannot migrate VM across clusters: its storage is not available there")
    if call.server.planner.missing_strict_tags(vm, target):
        raise invalid(f"Cannot deploy VM, destination host: {target.name} is not compatible for the VM")
    if not call.server.planner.below_guest_limit(target):
        limit = "already has max Running VMs(count includes system VMs), cannot migrate to this host"
        raise refused(f"Destination host: {target.name} {limit}")


def _show_user(call: Call, vm: Instance) -> Body:
    return {"virtualmachine": user_view(call.server, vm)}


def _show_system(call: Call, vm: Instance) -> Body:
    return {"systemvm": system_view(call.server, vm)}
