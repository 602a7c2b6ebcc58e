# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.capacity import CHECKS
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.checks import preflight
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import Scope
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.facts import Facts, Refusal
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import match
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.audit.estates import (
    NUMBERS,
    cloud,
    cs_host,
    pool,
    pool_host,
    vm,
)


def found(of: Pool, *refusals: Refusal, **clouds: t.Any) -> list[tuple[str, str]]:
    estate = replace(match(of, cloud(**clouds)), facts=Facts(refusals=refusals))
    return [(each.code, each.object) for each in preflight(estate, Scope("audit"), CHECKS)]


def tight(free_mib: int) -> Pool:
    return pool(hosts=tuple(pool_host(number, memory_free_mib=free_mib) for number in NUMBERS))


def test_a_pool_with_room_can_lose_any_host() -> None:
    assert found(pool()) == []


def test_a_pool_without_room_can_neither_empty_nor_lose_the_full_host() -> None:
    assert found(tight(1024)) == [("cannot_evacuate", "xen2"), ("no_spare_host", "xen2")]


def test_a_vm_on_local_storage_ties_its_host_though_there_is_room() -> None:
    assert found(pool(vms=(vm("i-2-7-VM", 2, srs=("sr-local",)),))) == [("cannot_evacuate", "xen2")]


def test_it_is_told_why_a_vm_is_stuck() -> None:
    tied, big = vm("i-2-1-VM", 2, srs=("sr-local",)), vm("i-2-2-VM", 2, memory_mib=128 * 1024)
    told = preflight(match(pool(vms=(tied, big)), cloud(instances=())), Scope("audit"), CHECKS)
    assert "i-2-1-VM (storage, version or anti-affinity forbids it)" in told[0].text
    assert "MiB are missing)" in told[0].text


def test_many_vms_without_a_place_are_named_in_part() -> None:
    vms = tuple(vm(f"i-2-{number}-VM", 2, srs=("sr-local",)) for number in range(1, 9))
    estate = match(pool(vms=vms), cloud(instances=()))
    told = preflight(estate, Scope("audit"), CHECKS)
    assert "8 of its 8 VMs" in told[0].text
    assert told[0].text.endswith("and 3 more")


def test_a_host_kept_for_cloudstacks_ha_is_spare() -> None:
    hosts = (cs_host(1), cs_host(2), cs_host(3, for_ha_only=True))
    assert ("no_spare_host", "xen2") not in found(tight(4200), hosts=hosts)


def test_without_any_target_that_is_said_elsewhere() -> None:
    hosts = tuple(cs_host(number, state="Disconnected") for number in NUMBERS)
    assert found(tight(0), hosts=hosts) == []


def test_what_xapi_refuses_is_told_unless_it_is_about_room() -> None:
    device = Refusal("ref2", "ref-i-2-7-VM", "VM_HAS_PCI_ATTACHED", "it has a device")
    memory = Refusal("ref2", "ref-nfs-helper", "HOST_NOT_ENOUGH_FREE_MEMORY", "no memory")
    assert found(pool(), device, memory) == [("vm_cannot_leave", "web of i-2-7-VM")]
