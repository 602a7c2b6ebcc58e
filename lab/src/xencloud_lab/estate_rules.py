# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must fit together in an estate file; a complaint knows the place in the file it is about."""

from __future__ import annotations

import ipaddress
import itertools
import math
import typing as t

from pydantic_core import PydanticCustomError

from .cloudstack.profiles import profile_for
from .cloudstack.settings import Settings
from .xapi.placement import overhead
from .xapi.populate import HOST_OVERHEAD_MIB
from .xapi.profiles import PROFILES

if t.TYPE_CHECKING:
    from .estate import Estate, PoolSpec, StorageSpec, VmSpec

GIB_IN_MIB = 1024
MIB = 1024 * 1024
Place = tuple[str | int, ...]
Named = tuple[str, Place]


def wrong(what: str, *place: str | int) -> PydanticCustomError:
    """A complaint about a place below what is being read."""
    return PydanticCustomError("estate", "{what}", {"what": what, "place": place})


# values -----------------------------------------------------------------------------------


def loopback(value: str) -> str:
    """An address that only this machine reaches: the lab listens nowhere else.

    :raises ValueError: for any other address.
    """
    if not ipaddress.ip_address(value).is_loopback:
        raise ValueError(f"{value} is not a loopback address (127.0.0.0/8)")
    return value


def product(value: str) -> str:
    """A product whose rules are known.

    :raises ValueError: for any other.
    """
    if value not in PROFILES:
        raise ValueError(f"product {value} is not modelled (there are: {', '.join(sorted(PROFILES))})")
    return value


def cloudstack_version(value: str) -> str:
    """A version whose rules are known.

    :raises ValueError: for any other.
    """
    profile_for(value)
    return value


def cloudstack_settings(version: str, settings: dict[str, str]) -> None:
    """Settings that this version has.

    :raises PydanticCustomError: for any other.
    """
    known = Settings({}, version).known
    for name in settings:
        if name not in known:
            raise wrong(f"CloudStack {version} has no setting {name} that is modelled", "settings", name)


# names ------------------------------------------------------------------------------------


def once(what: str, names: t.Iterable[Named]) -> set[str]:
    """The names as a set.

    :raises PydanticCustomError: when one is there twice.
    """
    seen: set[str] = set()
    for name, place in names:
        if name in seen:
            raise wrong(f"{what} {name} is there twice", *place)
        seen.add(name)
    return seen


def known(what: str, names: t.Iterable[str], existing: set[str], *place: str | int) -> None:
    """All names exist.

    :raises PydanticCustomError: when one does not.
    """
    for name in names:
        if name not in existing:
            there = ", ".join(sorted(existing)) or "none"
            raise wrong(f"{what} {name} does not exist (there are: {there})", *place)


# a pool as the file has it ----------------------------------------------------------------


def pool_names(pool: PoolSpec) -> None:
    """Everything that is referred to by name exists, once.

    :raises PydanticCustomError: what does not.
    """
    once("host", [(n, ("hosts", i)) for i, h in enumerate(pool.hosts) for n in h.names()])
    hosts = {name for host in pool.hosts for name in (host.name, *host.names())}
    storage = once("storage", [(sr.name, ("storage", i)) for i, sr in enumerate(pool.storage)])
    masters = [i for i, host in enumerate(pool.hosts) if host.master]
    if len(masters) > 1:
        raise wrong("more than one host is marked as the master", "hosts", masters[1], "master")
    for i, sr in enumerate(pool.storage):
        known(f"storage {sr.name}: host", sr.hosts or (), hosts, "storage", i, "hosts")
    for i, vm in enumerate(pool.vms):
        known(f"VM {vm.name}: host", vm.on or (), hosts, "vms", i, "on")
        known(f"VM {vm.name}: storage", [vm.disk_sr] if vm.disk_sr else [], storage, "vms", i, "disk_sr")
    known("ha: storage", [pool.ha.heartbeat_sr] if pool.ha.heartbeat_sr else [], storage, "ha", "heartbeat_sr")
    _updates(pool)


def _updates(pool: PoolSpec) -> None:
    updates = once("update", [(update.name, ("updates", i)) for i, update in enumerate(pool.updates)])
    for i, update in enumerate(pool.updates):
        known(f"update {update.name}: update", update.requires, updates, "updates", i, "requires")
        known(f"update {update.name}: update", update.conflicts, updates, "updates", i, "conflicts")


# a pool with single hosts -----------------------------------------------------------------


def pool_sense(pool: PoolSpec) -> None:
    """HA has its storage, guests have theirs, and they fit into their hosts.

    :raises PydanticCustomError: what does not.
    """
    once("VM", [(name, ("vms", i)) for i, vm in enumerate(pool.vms) for name in vm.names()])
    _heartbeat(pool)
    _guests_reach_storage(pool)
    _guests_fit(pool)


def _heartbeat(pool: PoolSpec) -> None:
    if not pool.ha.enabled:
        return
    named = next((sr for sr in pool.storage if sr.name == pool.ha.heartbeat_sr), None)
    sr = named or pool.shared_storage()
    place = ("ha", "heartbeat_sr") if named else ("ha",)
    if sr is None:
        raise wrong("HA needs a shared storage for its heartbeat, and the pool has none", *place)
    if not sr.shared and len(pool.hosts) > 1:
        raise wrong(f"HA cannot use storage {sr.name} for its heartbeat: it is not shared", *place)
    if sr.type == "iso":
        raise wrong(f"HA cannot use storage {sr.name} for its heartbeat: it holds ISO images", *place)
    cut_off = [host.name for host in pool.hosts if sr.hosts is not None and host.name not in sr.hosts]
    if cut_off:
        raise wrong(f"HA cannot use storage {sr.name} for its heartbeat: host {cut_off[0]} does not have it", *place)


def _guests_reach_storage(pool: PoolSpec) -> None:
    storage: dict[str, StorageSpec] = {sr.name: sr for sr in pool.storage}
    for i, vm in enumerate(pool.vms):
        sr = storage.get(vm.disk_sr or "")
        for host in vm.on or ():
            if sr is not None and sr.hosts is not None and host not in sr.hosts:
                raise wrong(f"VM {vm.name}: host {host} does not have storage {sr.name}", "vms", i, "disk_sr")


def _guests_fit(pool: PoolSpec) -> None:
    free = {h.name: round((h.memory_gib - h.dom0_gib) * GIB_IN_MIB) - HOST_OVERHEAD_MIB for h in pool.hosts}
    for i, vm in enumerate(pool.vms):
        need = _needed_mib(vm)
        for host in itertools.islice(itertools.cycle(pool.hosts_of(vm)), vm.count) if vm.power == "running" else ():
            free[host] -= need
            if free[host] < 0:
                short = math.ceil(-free[host] / 102.4) / 10
                raise wrong(f"VM {vm.name}: the VMs on host {host} need {short:g} GiB more than it has", "vms", i)


def _needed_mib(vm: VmSpec) -> int:
    memory_mib = round(vm.memory_gib * GIB_IN_MIB)
    return memory_mib + overhead(memory_mib * MIB, vm.vcpus, hvm=True) // MIB


# the whole estate -------------------------------------------------------------------------


def across_pools(written: t.Sequence[PoolSpec], entries: t.Sequence[tuple[int, PoolSpec]]) -> None:
    """Pools, clusters, hosts and addresses are unique; each pool comes with its index in the file.

    :raises PydanticCustomError: what is not.
    """
    once("pool", [(pool.name, (i, "name")) for i, pool in entries])
    once("cluster", [(pool.cluster.name, (i, "cluster")) for i, pool in entries if pool.cluster])
    lines = [[j for j, host in enumerate(pool.hosts) for _name in host.names()] for pool in written]
    hosts = [(host, (i, "hosts", j)) for i, pool in entries for j, host in zip(lines[i], pool.hosts, strict=True)]
    once("host", [(host.name, place) for host, place in hosts])
    once("address", [(host.address, place) for host, place in hosts])


def estate_sense(estate: Estate) -> None:
    """Clusters have their CloudStack, its address is its own, and faults happen to what there is.

    :raises PydanticCustomError: what does not fit.
    """
    if estate.cloudstack is None and any(pool.cluster for pool in estate.pools):
        raise wrong("a pool has a cluster, but there is no cloudstack section", "pools")
    hosts = {host.name: host.address for pool in estate.pools for host in pool.hosts}
    if estate.cloudstack is not None and estate.cloudstack.address in hosts.values():
        raise wrong(f"address {estate.cloudstack.address} is there twice", "cloudstack", "address")
    storage = {sr.name for pool in estate.pools for sr in pool.storage}
    for i, fault in enumerate(estate.faults):
        known(f"fault {fault.kind}: host", [fault.host] if fault.host else [], set(hosts), "faults", i, "host")
        known(f"fault {fault.kind}: storage", [fault.sr] if fault.sr else [], storage, "faults", i, "sr")
