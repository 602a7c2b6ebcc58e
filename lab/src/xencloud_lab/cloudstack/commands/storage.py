# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Offerings, storage pools and volumes."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body, date
from ..filters import keyword_fits, matches
from ..registry import Listing, command
from ..rows import Instance, StoragePool
from ..states import VmState
from ..views.instances import owner
from ..views.offerings import offering_view

_TYPES = {"nfs": "NetworkFilesystem", "lvmoiscsi": "PreSetup", "lvmohba": "PreSetup"}


@command(
    "listServiceOfferings",
    "id",
    "name",
    "issystem",
    "systemvmtype",
    "listall",
    "keyword",
    "page",
    "pagesize",
    id_of=("offerings",),
)
def list_service_offerings(call: Call) -> Listing:
    rows = [
        offering_view(o)
        for o in call.server.tables.offerings
        if bool(o.system_type) == call.flag("issystem")
        and matches(call, id=o.uuid, name=o.name, systemvmtype=o.system_type)
        and keyword_fits(call, o.name)
    ]
    return Listing("serviceoffering", rows)


@command(
    "listStoragePools",
    "id",
    "name",
    "clusterid",
    "podid",
    "zoneid",
    "scope",
    "keyword",
    "page",
    "pagesize",
    id_of=("storage",),
)
def list_storage_pools(call: Call) -> Listing:
    rows = [
        _pool_view(call, pool)
        for pool in call.server.tables.storage
        if matches(
            call,
            id=pool.uuid,
            name=pool.name,
            clusterid=pool.cluster.uuid,
            podid=pool.cluster.pod.uuid,
            zoneid=pool.cluster.pod.zone.uuid,
            scope=_scope(pool),
        )
        and keyword_fits(call, pool.name)
    ]
    return Listing("storagepool", rows)


def _scope(pool: StoragePool) -> str:
    return "CLUSTER" if pool.shared else "HOST"


def _pool_view(call: Call, pool: StoragePool) -> Body:
    used = sum(vm.disk_bytes for vm in call.server.tables.instances if vm.storage is pool)
    pod = pool.cluster.pod
    return {
        "id": pool.uuid,
        "name": pool.name,
        "zoneid": pod.zone.uuid,
        "zonename": pod.zone.name,
        "podid": pod.uuid,
        "podname": pod.name,
        "clusterid": pool.cluster.uuid,
        "clustername": pool.cluster.name,
        "type": _TYPES.get(pool.type, "EXT") if pool.shared else "EXT",
        "scope": _scope(pool),
        "state": "Up",
        "hypervisor": "XenServer",
        "disksizetotal": pool.size_bytes,
        "disksizeallocated": used,
        "created": date(pool.created),
    }


@command(
    "listVolumes",
    "id",
    "virtualmachineid",
    "storageid",
    "hostid",
    "type",
    "listall",
    "projectid",
    "keyword",
    "page",
    "pagesize",
)
def list_volumes(call: Call) -> Listing:
    """One root volume an instance."""
    instances = [vm for vm in call.server.tables.instances if vm.storage is not None]
    rows = [_volume(call, vm) for vm in instances if not vm.is_system or call.has("virtualmachineid")]
    names = ("id", "virtualmachineid", "storageid", "type")
    return Listing("volume", [r for r in rows if matches(call, **{n: r[n] for n in names}) and _on_host(call, r)])


def _on_host(call: Call, row: Body) -> bool:
    if not call.has("hostid"):
        return True
    vm = call.server.tables.instances.get(row["virtualmachineid"])
    return vm is not None and vm.host is not None and vm.host.uuid == call.text("hostid")


def _volume(call: Call, vm: Instance) -> Body:
    pool = vm.storage
    assert pool is not None
    return {
        "id": vm.uuid.replace("-4", "-5", 1),
        "name": f"ROOT-{vm.id}",
        "type": "ROOT",
        "virtualmachineid": vm.uuid,
        "vmname": vm.name,
        "vmstate": str(vm.state),
        "size": vm.disk_bytes,
        "storageid": pool.uuid,
        "storage": pool.name,
        "storagetype": "shared" if pool.shared else "local",
        "state": "Ready",
        "hypervisor": "XenServer",
        "zoneid": pool.cluster.pod.zone.uuid,
        "created": date(vm.created),
        "attached": date(vm.created) if vm.state is not VmState.UNKNOWN else None,
        **owner(call.server),
    }
