# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an estate stands: one state, one finding."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.captains import captains_of
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.checks import (
    STANDING,
    preflight,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import Policy, Scope
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import HaState, Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.facts import (
    Bond,
    Certificate,
    Facts,
    Interface,
    Message,
    Refusal,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ladder.facts import Voice
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import Estate, match
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.audit.estates import (
    EVERYWHERE,
    HA,
    HEARTBEAT,
    PINNED,
    changed_cluster,
    cloud,
    cs_host,
    good,
    hosts,
    instance,
    vm,
)

DAY_S = 86400
NOW = 1_800_000_000
LOOKING = Scope("audit")
SETTINGS = {"xenserver.heartbeat.timeout": "200", "vm.ha.enabled": "true"}


def estate(of: Pool | None = None, **facts: t.Any) -> Estate:
    known = Facts(**{"now": NOW, "settings": SETTINGS, **facts})
    return replace(match(of or good(), cloud()), facts=known)


def seen(of: Estate, scope: Scope = LOOKING) -> list[tuple[str, str, str]]:
    return [(each.severity, each.code, each.object) for each in preflight(of, scope, STANDING)]


def test_nothing_is_said_of_an_estate_that_stands_well() -> None:
    assert seen(estate()) == []


def ha(**more: t.Any) -> Pool:
    return good(ha=replace(HA, **more))


def record(more: dict[str, str] | None = None, lease: int = 600) -> Pool:
    lock = {"id": "r1", "owner": "ann", "nonce": "n", "operation": "rolling_patch", "started": NOW, "lease": lease}
    return good(other_config={**PINNED, "xencloud.maintenance.lock": json.dumps({**lock, "asked": {}}), **(more or {})})


UNDO = json.dumps({"kind": "cluster_managed", "object": "c1", "before": None, "at": NOW})
FULL = replace(HEARTBEAT, free_mib=0)
OFF = HaState(False)
STATES: list[tuple[str, Estate, list[tuple[str, str, str]]]] = [
    ("a short time-out", estate(ha(configuration={"timeout": "60"})), [("warning", "ha_timeout_short", "pool-a")]),
    ("no pin", estate(good(other_config={})), [("info", "ha_timeout_not_pinned", "pool-a")]),
    (
        "CloudStack's heartbeat is shorter",
        estate(settings={"xen.heartbeat.timeout": "120"}),
        [("info", "cloudstack_fences_first", "pool-a")],
    ),
    ("not armed", estate(good(hosts=hosts(statefiles=()))), [("warning", "ha_not_armed", "xen3")]),
    ("a full heartbeat storage", estate(good(srs=(FULL,))), [("warning", "ha_sr_full", "nfs1")]),
    ("no place for a heartbeat", estate(good(ha=OFF, srs=(FULL,))), [("warning", "ha_no_sr", "pool-a")]),
    (
        "a heartbeat storage that one host has lost",
        estate(good(ha=OFF, srs=(replace(HEARTBEAT, plugged_on=EVERYWHERE[:2]),))),
        [("warning", "ha_no_sr", "pool-a")],
    ),
    (
        "overcommitted",
        estate(good(ha=replace(HA, overcommitted=True), vms=(vm("own", 1, ha_restart_priority="restart"),))),
        [("warning", "ha_overcommitted", "pool-a")],
    ),
    ("a plan for nobody", estate(ha(host_failures_to_tolerate=1)), [("info", "ha_plan_idle", "pool-a")]),
    (
        "no licence for HA",
        estate(good(restrictions={"enable_xha": "false"})),
        [("warning", "ha_not_licensed", "pool-a")],
    ),
    (
        "an interface that is out",
        estate(unplugged_interfaces=(("ref2", "eth1"),)),
        [("warning", "interface_unplugged", "xen2")],
    ),
    ("a clock ahead", estate(ahead_s={"ref2": 30.0}), [("warning", "clock_skew", "xen2")]),
    ("a clock behind", estate(ahead_s={"ref2": -30.0}), [("warning", "clock_skew", "xen2")]),
    ("a clock within the limit", estate(ahead_s={"ref2": 5.0}), []),
    ("a silent host", estate(silent={"ref2": "CANNOT_CONTACT_HOST"}), [("blocker", "host_silent", "xen2")]),
    ("a bond", estate(bonds=(Bond("ref1", "bond0", 2, 1),)), [("warning", "bond_degraded", "xen1")]),
    (
        "a certificate that ends",
        estate(certificates=(Certificate("ref1", "host", NOW + 29 * DAY_S),)),
        [("warning", "certificate_expiring", "xen1")],
    ),
    (
        "a certificate that has ended",
        estate(certificates=(Certificate("ref1", "host", NOW - 1),)),
        [("warning", "certificate_expired", "xen1")],
    ),
    ("a certificate that lasts", estate(certificates=(Certificate("ref1", "host", NOW + 31 * DAY_S),)), []),
    (
        "a licence that has ended",
        estate(good(hosts=hosts(licence={"expiry": "20200101T00:00:00Z"}))),
        [("warning", "licence_expired", "xen3")],
    ),
    ("a licence for ever", estate(good(hosts=hosts(licence={"expiry": "never"}))), []),
    (
        "XenCenter's mark",
        estate(good(hosts=hosts(other_config={"MAINTENANCE_MODE": "true"}))),
        [("warning", "xencenter_maintenance", "xen3")],
    ),
    (
        "updated, not restarted",
        estate(good(hosts=hosts(patched_at=9.0, boot_time=5.0))),
        [("info", "restart_pending", "xen3")],
    ),
    (
        "fewer updates",
        estate(good(hosts=(*hosts()[:2], replace(hosts()[2], updates=frozenset({"u1"}))))),
        [
            ("warning", "mixed_levels", "xen1"),
            ("warning", "mixed_levels", "xen2"),
        ],
    ),
    ("balancing", estate(good(balanced=True)), [("info", "wlb_on", "pool-a")]),
    ("DRS", estate(settings={**SETTINGS, "drs.automatic.enable": "true"}), [("info", "drs_on", "cluster-a")]),
    (
        "VMs that start with their host",
        estate(good(other_config={**PINNED, "auto_poweron": "true"}, vms=(vm("i-2-7-VM", 2, starts_with_host=True),))),
        [("info", "auto_power_on", "pool-a")],
    ),
    (
        "CloudStack restarts nothing",
        estate(settings={**SETTINGS, "vm.ha.enabled": "false"}),
        [("warning", "cloudstack_ha_off", "zone")],
    ),
    ("settings that may not be read", estate(settings=None), [("info", "settings_unread", "cluster-a")]),
    (
        "a halted VM that will be protected",
        estate(good(vms=(vm("i-2-7-VM", 2), vm("i-2-9-VM", 2, power_state="Halted", ha_restart_priority="restart")))),
        [("warning", "vm_protected_halted", "i-2-9-VM")],
    ),
    ("a run in flight", estate(record()), [("info", "run_in_flight", "pool-a")]),
    ("a run that died", estate(record(lease=-1)), [("warning", "run_died", "pool-a")]),
    (
        "a run that left something",
        estate(record({"xencloud.maintenance.ended": "1", "xencloud.maintenance.undo.001": UNDO})),
        [("warning", "undo_left", "pool-a")],
    ),
]


@pytest.mark.parametrize(("of", "expected"), [state[1:] for state in STATES], ids=[state[0] for state in STATES])
def test_a_state_has_its_finding_and_no_other(of: Estate, expected: list[tuple[str, str, str]]) -> None:
    assert seen(of) == expected


def with_level(number: int, **more: str) -> Pool:
    """Every host has a kernel, one of them another."""
    same = {**hosts()[0].software_version, "linux": "4.19"}
    return good(
        hosts=tuple(
            replace(h, software_version={**same, **(more if i == number else {})}) for i, h in enumerate(hosts(), 1)
        )
    )


def test_a_level_that_makes_no_mixed_pool_is_told_by_what_differs_from_the_master() -> None:
    assert seen(estate(with_level(3))) == []
    (told,) = preflight(estate(with_level(3, linux="4.20")), LOOKING, STANDING)
    assert (told.code, told.object, "linux is 4.20 and there 4.19" in told.text) == ("mixed_levels", "xen3", True)
    assert seen(estate(with_level(3, linux="4.20", xapi="26.2"))) == []


def test_a_state_of_the_repository_counts_when_both_are_known() -> None:
    assert seen(estate(good(hosts=hosts(update_hash="a")))) == []
    first, *others = hosts(update_hash="a")
    assert seen(estate(good(hosts=(replace(first, update_hash="b"), *others)))) == [("warning", "mixed_levels", "xen3")]


ONE_CARD = Interface("ref1", "eth0", "192.0.2.1", "255.255.255.0", management=True)
STORAGE_CARD = Interface("ref1", "eth1", "198.51.100.1", "255.255.255.0")
BOTH_BONDED = (replace(ONE_CARD, device="bond0"),)


@pytest.mark.parametrize(
    ("interfaces", "links", "servers", "severity"),
    [
        ((ONE_CARD,), 0, ("192.0.2.9",), "warning"),
        ((ONE_CARD,), 0, ("203.0.113.9",), "warning"),
        ((ONE_CARD,), 0, ("nas",), "info"),
        ((ONE_CARD,), 0, (), "info"),
        ((ONE_CARD, STORAGE_CARD), 0, ("198.51.100.9",), "info"),
        ((ONE_CARD, STORAGE_CARD), 0, ("198.51.100.9", "192.0.2.9"), "info"),
        (BOTH_BONDED, 2, ("192.0.2.9",), ""),
        (BOTH_BONDED, 1, ("192.0.2.9",), "warning"),
        ((STORAGE_CARD,), 0, ("192.0.2.9",), ""),
    ],
)
def test_one_cable_for_both_heartbeats_is_a_warning(
    interfaces: tuple[Interface, ...], links: int, servers: tuple[str, ...], severity: str
) -> None:
    bonds = (Bond("ref1", "bond0", links, links),) if links else ()
    of = estate(good(srs=(replace(HEARTBEAT, servers=servers),)), interfaces=interfaces, bonds=bonds)
    assert seen(of) == ([(severity, "heartbeat_single_path", "pool-a")] if severity else [])


def test_the_cables_of_heartbeats_matter_while_pool_ha_is_on_and_without_multipathing() -> None:
    on_one = (replace(HEARTBEAT, servers=("192.0.2.9",)),)
    assert seen(estate(good(ha=OFF, srs=on_one), interfaces=(ONE_CARD,))) == []
    many = tuple(replace(host, multipathing=True) for host in hosts())
    assert seen(estate(good(srs=on_one, hosts=many), interfaces=(ONE_CARD,)))[0][0] == "info"


def of_cloud(state: str, **facts: t.Any) -> Estate:
    picture = cloud(hosts=tuple(cs_host(n, **({"resource_state": state} if n == 2 else {})) for n in (1, 2, 3)))
    return replace(match(good(), picture), facts=Facts(now=NOW, settings=SETTINGS, **facts))


@pytest.mark.parametrize(
    ("state", "age_s", "words"),
    [
        ("PrepareForMaintenance", 3599, None),
        ("PrepareForMaintenance", 3601, "60 minutes ago"),
        ("PrepareForMaintenance", None, None),
        ("ErrorInPrepareForMaintenance", 3 * 3600, "3 hours ago"),
        ("ErrorInMaintenance", 60, "1 minutes ago"),
        ("ErrorInMaintenance", None, "at a time that its events do not tell"),
        ("Maintenance", DAY_S, None),
    ],
)
def test_maintenance_that_came_to_a_halt_is_told_with_its_age(state: str, age_s: int | None, words: str | None) -> None:
    since = {} if age_s is None else {"cs2": NOW - age_s}
    told = preflight(of_cloud(state, preparing_since=since), LOOKING, STANDING)
    assert [(each.code, each.object) for each in told] == ([("maintenance_stuck", "xen2")] if words else [])
    assert all(words in each.text for each in told if words)


def test_maintenance_of_the_run_itself_is_not_stuck() -> None:
    assert seen(of_cloud("ErrorInMaintenance"), Scope("reboot", ours=frozenset({"xen2"}))) == []


def alarm(variable: str, part: str, ago_s: int = 60) -> Message:
    return Message("ALARM", "uuid-dom0", NOW - ago_s, f'value: {part}\nconfig:\n<variable>\n<name value="{variable}"/>')


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ((alarm("fs_usage", "0.92"),), ["root file system of its control domain is 92% full"]),
        (
            (alarm("log_fs_usage", "0.91", 3600), alarm("log_fs_usage", "0.97")),
            ["logs of its control domain is 97% full"],
        ),
        ((alarm("fs_usage", "0.92", 7300),), []),
        ((alarm("mem_usage", "0.99"), Message("VM_STARTED", "uuid-dom0", NOW), Message("ALARM", "?", NOW, "what")), []),
    ],
)
def test_a_full_control_domain_is_told_as_long_as_its_monitor_repeats_it(
    messages: tuple[Message, ...], words: list[str]
) -> None:
    dom0 = vm("dom0", 2, is_control_domain=True, uuid="uuid-dom0")
    told = preflight(estate(good(vms=(dom0,)), messages=messages), LOOKING, STANDING)
    assert [(each.code, each.object) for each in told] == [("dom0_disk_full", "xen2")] * len(words)
    assert all(word in each.text for word, each in zip(words, told, strict=True))


def test_what_pool_ha_told_of_a_host_is_counted() -> None:
    late = Message("HA_HEARTBEAT_APPROACHING_TIMEOUT", "uuid2", NOW - 9)
    messages = (late, late, Message("HA_STATEFILE_LOST", "uuid2", NOW), Message("HA_HOST_WAS_FENCED", "uuid3", NOW))
    call, failure = preflight(estate(messages=messages), LOOKING, STANDING)
    assert (call.code, call.object, failure.code, failure.object) == ("ha_close_call", "xen2", "ha_host_failed", "xen3")
    assert "its network heartbeat was late (2 times), it lost the heartbeat storage (once)" in call.text


@pytest.mark.parametrize(("enabled", "severity"), [(True, "warning"), (False, "info")])
def test_two_hosts_are_too_few_when_pool_ha_is_on(enabled: bool, severity: str) -> None:
    small = good(ha=replace(HA, enabled=enabled), hosts=hosts()[:2])
    assert (severity, "too_few_hosts", "pool-a") in seen(estate(small))


@pytest.mark.parametrize("more", [{"lease": -1}, {"ended": "1"}], ids=["died", "ended"])
def test_what_a_run_has_left_is_told_in_words(more: dict[str, t.Any]) -> None:
    note = json.dumps({"kind": "cluster_managed", "object": "c1", "before": {"name": "cluster-a"}, "at": NOW})
    keys = {"xencloud.maintenance.undo.001": note}
    keys |= {"xencloud.maintenance.ended": "1"} if "ended" in more else {}
    (found,) = preflight(estate(record(keys, lease=more.get("lease", 600))), LOOKING, STANDING)
    assert "r1 (rolling_patch) of ann" in found.text
    assert "cluster cluster-a is still Unmanaged" in found.text
    assert "playbook resume" in found.remedy


def test_every_limit_is_a_policy() -> None:
    policy = Policy(min_ha_timeout_s=181, min_hosts=4, max_clock_skew_s=0, expiry_days=400)
    certificates = (Certificate("ref1", "host", NOW + 399 * DAY_S),)
    strict = seen(estate(ahead_s={"ref2": 1.0}, certificates=certificates), Scope("audit", policy=policy))
    assert {code for _severity, code, _thing in strict} == {
        "ha_timeout_short",
        "too_few_hosts",
        "clock_skew",
        "certificate_expiring",
    }


def test_who_moves_vms_is_a_warning_to_whoever_empties_hosts() -> None:
    assert seen(estate(good(balanced=True)), Scope("reboot", frozenset({"ref1"}))) == [("warning", "wlb_on", "pool-a")]


def test_a_run_stops_every_other_and_not_itself() -> None:
    assert seen(estate(record()), Scope("reboot")) == [("blocker", "run_in_flight", "pool-a")]
    assert seen(estate(record()), Scope("reboot", run_id="r1")) == []


PROTECTED = (vm("i-2-7-VM", 2, ha_restart_priority="restart"),)
OWN = (vm("own", 2, ha_restart_priority="restart"),)
HEIRLESS = tuple(host if host.is_master else replace(host, statefiles=()) for host in hosts())
CAPTAINS: list[tuple[str, Estate, str, str]] = [
    ("as it should be", estate(), "pool_ha", "cloudstack"),
    ("HA off", estate(good(ha=OFF)), "nobody", "cloudstack"),
    ("one heir that is armed", estate(good(hosts=hosts(statefiles=()))), "pool_ha", "cloudstack"),
    ("no heir that is armed", estate(good(hosts=HEIRLESS)), "nobody", "cloudstack"),
    ("a pool of one", estate(good(hosts=hosts()[:1])), "nobody", "cloudstack"),
    ("protected", estate(good(vms=PROTECTED)), "pool_ha", "both"),
    (
        "protected, HA off",
        estate(good(ha=OFF, vms=PROTECTED)),
        "nobody",
        "cloudstack",
    ),
    (
        "a VM of the pool's own is protected",
        estate(good(vms=OWN)),
        "pool_ha",
        "cloudstack",
    ),
    ("VM HA off", estate(settings={"vm.ha.enabled": "false"}), "pool_ha", "nobody"),
    ("Unmanaged", match(good(), changed_cluster(managed_state="Unmanaged")), "pool_ha", "nobody"),
    (
        "protected and Unmanaged",
        match(
            good(vms=(vm("i-2-7-VM", 2, ha_restart_priority="restart"),)),
            changed_cluster(managed_state="Unmanaged"),
        ),
        "pool_ha",
        "pool_ha",
    ),
]


@pytest.mark.parametrize(("of", "master", "vms"), [case[1:] for case in CAPTAINS], ids=[case[0] for case in CAPTAINS])
def test_the_captains_are_those_who_would_act(of: Estate, master: str, vms: str) -> None:
    assert captains_of(of) == {"master": master, "vms": vms}


def tied(**facts: t.Any) -> Estate:
    return estate(good(vms=(vm("i-2-7-VM", 2, tie="it has a PCI device"),)), **facts)


@pytest.mark.parametrize(
    ("scope", "severity"),
    [
        (LOOKING, "warning"),
        (Scope("drain", frozenset({"ref2"})), "blocker"),
        (Scope("drain", frozenset({"ref3"})), ""),
        (Scope("pool_ha"), ""),
    ],
)
def test_a_vm_that_is_tied_to_its_host_blocks_whoever_empties_it(scope: Scope, severity: str) -> None:
    told = [each.severity for each in preflight(tied(), scope) if each.code == "vm_cannot_leave"]
    assert told == ([severity] if severity else [])


def test_what_xapi_tells_itself_of_a_tied_vm_is_told_once() -> None:
    refusals = (Refusal("ref2", "ref-i-2-7-VM", "VM_HAS_PCI_ATTACHED", "it has one"),)
    codes = [each.code for each in preflight(tied(refusals=refusals), LOOKING)]
    assert "vm_cannot_leave" not in codes


def test_a_second_master_is_told_unless_it_is_a_pool_of_its_own() -> None:
    voices = {"ref2": Voice("master", text="it is a master")}
    dead = good(hosts=tuple(replace(host, live=host.name != "xen2") for host in hosts()))
    told = {each.code for each in preflight(estate(dead, voices=voices), LOOKING)}
    assert {"second_master", "host_dead"} <= told
    told = {each.code for each in preflight(estate(dead, voices=voices, apart=frozenset({"ref2"})), LOOKING)}
    assert ("second_master" in told, "host_apart" in told) == (False, True)


def test_two_vms_of_one_name_are_a_blocker() -> None:
    twin = replace(vm("i-2-7-VM", 3), ref="other", uuid="other")
    of = match(good(vms=(vm("i-2-7-VM", 2), twin)), cloud(instances=(instance("i-2-7-VM", 2),)))
    told = [each for each in preflight(of, LOOKING) if each.code == "vm_runs_twice"]
    assert [(each.severity, each.object) for each in told] == [("blocker", "i-2-7-VM")]
    assert "xen2 and xen3" in told[0].text
