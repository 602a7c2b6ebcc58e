# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations.xapi_vm_migrate import plan_moves
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    pool,
    vm,
    with_host,
)


def test_moves_are_told_in_the_words_of_the_pool() -> None:
    (move,) = plan_moves(pool(), [{"vm": "web-01", "host": "192.0.2.13"}])
    assert (move.vm, move.source, move.target) == ("uuid-web-01", "h1", "h3")
    assert (move.name, move.source_name, move.target_name, move.memory_mib) == ("web-01", "xen01", "xen03", 4096)


def test_a_vm_that_is_there_already_is_settled_whatever_its_host() -> None:
    disabled = with_host(pool(), "h1", enabled=False)
    (move,) = plan_moves(disabled, [{"vm": "web-01", "host": "xen01"}])
    assert move.settled


def test_all_that_xapi_would_refuse_is_told_at_once() -> None:
    sick = with_host(with_host(pool(), "h3", enabled=False), "h2", live=False)
    sick = replace(sick, vms=(*sick.vms, vm("db", "h1", "Halted"), replace(vm("iso", "h1"), srs=("sr-local",))))
    wanted = [
        {"vm": "web-01", "host": "xen03"},
        {"vm": "web-01", "host": "xen03"},
        {"vm": "db", "host": "xen02"},
        {"vm": "iso", "host": "xen03"},
    ]
    with pytest.raises(MaintenanceError) as caught:
        plan_moves(sick, wanted)
    for problem in (
        "web-01 cannot go to xen03, which is disabled",
        "db is halted, only a running VM can move live",
        "db cannot go to xen02, which is not alive",
        "iso uses storage that xen03 has not plugged",
        "web-01 is named twice",
    ):
        assert problem in caught.value.message
