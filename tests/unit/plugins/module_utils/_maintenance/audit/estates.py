# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate for tests of the audit: three hosts, one VM of CloudStack's and one of the pool's, nothing wrong."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import (
    CloudPicture,
    Cluster,
    CsHost,
    Instance,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import (
    HaState,
    Host,
    Pool,
    Sr,
    Vm,
)

SHARED = "sr-shared"
NUMBERS = (1, 2, 3)
EVERYWHERE = tuple(f"ref{number}" for number in NUMBERS)
HEARTBEAT = Sr(SHARED, "sr-uuid", "nfs1", True, "nfs", EVERYWHERE, EVERYWHERE, 100_000, can_hold_statefile=True)
HA = HaState(True, {"timeout": "180"}, "sr-uuid", "nfs1", ("state",))
PINNED = {"default_ha_timeout": "180"}


def pool_host(number: int, **more: t.Any) -> Host:
    return Host(
        **{
            "ref": f"ref{number}",
            "uuid": f"uuid{number}",
            "name": f"xen{number}",
            "address": f"192.0.2.{number}",
            "is_master": number == 1,
            "memory_free_mib": 64 * 1024,
            "plugged_srs": (SHARED,),
            "software_version": {"platform_version": "3.4.0", "xapi": "26.1"},
            **more,
        }
    )


def cs_host(number: int, **more: t.Any) -> CsHost:
    return CsHost(
        **{
            "id": f"cs{number}",
            "name": f"xen{number}",
            "ip_address": f"192.0.2.{number}",
            "state": "Up",
            "resource_state": "Enabled",
            "cluster_id": "c1",
            "zone_id": "z1",
            "tags": frozenset(),
            "for_ha_only": False,
            "memory_total_mib": 0,
            "memory_allocated_mib": 0,
            **more,
        }
    )


def vm(name: str, number: int, **more: t.Any) -> Vm:
    return Vm(
        **{
            "ref": f"ref-{name}",
            "uuid": f"uuid-{name}",
            "name": name,
            "power_state": "Running",
            "host": f"ref{number}",
            "memory_mib": 4096,
            "srs": (SHARED,),
            **more,
        }
    )


def instance(name: str, number: int, **more: t.Any) -> Instance:
    return Instance(
        **{
            "id": f"id-{name}",
            "name": f"web of {name}",
            "instance_name": name,
            "kind": "user",
            "state": "Running",
            "host": f"cs{number}",
            "host_name": f"xen{number}",
            "memory_mib": 4096,
            "ha_enabled": True,
            "affinity_groups": (),
            **more,
        }
    )


def pool(**more: t.Any) -> Pool:
    ha = HaState(enabled=True, configuration={"timeout": "180"})
    return Pool(
        **{
            "ref": "pool",
            "uuid": "pool-uuid",
            "name": "pool-a",
            "master": "ref1",
            "ha": ha,
            "hosts": tuple(pool_host(number) for number in NUMBERS),
            "vms": (vm("i-2-7-VM", 2), vm("nfs-helper", 2)),
            "srs": (Sr(SHARED, "sr-uuid", "nfs1", shared=True),),
            **more,
        }
    )


def cloud(**more: t.Any) -> CloudPicture:
    cluster = Cluster("c1", "cluster-a", "z1", "zone", "pod", "Managed", "Enabled")
    return CloudPicture(
        **{
            "version": "4.22.0.0",
            "cluster": cluster,
            "hosts": tuple(cs_host(number) for number in NUMBERS),
            "instances": (instance("i-2-7-VM", 2),),
            "jobs": (),
            **more,
        }
    )


def changed_host(number: int, **more: t.Any) -> Pool:
    return pool(hosts=tuple(pool_host(each, **(more if each == number else {})) for each in NUMBERS))


def changed_cs_host(number: int, **more: t.Any) -> CloudPicture:
    return cloud(hosts=tuple(cs_host(each, **(more if each == number else {})) for each in NUMBERS))


def changed_cluster(**more: t.Any) -> CloudPicture:
    picture = cloud()
    return replace(picture, cluster=replace(picture.cluster, **more))


def hosts(**third: t.Any) -> tuple[t.Any, ...]:
    """Three armed hosts, the third with changes."""
    return tuple(pool_host(n, **{"statefiles": ("state",), **(third if n == 3 else {})}) for n in NUMBERS)


def good(**more: t.Any) -> Pool:
    """A pool that no check complains of."""
    return pool(**{"ha": HA, "hosts": hosts(), "srs": (HEARTBEAT,), "other_config": PINNED, **more})
