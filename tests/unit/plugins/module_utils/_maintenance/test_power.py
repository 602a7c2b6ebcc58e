# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Host, Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.power import (
    absent,
    already_there,
    missing,
    missing_after_boot,
    obstacles,
    storage_to_await,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    ha_on,
    pool,
    vm,
    with_host,
)


def empty(**changes: object) -> Pool:
    """xen03 is disabled and has no guests."""
    return with_host(pool(), "h3", enabled=False, **changes)


def xen(number: int, of: Pool) -> Host:
    return of.host(f"h{number}")


def test_an_empty_disabled_host_may_restart() -> None:
    assert obstacles(empty(), xen(3, empty()), "rebooted") == []


def test_a_host_with_guests_may_not_and_they_are_named() -> None:
    assert obstacles(pool(), xen(2, pool()), "rebooted") == ["it is enabled", "1 guests would be stopped (web-02)"]


def test_paused_guests_count_and_halted_ones_do_not() -> None:
    paused = replace(empty(), vms=(vm("paused", "h3", "Paused"), vm("halted", "h3", "Halted")))
    assert obstacles(paused, xen(3, paused), "rebooted") == ["1 guests would be stopped (paused)"]


def test_the_control_domain_is_no_guest() -> None:
    dom0 = replace(empty(), vms=(replace(vm("Control domain", "h3"), is_control_domain=True),))
    assert obstacles(dom0, xen(3, dom0), "rebooted") == []


def test_a_vm_on_its_way_to_the_host_counts() -> None:
    coming = replace(empty(), vms=(replace(vm("web-03", "h2"), bound_for="h3"),))
    assert obstacles(coming, xen(3, coming), "rebooted") == ["VMs are on their way to it (web-03)"]


def test_the_master_is_not_switched_off() -> None:
    disabled = with_host(pool(vms=()), "h1", enabled=False)
    assert obstacles(disabled, xen(1, disabled), "shutdown") == ["it is the pool's master"]
    assert obstacles(disabled, xen(1, disabled), "rebooted") == []


def test_toolstacks_are_not_restarted_under_ha() -> None:
    assert obstacles(pool(), xen(2, pool()), "toolstack_restarted") == []
    assert len(obstacles(ha_on(pool()), xen(2, pool()), "toolstack_restarted")) == 1


@pytest.mark.parametrize(
    ("state", "booted_after", "live", "expected"),
    [
        ("rebooted", None, True, False),
        ("rebooted", 999.0, True, True),
        ("rebooted", 1000.0, True, False),
        ("rebooted", 999.0, False, False),
        ("on", None, True, True),
        ("on", 1000.0, True, False),
        ("on", None, False, False),
        ("shutdown", None, False, True),
        ("shutdown", None, True, False),
        ("toolstack_restarted", None, True, False),
    ],
)
def test_what_counts_as_done(state: str, booted_after: float | None, live: bool, expected: bool) -> None:
    host = replace(xen(2, pool()), live=live)
    assert already_there(host, state, booted_after) is expected


def test_a_restart_is_proved_by_the_boot_time_alone() -> None:
    before = xen(3, pool())
    nfs = frozenset({"sr-nfs"})
    assert missing_after_boot(pool(), before, 1000.0, nfs) == "it has not booted yet"
    assert missing_after_boot(with_host(pool(), "h3", boot_time=1002.0), before, 1000.0, nfs) == "it has not booted yet"
    assert missing_after_boot(with_host(pool(), "h3", boot_time=1300.0), before, 1000.0, nfs) is None


def test_after_the_restart_the_host_must_be_alive_with_its_storage() -> None:
    before, nfs = xen(3, pool()), frozenset({"sr-nfs"})
    assert missing(with_host(pool(), "h3", live=False), before, nfs) == "it is not alive yet"
    assert missing(with_host(pool(), "h3", plugged_srs=()), before, nfs) == "its storage is not plugged yet (nfs1)"


def test_storage_that_no_longer_exists_is_not_waited_for() -> None:
    assert missing(pool(srs=()), xen(3, pool()), frozenset({"sr-gone"})) is None


def test_a_live_host_gets_its_own_storage_back() -> None:
    assert storage_to_await(pool(), xen(1, pool())) == {"sr-nfs", "sr-local"}


def test_a_host_that_is_off_gets_what_all_others_have() -> None:
    off = with_host(pool(), "h3", live=False, plugged_srs=(), unplugged_srs=("sr-nfs", "sr-own"))
    assert storage_to_await(off, xen(3, off)) == {"sr-nfs"}


def test_others_that_were_dead_before_are_not_missed() -> None:
    dead = with_host(pool(), "h2", live=False)
    assert absent(dead, frozenset({"h1", "h3"})) == []
    assert absent(dead, frozenset({"h1", "h2"})) == ["xen02"]
