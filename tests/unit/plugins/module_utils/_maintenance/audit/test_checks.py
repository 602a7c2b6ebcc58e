# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.checks import preflight
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import (
    Finding,
    Mode,
    Scope,
    refuse_blocked,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import (
    AffinityGroup,
    CloudPicture,
    Job,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import (
    HaState,
    Pool,
    XapiTask,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.facts import Facts
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import Estate, match
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import Lock, UndoEntry
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.schedule import (
    Task,
    order_of,
    schedule,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.audit.estates import (
    NUMBERS,
    SHARED,
    changed_cluster,
    changed_cs_host,
    changed_host,
    cloud,
    cs_host,
    instance,
    pool,
    vm,
)


def scope(mode: Mode = "patch", work: t.Iterable[int] = NUMBERS, ours: t.Iterable[str] = ()) -> Scope:
    return Scope(mode, frozenset(f"ref{number}" for number in work), frozenset(ours))


def blockers(estate: Estate, where: Scope | None = None) -> list[tuple[str, str]]:
    found = preflight(estate, where or scope())
    return [(finding.code, finding.object) for finding in found if finding.severity == "blocker"]


def test_a_healthy_estate_has_nothing_in_the_way() -> None:
    assert preflight(match(pool(), cloud()), scope()) == []


MODES: list[tuple[Mode, set[str]]] = [("patch", {"xen1"}), ("reboot", set()), ("drain", set())]
STANDS_IN_THE_WAY: list[tuple[str, str, Pool, CloudPicture]] = [
    ("host_unknown_to_cloudstack", "xen3", pool(), cloud(hosts=(cs_host(1), cs_host(2)))),
    ("host_unknown_to_pool", "xen4", pool(), cloud(hosts=tuple(cs_host(n) for n in (1, 2, 3, 4)))),
    ("host_dead", "xen3", changed_host(3, live=False), cloud()),
    ("host_disabled", "xen3", changed_host(3, enabled=False), cloud()),
    ("host_not_up", "xen3", pool(), changed_cs_host(3, state="Alert")),
    ("host_not_enabled", "xen3", pool(), changed_cs_host(3, resource_state="Disabled")),
    ("host_in_maintenance", "xen3", pool(), changed_cs_host(3, resource_state="ErrorInMaintenance")),
    ("cluster_unmanaged", "cluster-a", pool(), changed_cluster(managed_state="Unmanaged")),
    ("cluster_disabled", "cluster-a", pool(), changed_cluster(allocation_state="Disabled")),
    (
        "two_captains",
        "web of i-2-7-VM",
        pool(vms=(vm("i-2-7-VM", 2, ha_restart_priority="restart"),)),
        cloud(),
    ),
    ("vm_in_transition", "web of i-2-7-VM", pool(), cloud(instances=(instance("i-2-7-VM", 2, state="Migrating"),))),
    ("vm_elsewhere", "web of i-2-7-VM", pool(), cloud(instances=(instance("i-2-7-VM", 3),))),
    ("vm_missing", "web of i-9-9-VM", pool(), cloud(instances=(instance("i-2-7-VM", 2), instance("i-9-9-VM", 1)))),
    ("pool_busy", "pool-a", pool(current_operations={"task": "ha_enable"}), cloud()),
    ("task_running", "pool-a", pool(tasks=(XapiTask("t", "Async.VM.pool_migrate"),)), cloud()),
    ("job_running", "xen2", pool(), cloud(jobs=(Job("j", "PrepareForHostMaintenance", "", "Host", "cs2"),))),
    ("storage_unplugged", "xen2", changed_host(2, unplugged_srs=(SHARED,)), cloud()),
]


@pytest.mark.parametrize(
    ("code", "thing", "a_pool", "a_cloud"), STANDS_IN_THE_WAY, ids=[x[0] for x in STANDS_IN_THE_WAY]
)
def test_what_stands_in_the_way_is_found(code: str, thing: str, a_pool: Pool, a_cloud: CloudPicture) -> None:
    assert (code, thing) in blockers(match(a_pool, a_cloud))


def test_the_calls_cloudstack_makes_every_minute_are_no_obstacle() -> None:
    assert blockers(match(pool(tasks=(XapiTask("t", "host.call_plugin"),)), cloud())) == []


def test_a_job_of_another_cluster_is_no_obstacle() -> None:
    assert blockers(match(pool(), cloud(jobs=(Job("j", "StartVM", "", "VirtualMachine", "elsewhere"),)))) == []


def test_a_priority_on_a_vm_of_the_pool_alone_is_its_owners_business() -> None:
    helper = vm("nfs-helper", 2, ha_restart_priority="restart")
    assert blockers(match(pool(vms=(vm("i-2-7-VM", 2), helper)), cloud())) == []


def test_what_this_run_changed_itself_does_not_stop_it() -> None:
    a_pool, a_cloud = (
        changed_host(3, enabled=False),
        changed_cs_host(3, state="Disconnected", resource_state="Maintenance"),
    )
    assert blockers(match(a_pool, a_cloud), scope(ours=["192.0.2.3"])) == []


def test_a_drain_is_not_stopped_by_a_host_it_does_not_touch() -> None:
    estate = match(changed_host(3, enabled=False), changed_cs_host(3, resource_state="Maintenance"))
    assert blockers(estate, scope("drain", [2])) == []


def test_a_host_that_is_empty_and_out_of_service_can_be_asked_to_be() -> None:
    estate = match(
        changed_host(3, enabled=False), changed_cs_host(3, resource_state="Maintenance", state="Disconnected")
    )
    assert blockers(estate, scope("drain", [3])) == []


def test_a_disabled_host_with_guests_is_not_emptied_behind_somebodys_back() -> None:
    estate = match(changed_host(2, enabled=False), cloud())
    assert ("host_disabled", "xen2") in blockers(estate, scope("drain", [2]))


def test_the_last_usable_host_cannot_be_emptied() -> None:
    estate = match(pool(), cloud(hosts=(cs_host(1, for_ha_only=True), cs_host(2), cs_host(3, state="Alert"))))
    assert ("no_target", "xen2") in blockers(estate, scope("drain", [2]))


def test_all_blockers_come_in_one_message() -> None:
    found = preflight(match(changed_host(3, live=False), changed_cluster(managed_state="Unmanaged")), scope())
    with pytest.raises(MaintenanceError) as caught:
        refuse_blocked("pool-a", found)
    assert "2 things stand in the way; this run has changed nothing" in caught.value.message
    assert "xen3" in caught.value.message
    assert "cluster-a" in caught.value.message


def test_a_warning_among_blockers_is_marked_because_it_is_not_counted() -> None:
    found = [Finding("a", "blocker", "xen01", "it is dead", "Repair it."), Finding("b", "warning", "x", "odd", "Look.")]
    with pytest.raises(MaintenanceError, match="1 thing stands in the way") as caught:
        refuse_blocked("pool-a", found)
    assert caught.value.message.splitlines()[1:] == ["- xen01: it is dead. Repair it.", "- warning: x: odd. Look."]


def test_vms_are_matched_by_their_internal_name_and_keep_their_captain() -> None:
    estate = match(pool(), cloud())
    plan = schedule(estate, Task("drain", (estate.pool.host("ref2"),))).as_dict()
    moves = {move["name"]: move for move in plan["hosts"][0]["moves"]}
    assert moves["web of i-2-7-VM"]["captain"] == "cloudstack"
    assert moves["web of i-2-7-VM"]["vm"] == "id-i-2-7-VM"
    assert (moves["nfs-helper"]["captain"], moves["nfs-helper"]["kind"]) == ("xapi", "pool")
    assert plan["hosts"][0]["xapi_moves"] == [{"vm": "uuid-nfs-helper", "host": moves["nfs-helper"]["target"]}]


def test_a_new_version_reaches_the_master_first_and_a_restart_reaches_it_last() -> None:
    estate = match(pool(), cloud())
    hosts = estate.pool.hosts
    patch = schedule(estate, Task("patch", hosts, due=frozenset(host.ref for host in hosts))).as_dict()
    reboot = schedule(estate, Task("reboot", hosts)).as_dict()
    assert [host["is_master"] for host in patch["hosts"]] == [True, False, False]
    assert [host["is_master"] for host in reboot["hosts"]] == [False, False, True]
    assert patch["hosts"][0]["still_to_do"] == [host["address"] for host in patch["hosts"][1:]]


def test_only_a_master_that_gets_a_new_version_needs_an_unmanaged_window() -> None:
    estate = match(pool(), cloud())
    hosts = estate.pool.hosts
    for mode, needed in MODES:
        plan = schedule(estate, Task(mode, hosts, due=frozenset(host.ref for host in hosts))).as_dict()
        windows = {host["name"] for host in plan["hosts"] if host["unmanaged_window"]}
        assert windows == needed


def test_only_a_master_that_restarts_at_its_version_gives_its_role_away() -> None:
    estate = match(changed_host(2, unplugged_srs=(SHARED,)), cloud())
    hosts = estate.pool.hosts
    expected: list[tuple[Mode, set[tuple[str, str]]]] = [
        ("patch", set()),
        ("reboot", {("xen1", "xen3")}),
        ("drain", set()),
    ]
    for mode, heirs in expected:
        plan = schedule(estate, Task(mode, hosts, due=frozenset(host.ref for host in hosts))).as_dict()
        assert {(host["name"], host["new_master_name"]) for host in plan["hosts"] if host["new_master"]} == heirs


def mixed(*, since_s: int = 0, ended: bool = False) -> Estate:
    """Versions differ, and a run is working on it, has died or has ended red."""
    lock = {"id": "r1", "owner": "ann", "nonce": "n", "operation": "rolling_patch", "started": 1000, "lease": 60}
    undo = {"kind": "pool_ha", "object": "pool-a", "before": None, "at": 1000}
    keys = {"lock": json.dumps(lock), "undo.001": json.dumps(undo), **({"ended": "1"} if ended else {})}
    config = {f"xencloud.maintenance.{key}": value for key, value in keys.items()}
    left = pool(other_config={"rolling_upgrade_in_progress": "true", **config})
    return replace(match(left, cloud()), facts=Facts(now=1000 + since_s))


def weight_of_mixed(estate: Estate, wanted: Scope | None = None) -> list[str]:
    found = preflight(estate, wanted or replace(scope(), ours=frozenset({"pool-a"})))
    return [each.severity for each in found if each.code == "mixed_versions"]


def test_a_mixed_pool_is_news_only_outside_a_run_that_lives() -> None:
    assert weight_of_mixed(mixed(since_s=10)) == ["info"]
    assert weight_of_mixed(mixed(since_s=61)) == ["warning"]
    assert weight_of_mixed(mixed(since_s=10, ended=True)) == ["warning"]
    assert weight_of_mixed(mixed(since_s=61), replace(scope(), run_id="r1")) == ["info"]


@pytest.mark.parametrize("left_off", [False, True])
def test_nobody_joins_a_mixed_pool_whose_ha_could_not_be_restored(left_off: bool) -> None:
    estate = match(
        pool(ha=HaState(enabled=not left_off), other_config={"rolling_upgrade_in_progress": "true"}), cloud()
    )
    member = estate.pool.hosts[0].address
    joining = Scope("add_host", ha_left_off=left_off, asked={"hosts": [member, "192.0.2.99"]})
    assert weight_of_mixed(estate, joining) == ["blocker"]
    assert weight_of_mixed(estate, replace(joining, asked={"hosts": [member]})) == ["warning"]
    off = replace(estate, pool=replace(estate.pool, ha=HaState(enabled=False)))
    assert weight_of_mixed(off, replace(joining, ha_left_off=False)) == ["warning"]


def test_without_any_target_the_vms_are_not_complained_of_one_by_one() -> None:
    estate = match(pool(), cloud())
    made = schedule(estate, Task("drain", estate.pool.hosts))
    assert list(made.findings()) == []
    assert ("no_target", "xen2") in blockers(estate, made.task.scope())


def test_no_member_is_patched_before_a_master_that_needs_it() -> None:
    estate = match(pool(), cloud())
    due = frozenset(host.ref for host in estate.pool.hosts)
    made = schedule(estate, Task("patch", (estate.pool.host("ref2"),), due=due))
    assert [finding.code for finding in made.findings()] == ["master_first"]


def test_a_patch_run_takes_the_hosts_that_are_due_and_a_reboot_run_all() -> None:
    estate = match(pool(), cloud())
    assert [host.name for host in order_of("patch", estate, (), frozenset({"ref2"}))] == ["xen2"]
    assert [host.name for host in order_of("reboot", estate, (), frozenset())] == ["xen1", "xen2", "xen3"]


def test_a_vm_that_fits_nowhere_is_named_with_what_it_misses() -> None:
    big = vm("i-2-7-VM", 2, memory_mib=128 * 1024)
    estate = match(pool(vms=(big,)), cloud())
    found = list(schedule(estate, Task("drain", (estate.pool.host("ref2"),))).findings())
    assert [(finding.code, finding.object) for finding in found] == [("no_memory", "web of i-2-7-VM")]
    assert "MiB are missing" in found[0].text


def test_a_vm_on_local_storage_has_no_place() -> None:
    estate = match(pool(vms=(vm("i-2-7-VM", 2, srs=("sr-local",)),)), cloud())
    found = list(schedule(estate, Task("drain", (estate.pool.host("ref2"),))).findings())
    assert [finding.code for finding in found] == ["no_place"]


def test_an_anti_affinity_group_of_cloudstack_is_kept() -> None:
    group = (AffinityGroup("g1", "db", "host anti-affinity"),)
    a_pool = pool(vms=(vm("i-2-1-VM", 2), vm("i-2-2-VM", 1)))
    a_cloud = cloud(
        instances=(instance("i-2-1-VM", 2, affinity_groups=group), instance("i-2-2-VM", 1, affinity_groups=group))
    )
    plan = schedule(match(a_pool, a_cloud), Task("drain", (a_pool.host("ref2"),))).as_dict()
    assert plan["hosts"][0]["moves"][0]["target_name"] == "xen3"


def test_a_host_that_cloudstack_keeps_for_ha_is_no_target() -> None:
    estate = match(pool(), changed_cs_host(3, for_ha_only=True))
    plan = schedule(estate, Task("drain", (estate.pool.host("ref2"),))).as_dict()
    assert {move["target_name"] for move in plan["hosts"][0]["moves"]} == {"xen1"}


def test_hosts_that_need_nothing_are_done() -> None:
    estate = match(pool(), cloud())
    plan = schedule(estate, Task("patch", (estate.pool.host("ref2"),), due=frozenset({"ref2"}))).as_dict()
    assert plan["done"] == ["xen1", "xen3"]


def test_ha_that_an_earlier_run_left_off_is_told_beside_what_blocks_this_one() -> None:
    estate = match(pool(ha=HaState(enabled=False)), cloud())
    left = replace(scope(), ha_left_off=True)
    assert [finding.code for finding in preflight(estate, left)] == ["ha_left_off"]
    assert [finding.code for finding in preflight(estate, scope())] == ["ha_off"]


def test_while_versions_are_mixed_nobody_is_sent_to_take_ha_back() -> None:
    estate = match(pool(ha=HaState(enabled=False), other_config={"rolling_upgrade_in_progress": "true"}), cloud())
    found = [each for each in preflight(estate, replace(scope(), ha_left_off=True)) if each.code == "ha_left_off"]
    assert [("take_back" in each.remedy, "Finish the patch run" in each.remedy) for each in found] == [(False, True)]


def test_ha_that_a_run_has_switched_off_is_its_to_switch_on() -> None:
    """Whoever followed the usual advice now and enabled HA would break into the run's work."""
    lock = Lock("r1", "ann", "n", "rolling_patch", 1, 600).as_json()
    note = UndoEntry("u", "pool_ha", "pool-a", {}, 1).as_json()
    held = {"xencloud.maintenance.lock": lock, "xencloud.maintenance.undo.001": note}
    estate = match(pool(ha=HaState(enabled=False), other_config=held), cloud())
    (found,) = [each for each in preflight(estate, scope()) if each.code == "ha_off"]
    assert "off for run r1 (rolling_patch) of ann" in found.text
    assert "xapi_pool_ha" not in found.remedy
