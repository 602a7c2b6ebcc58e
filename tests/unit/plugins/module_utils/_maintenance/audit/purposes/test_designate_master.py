# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.model import Scope
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.audit.purposes.designate_master import (
    CHECKS,
    plan,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import Estate
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.estates import (
    estate,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import pool, with_host


def scope(*named: str) -> Scope:
    return Scope("designate_master", named=named)


def texts(seen: Estate, wanted: Scope) -> list[str]:
    return [finding.text for check in CHECKS for finding in check(seen, wanted)]


def test_the_best_candidate_is_the_default() -> None:
    work = plan(estate(pool()), scope())
    assert (work["host"]["name"], work["needed"]) == ("xen03", True)
    assert work["text"] == "xen03 becomes master, now it is xen01"


def test_a_host_that_is_master_already_needs_nothing() -> None:
    work = plan(estate(pool()), scope("h1"))
    assert (work["host"]["name"], work["needed"]) == ("xen01", False)


def test_only_hosts_that_serve_now_are_waited_for_afterwards() -> None:
    work = plan(estate(with_host(pool(), "h2", enabled=False)), scope("h3"))
    assert work["ready"] == ["192.0.2.11", "192.0.2.13"]


def test_without_a_candidate_nobody_is_planned() -> None:
    alone = pool(hosts=pool().hosts[:1], vms=())
    assert plan(estate(alone), scope())["host"] is None
    assert texts(estate(alone), scope()) == ["no other host is alive and enabled with all its storage plugged"]


def test_a_disabled_host_does_not_become_master() -> None:
    disabled = with_host(pool(), "h2", enabled=False)
    assert "it is disabled" in texts(estate(disabled), scope("h2"))[0]


def test_a_pool_has_one_master() -> None:
    assert texts(estate(pool()), scope("h2", "h3")) == ["xen02, xen03 cannot all be master"]
