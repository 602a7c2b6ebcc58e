# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ladder.storage import pluggable
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import (
    LOCAL,
    SHARED,
    pool,
    with_host,
)


def unplugged(*plugged_on: str) -> Pool:
    """xen02 lacks its shared storage, which these hosts have."""
    base = with_host(pool(), "h2", plugged_srs=(), unplugged_srs=("sr-nfs",))
    return replace(base, srs=(LOCAL, replace(SHARED, plugged_on=plugged_on)))


def names(seen: Pool) -> list[str]:
    return [sr.name for sr in pluggable(seen, seen.host("h2"))]


def test_shared_storage_that_another_host_has_is_plugged() -> None:
    assert names(unplugged("h1", "h3")) == ["nfs1"]


def test_storage_that_nobody_has_plugged_is_left_alone() -> None:
    assert names(unplugged()) == []


def test_what_only_a_dead_host_had_plugged_is_left_alone() -> None:
    assert names(with_host(unplugged("h3"), "h3", live=False)) == []


def test_storage_that_is_not_shared_is_never_plugged_on_a_second_host() -> None:
    seen = unplugged("h1")
    assert names(replace(seen, srs=tuple(replace(sr, shared=False) for sr in seen.srs))) == []
