# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate lets nobody go on while something is wrong, and names all of it."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import (
    CloudPicture,
    Cluster,
    CsHost,
    Instance,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Host, Pool, Sr, Vm
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.gates import expected_of, faults

NFS = Sr(ref="sr", uuid="sr-uuid", name="nfs-ha", shared=True)


def host(number: int, **changes: t.Any) -> Host:
    base = Host(ref=f"h{number}", uuid=f"u{number}", name=f"xen0{number}", address=f"192.0.2.{number}", boot_time=100.0)
    return replace(base, **{"plugged_srs": ("sr",), **changes})


def pool(*hosts: Host, vms: tuple[Vm, ...] = ()) -> Pool:
    return Pool(ref="p", uuid="pu", name="pool-a", master=hosts[0].ref, hosts=hosts, vms=vms, srs=(NFS,))


def guest(name: str, on: str, **changes: t.Any) -> Vm:
    return replace(Vm(ref=name, uuid=name, name=name, power_state="Running", host=on), **changes)


def seen(number: int, state: str = "Up", resource_state: str = "Enabled") -> CsHost:
    return CsHost(
        id=f"c{number}",
        name=f"xen0{number}",
        ip_address=f"192.0.2.{number}",
        state=state,
        resource_state=resource_state,
        cluster_id="c",
        tags=frozenset(),
        for_ha_only=False,
        memory_total_mib=65536,
        memory_allocated_mib=0,
    )


def instance(name: str, state: str = "Running") -> Instance:
    return Instance(
        id=name,
        name=name,
        instance_name=name,
        kind="user",
        state=state,
        host="c1",
        host_name="xen01",
        memory_mib=1024,
        ha_enabled=True,
        affinity_groups=(),
    )


def cloud(*hosts: CsHost, instances: tuple[Instance, ...] = ()) -> CloudPicture:
    cluster = Cluster("c", "cluster-a", "z", "zone1", "pod1", "Managed", "Enabled")
    return CloudPicture("4.22.0.0", cluster, hosts, instances, ())


BEFORE_POOL = pool(host(1), host(2), vms=(guest("i-2-3-VM", "h1"), guest("dom0", "h1", is_control_domain=True)))
BEFORE_CLOUD = cloud(seen(1), seen(2), instances=(instance("i-2-3-VM"), instance("i-2-4-VM", "Stopped")))
EXPECTED = expected_of(BEFORE_POOL, BEFORE_CLOUD)
DONE = ("192.0.2.2",)


def test_what_was_well_before_is_well() -> None:
    assert faults(BEFORE_POOL, BEFORE_CLOUD, EXPECTED, DONE) == []


def test_only_what_ran_is_expected_to_run() -> None:
    assert EXPECTED["pool_vms"] == ["i-2-3-VM"]
    assert EXPECTED["cloudstack_vms"] == ["i-2-3-VM"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"live": False}, "xen02 is not live"),
        ({"enabled": False}, "xen02 is disabled in the pool"),
        ({"patched_at": 200.0}, "xen02 has not been restarted since its update"),
        ({"plugged_srs": ()}, "xen02 has lost its storage nfs-ha"),
    ],
)
def test_a_host_that_is_done_must_be_in_service(changes: dict[str, t.Any], sentence: str) -> None:
    assert faults(pool(host(1), host(2, **changes), vms=BEFORE_POOL.vms), BEFORE_CLOUD, EXPECTED, DONE) == [sentence]


def test_a_host_that_is_not_done_need_only_live() -> None:
    after = pool(host(1, enabled=False), host(2), vms=BEFORE_POOL.vms)
    assert faults(after, BEFORE_CLOUD, EXPECTED, DONE) == []
    assert faults(pool(host(1, live=False), host(2), vms=BEFORE_POOL.vms), BEFORE_CLOUD, EXPECTED, DONE) == [
        "xen01 is not live"
    ]


def test_cloudstack_must_see_a_done_host_up_and_enabled() -> None:
    after = cloud(seen(1), seen(2, "Alert"), instances=BEFORE_CLOUD.instances)
    assert faults(BEFORE_POOL, after, EXPECTED, DONE) == ["xen02 is Alert and Enabled in CloudStack"]
    after = cloud(seen(1), instances=BEFORE_CLOUD.instances)
    assert faults(BEFORE_POOL, after, EXPECTED, DONE) == ["xen02 is unknown to CloudStack"]


def test_a_vm_that_stopped_in_the_pool_or_in_cloudstack_is_named() -> None:
    stopped = pool(host(1), host(2), vms=(guest("i-2-3-VM", "h1", power_state="Halted"),))
    assert faults(stopped, BEFORE_CLOUD, EXPECTED, DONE) == ["the VM i-2-3-VM no longer runs in the pool"]
    after = cloud(seen(1), seen(2), instances=(instance("i-2-3-VM", "Stopped"),))
    assert faults(BEFORE_POOL, after, EXPECTED, DONE) == ["the VM i-2-3-VM is Stopped in CloudStack"]
