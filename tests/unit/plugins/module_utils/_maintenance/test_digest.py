# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two looks at one estate give one digest; another decision gives another one."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.digest import digest_of, short

MOVE = {"vm": "v1", "source": "192.0.2.1", "target": "192.0.2.2", "captain": "cloudstack", "memory_mib": 4096}
HOST = {"uuid": "h1", "address": "192.0.2.1", "unmanaged_window": True, "updates": ["kernel"], "reboot_required": False}


def plan(move: dict[str, t.Any] | None = None, host: dict[str, t.Any] | None = None, **changes: t.Any) -> str:
    hosts = [{**HOST, **(host or {}), "moves": [{**MOVE, **(move or {})}]}]
    return digest_of({"pool": "pool-a", "cluster": {"id": "c1"}, "mode": "patch", "hosts": hosts, **changes})


def test_what_was_only_looked_at_is_not_in_it() -> None:
    assert plan() == plan({"memory_mib": 4000}, {"name": "renamed"}, now=5, expected={"vms": 7})


@pytest.mark.parametrize(
    "other",
    [plan({"target": "192.0.2.3"}), plan({}, {"updates": []}), plan(mode="reboot"), plan(hosts=[])],
    ids=["target", "updates", "mode", "hosts"],
)
def test_every_decision_is_in_it(other: str) -> None:
    assert other != plan()


def test_it_is_sha256_and_people_compare_its_beginning() -> None:
    assert len(plan()) == 64
    assert plan().startswith(short(plan()))
    assert len(short(plan())) == 12
