# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why CloudStack would not take a pool's hosts, and when they are in (cloudstack.md 1.3, 2.7)."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cloud_joining import (
    Membership,
    adding_obstacle,
    awaited,
    explained,
    find_member,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import Cluster, CsHost
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Host, Pool

HOSTS = tuple(Host(ref=f"h{n}", uuid=f"u{n}", name=f"xen0{n}", address=f"192.0.2.{n}") for n in (1, 2, 3))
POOL = Pool(ref="p", uuid="u", name="pool-a", master="h1", hosts=HOSTS)
CLUSTER = Cluster("c1", "cluster-a", "z1", "zone1", "pod1", "Managed", "Enabled")


def cloud(number: int, cluster: str = "c1", state: str = "Up", **more: t.Any) -> CsHost:
    values = {"resource_state": "Enabled", "zone_id": "z1", **more}
    return CsHost(
        id=f"id{number}",
        name=f"xen0{number}",
        ip_address=f"192.0.2.{number}",
        state=state,
        cluster_id=cluster,
        tags=frozenset(),
        for_ha_only=False,
        memory_total_mib=1,
        memory_allocated_mib=0,
        **values,
    )


def membership(*hosts: CsHost, cluster: Cluster | None = CLUSTER, pool: Pool = POOL) -> Membership:
    return Membership(pool, cluster, hosts)


def test_what_is_missing_comes_with_any_member() -> None:
    assert [host.name for host in membership(cloud(1), cloud(2)).missing] == ["xen03"]
    assert [host.name for host in membership(cluster=None).missing] == ["xen01", "xen02", "xen03"]


def test_a_host_outside_of_the_pool_is_told_what_only_cloudstacks_log_would_say_s5() -> None:
    assert find_member(POOL, "192.0.2.3").name == "xen03"
    with pytest.raises(MaintenanceError, match="Please join the host to XS pool"):
        find_member(POOL, "192.0.2.9")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (membership(cloud(7)), "has the hosts of another pool (xen07)"),
        (membership(cloud(1), cloud(2, cluster="c2")), "in another cluster already (xen02 at 192.0.2.2)"),
        (membership(cloud(1), cluster=replace(CLUSTER, managed_state="Unmanaged")), "is Unmanaged"),
    ],
)
def test_an_obstacle_is_known_before_anybody_asks(given: Membership, text: str) -> None:
    assert text in str(adding_obstacle(given))


@pytest.mark.parametrize(
    "given",
    [
        membership(cloud(1)),
        membership(),
        membership(cluster=None),
        membership(cloud(1), cloud(2), cloud(3), cluster=replace(CLUSTER, managed_state="Unmanaged")),
        # Another zone may use the same addresses.
        membership(cloud(1), cloud(2, cluster="c2", zone_id="z2")),
    ],
)
def test_nothing_is_made_up(given: Membership) -> None:
    assert adding_obstacle(given) is None


def test_a_bare_refusal_names_the_cause_or_what_it_is_not() -> None:
    assert "another pool" in explained(membership(cloud(7)), "192.0.2.1", "Unable to add the host")
    assert "none of these" in explained(membership(cloud(1)), "192.0.2.1", "Unable to add the host")


def test_added_hosts_are_awaited_and_hosts_out_of_service_are_not() -> None:
    added = {"192.0.2.3"}
    assert awaited(membership(cloud(1), cloud(2)), added) == "CloudStack does not list xen03"
    assert awaited(membership(cloud(1), cloud(2), cloud(3, state="Connecting")), added) == "xen03 is Connecting"
    assert awaited(membership(cloud(1), cloud(2, state="Alert"), cloud(3)), added) == "xen02 is Alert"
    resting = replace(POOL, hosts=(HOSTS[0], replace(HOSTS[1], enabled=False), HOSTS[2]))
    assert awaited(membership(cloud(1), cloud(2, state="Alert"), cloud(3), pool=resting), added) is None
