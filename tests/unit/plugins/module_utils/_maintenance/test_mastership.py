# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.mastership import (
    best_candidate,
    candidates_of,
    obstacles,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    ha_on,
    pool,
    with_host,
)


def test_the_candidate_with_the_most_free_memory_wins() -> None:
    assert best_candidate(pool()).name == "xen03"


def test_equal_candidates_are_taken_in_order_of_their_names() -> None:
    assert best_candidate(with_host(pool(), "h2", memory_free_mib=30000)).name == "xen02"


@pytest.mark.parametrize("flaw", [{"live": False}, {"enabled": False}, {"unplugged_srs": ("sr-nfs",)}])
def test_a_host_with_a_flaw_is_no_candidate(flaw: dict[str, object]) -> None:
    assert best_candidate(with_host(pool(), "h3", **flaw)).name == "xen02"


def test_the_master_is_never_its_own_successor() -> None:
    alone = pool(hosts=pool().hosts[:1])
    with pytest.raises(MaintenanceError, match="no other host"):
        best_candidate(alone)


def test_hosts_that_shall_not_be_master_are_no_candidates() -> None:
    assert [host.name for host in candidates_of(pool())] == ["xen03", "xen02"]
    assert [host.name for host in candidates_of(pool(), without={"h3"})] == ["xen02"]


def test_a_healthy_pool_has_no_obstacle() -> None:
    assert obstacles(pool()) == []


def test_every_obstacle_is_named() -> None:
    sick = with_host(
        ha_on(pool(current_operations={"t": "ha_enable"})), "h2", live=False, software_version={"xapi": "1"}
    )
    assert obstacles(sick) == [
        "HA is on",
        "every host must agree but xen02 is not alive",
        "its hosts differ in version",
        "it is busy with ha_enable",
    ]
