# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The short way to write a large estate: ``count`` hosts, ``count`` pools, ``per_host`` guests.

``{name: xen, count: 3, address: 127.0.1.11}`` stands for xen-1 to xen-3 at 127.0.1.11 to 127.0.1.13.
Of a pool with a count, each copy after the first has the third part of its addresses one higher, and
its name goes before the names of its hosts and guests.
"""

from __future__ import annotations

import ipaddress
import typing as t

if t.TYPE_CHECKING:
    from .estate import HostSpec, PoolSpec, StorageSpec, VmSpec

NEXT_POOL = 256


def single_hosts(pool: PoolSpec) -> PoolSpec:
    """The pool with every host, reference and number of guests written out."""
    groups = {host.name: host.names() for host in pool.hosts}
    hosts = tuple(single for host in pool.hosts for single in _hosts(host))
    spelt = pool.model_copy(update={"hosts": hosts})
    storage = tuple(sr.model_copy(update={"hosts": _all_of(sr.hosts, groups)}) for sr in pool.storage)
    vms = [vm.model_copy(update={"on": _all_of(vm.on, groups)}) for vm in pool.vms]
    return spelt.model_copy(update={"storage": storage, "vms": tuple(_counted(vm, spelt) for vm in vms)})


def _hosts(host: HostSpec) -> t.Iterator[HostSpec]:
    for number, name in enumerate(host.names()):
        values = {"name": name, "address": moved(host.address, number), "count": 1}
        yield host.model_copy(update=values | {"master": host.master and number == 0})


def _all_of(names: tuple[str, ...] | None, groups: dict[str, list[str]]) -> tuple[str, ...] | None:
    return None if names is None else tuple(single for name in names for single in groups.get(name, [name]))


def _counted(vm: VmSpec, pool: PoolSpec) -> VmSpec:
    if vm.per_host is None:
        return vm
    return vm.model_copy(update={"count": vm.per_host * len(pool.hosts_of(vm)), "per_host": None})


def single_pools(pool: PoolSpec) -> list[PoolSpec]:
    """The pools that one entry stands for."""
    return [pool] if pool.count == 1 else [_copy(pool, number) for number in range(1, pool.count + 1)]


def _copy(pool: PoolSpec, number: int) -> PoolSpec:
    name = f"{pool.name}-{number}"
    cluster = pool.cluster.model_copy(update={"name": f"{pool.cluster.name}-{number}"}) if pool.cluster else None
    shift = (number - 1) * NEXT_POOL
    hosts = tuple(
        host.model_copy(update={"name": f"{name}-{host.name}", "address": moved(host.address, shift)})
        for host in pool.hosts
    )
    values = {"name": name, "count": 1, "cluster": cluster, "hosts": hosts}
    storage = tuple(_prefixed(sr, "hosts", name) for sr in pool.storage)
    vms = (_prefixed(vm, "on", name) for vm in pool.vms)
    named = tuple(vm.model_copy(update={"name": f"{name}-{vm.name}"}) for vm in vms)
    return pool.model_copy(update=values | {"storage": storage, "vms": named})


S = t.TypeVar("S", "StorageSpec", "VmSpec")


def _prefixed(spec: S, key: str, pool: str) -> S:
    names = getattr(spec, key)
    return spec.model_copy(update={key: None if names is None else tuple(f"{pool}-{name}" for name in names)})


def moved(address: str, by: int) -> str:
    """The address so many further on.

    :raises ValueError: it leaves the loopback network.
    """
    result = ipaddress.ip_address(address) + by
    if not result.is_loopback:
        raise ValueError(f"the addresses from {address} on leave the loopback network (127.0.0.0/8)")
    return str(result)
