# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an instance may go, and what restricts it (``cloudstack.md`` 2.14, 6)."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..errors import invalid
from ..registry import Listing, command
from ..rows import Host, Instance
from ..states import VmState
from ..storage_motion import has_place
from ..views.hosts import host_view
from ..views.instances import owner


@command("findHostsForMigration", "virtualmachineid!", "keyword", "page", "pagesize")
def find_hosts_for_migration(call: Call) -> Listing:
    return Listing("host", hosts_for(call, call.row("virtualmachineid", call.server.tables.instances)))


def hosts_for(call: Call, vm: Instance) -> list[Body]:
    """Every host of the zone but the source, each judged; the order says nothing.

    :raises ApiError: the VM cannot be migrated at all.
    """
    if vm.state is not VmState.RUNNING:
        older = "VM is not Running, cannot migrate the vm with specified id"
        newer = "Instance is not Running, cannot migrate the instance with specified id"
        raise invalid(newer if call.server.profile.since(4, 22) else older)
    if "pciDevice" in vm.offering.details:
        return []
    hosts = [h for h in _candidates(call, vm) if h is not vm.host]
    return [_judged(call, vm, host) for host in hosts]


def _candidates(call: Call, vm: Instance) -> list[Host]:
    """With storage motion all hosts of the zone (of the pod for system VMs), without it those of the cluster."""
    tables = call.server.tables
    if not _moves_storage(call, vm):
        return tables.hosts_of(vm.cluster)
    if vm.is_system:
        return [h for h in tables.hosts if h.cluster.pod is vm.cluster.pod]
    return [h for h in tables.hosts if h.cluster.pod.zone is vm.cluster.pod.zone]


def _moves_storage(call: Call, vm: Instance) -> bool:
    return vm.host is not None and call.server.profile.moves_storage(vm.host.hypervisor_version)


def _judged(call: Call, vm: Instance, host: Host) -> Body:
    elsewhere = host.cluster is not vm.cluster
    local = vm.uses_local_storage
    body = host_view(call.server, host, ("capacity",))
    if call.server.profile.allocated_as_share:
        body["memoryallocated"] = f"{100 * int(body['memoryallocated']) / host.memory_bytes:.2f}%"
    body["requiresStorageMotion"] = elsewhere or local
    reached = not local or (_moves_storage(call, vm) and has_place(call.server, vm, host))
    body["suitableformigration"] = not elsewhere and reached and call.server.planner.suits(vm, host, call.server.now)
    return body


@command(
    "listAffinityGroups",
    "id",
    "name",
    "type",
    "virtualmachineid",
    "listall",
    "projectid",
    "keyword",
    "page",
    "pagesize",
    id_of=("groups",),
)
def list_affinity_groups(call: Call) -> Listing:
    tables = call.server.tables
    rows: list[Body] = [
        {
            "id": group.uuid,
            "name": group.name,
            **owner(call.server),
            "type": group.type,
            "virtualmachineIds": [vm.uuid for vm in tables.members_of(group)],
        }
        for group in tables.groups
    ]
    wanted = {name: call.text(name) for name in ("id", "name", "type") if call.has(name)}
    rows = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    if call.has("virtualmachineid"):
        rows = [row for row in rows if call.text("virtualmachineid") in row["virtualmachineIds"]]
    return Listing("affinitygroup", rows)
