# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack import records
from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.picture import cluster_of
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import (
    find_cluster,
    find_host,
    find_instance,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError

HOST = {
    "id": "h1",
    "name": "xcp1",
    "state": "Up",
    "type": "Routing",
    "ipaddress": "192.0.2.11",
    "zoneid": "z1",
    "clusterid": "c1",
    "resourcestate": "Enabled",
    "memorytotal": 134217728000,
    "memoryallocated": 42949672960,
    "hosttags": "gold, fast",
}
CLUSTER = {"id": "c1", "name": "cluster-a", "zonename": "z", "managedstate": "Managed", "allocationstate": "Enabled"}


def test_null_fields_are_missing_and_do_no_harm() -> None:
    host = records.host({"id": "h1", "name": "xcp1"})
    assert (host.state, host.tags, host.memory_total_mib) == ("", frozenset(), 0)


def test_a_host_is_read_with_its_memory_in_mib() -> None:
    host = records.host(HOST)
    assert (host.memory_total_mib, host.memory_allocated_mib) == (128000, 40960)
    assert host.tags == {"gold", "fast"}
    assert host.ready


def test_memory_told_as_a_share_counts_as_unknown() -> None:
    assert records.host({**HOST, "memoryallocated": "12.34%"}).memory_allocated_mib == 0


def test_a_router_has_its_memory_from_its_offering() -> None:
    router = {"id": "r", "name": "r-4-VM", "state": "Running", "hostid": "h1", "serviceofferingid": "so"}
    memory = records.offering_memory([{"id": "so", "memory": 256}])
    read = records.router(router, memory)
    assert (read.kind, read.memory_mib, read.affinity_groups) == ("router", 256, ())


def test_redundant_routers_of_one_network_are_better_apart() -> None:
    def pair(number: int, **more: object) -> str:
        record = {"id": f"r{number}", "name": f"r-{number}-VM", "isredundantrouter": True, **more}
        groups = records.router(record, {}).affinity_groups
        assert all(group.apart and not group.strict for group in groups)
        return groups[0].id

    assert pair(1, guestnetworkid="n") == pair(2, guestnetworkid="n") != pair(3, vpcid="v")


@pytest.mark.parametrize(
    ("kind", "apart", "together", "strict"),
    [
        ("host anti-affinity", True, False, True),
        ("host affinity", False, True, True),
        ("non-strict host anti-affinity", True, False, False),
        ("non-strict host affinity", False, True, False),
        ("ExplicitDedication", False, False, True),
    ],
)
def test_affinity_groups_are_told_apart(kind: str, apart: bool, together: bool, strict: bool) -> None:
    record = {"id": "i", "name": "v", "instancename": "i-2-7-VM", "affinitygroup": [{"id": "g", "type": kind}]}
    group = records.user_vm(record).affinity_groups[0]
    assert (group.apart, group.together, group.strict) == (apart, together, strict)


def test_only_pending_jobs_count() -> None:
    pending = {"jobid": "j", "jobstatus": 0, "cmd": "org.apache.cloudstack.api.command.admin.vm.MigrateVMCmd"}
    job = records.pending_job(pending)
    assert job is not None
    assert job.command == "MigrateVM"
    assert records.pending_job({**pending, "jobstatus": 1}) is None


def test_a_cluster_is_found_by_the_addresses_of_its_hosts() -> None:
    clusters = [records.cluster(CLUSTER), records.cluster({**CLUSTER, "id": "c2"})]
    hosts = [records.host(HOST), records.host({**HOST, "clusterid": "c2", "ipaddress": "192.0.2.21"})]
    assert cluster_of(clusters, hosts, ["192.0.2.21", "192.0.2.22"]).id == "c2"


def test_addresses_that_two_zones_use_need_a_named_cluster() -> None:
    clusters = [records.cluster(CLUSTER), records.cluster({**CLUSTER, "id": "c2"})]
    hosts = [records.host(HOST), records.host({**HOST, "clusterid": "c2"})]
    with pytest.raises(MaintenanceError, match="more than one cluster"):
        cluster_of(clusters, hosts, ["192.0.2.11"])


def test_addresses_that_nobody_has_are_listed() -> None:
    with pytest.raises(MaintenanceError, match=r"192\.0\.2\.99"):
        cluster_of([records.cluster(CLUSTER)], [records.host(HOST)], ["192.0.2.99"])


@pytest.mark.parametrize("wanted", ["h1", "xcp1", "192.0.2.11"])
def test_a_host_is_found_by_id_name_or_address(wanted: str) -> None:
    assert find_host([records.host(HOST)], wanted).id == "h1"


def test_what_is_absent_or_ambiguous_is_listed() -> None:
    twins = [records.host(HOST), records.host({**HOST, "id": "h2", "ipaddress": "192.0.2.12"})]
    with pytest.raises(MaintenanceError, match=r"h1 at 192\.0\.2\.11, h2 at 192\.0\.2\.12"):
        find_host(twins, "xcp1")
    with pytest.raises(MaintenanceError, match="It has xcp1"):
        find_host([records.host(HOST)], "xen9")
    with pytest.raises(MaintenanceError, match="It has cluster-a"):
        find_cluster([records.cluster(CLUSTER)], "cluster-b")


def test_an_instance_name_beats_a_display_name() -> None:
    first = records.user_vm({"id": "1", "name": "web", "instancename": "i-2-1-VM"})
    second = records.user_vm({"id": "2", "name": "i-2-1-VM", "instancename": "i-2-2-VM"})
    assert find_instance([first, second], "i-2-1-VM").id == "1"
