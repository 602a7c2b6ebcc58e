# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plan prints is what an operator must know before she says yes."""

from __future__ import annotations

import typing as t

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.plan_lines import plan_lines

MOVE = {"name": "web-1", "source_name": "xen01", "target_name": "xen02", "memory_mib": 4096, "captain": "cloudstack"}


def plan(**changes: t.Any) -> dict[str, t.Any]:
    host = {"name": "xen01", "is_master": True, "unmanaged_window": True, "updates": ["kernel"], "moves": [MOVE]}
    host |= {"new_master": "", "new_master_name": ""}
    return {
        "pool": "pool-a",
        "mode": "patch",
        "hosts": [host],
        "moves_total": 1,
        "lower_bound": 1,
        "ha": {"enabled": True, "timeout": 180, "heartbeat_sr_name": "nfs-ha"},
        "ha_left_off": False,
        "digest": "0123456789abcdef",
        **changes,
    }


def test_a_host_is_one_line_and_the_run_has_its_price() -> None:
    assert list(plan_lines(plan(), every_move=False)) == [
        "xen01 1/1 planned (master)  1 to move, 4.0 GiB, 1 updates, cluster Unmanaged while it is away",
        "pool-a 1 migrations planned, the lower bound is 1",
        "pool-a HA goes off for the run and on again as it is: timeout 180 s, heartbeat on nfs-ha",
        "pool-a this plan is 0123456789ab",
    ]


def test_a_role_that_moves_is_said_to_stay_where_it_goes() -> None:
    (host,) = plan(mode="reboot")["hosts"]
    moved = {**host, "unmanaged_window": False, "new_master": "192.0.2.12", "new_master_name": "xen02", "updates": []}
    line = next(plan_lines(plan(mode="reboot", hosts=[moved]), every_move=False))
    assert line.endswith("1 to move, 4.0 GiB, before that xen02 becomes master and stays it")


def test_check_mode_shows_every_move() -> None:
    assert "xen01 would move  web-1 -> xen02  4.0 GiB, by cloudstack" in plan_lines(plan(), every_move=True)


def test_ha_that_is_off_is_said_to_stay_off() -> None:
    ha = {"enabled": False, "timeout": None, "heartbeat_sr_name": None}
    assert list(plan_lines(plan(ha=ha), every_move=False))[-2] == "pool-a HA is off and stays off"


def test_ha_that_an_earlier_run_left_off_is_said_to_come_back() -> None:
    ha = {"enabled": False, "timeout": None, "heartbeat_sr_name": None}
    assert "goes on at the end" in list(plan_lines(plan(ha=ha, ha_left_off=True), every_move=False))[-2]


def test_a_drain_says_nothing_of_ha_and_no_work_says_nothing_at_all() -> None:
    assert len(list(plan_lines(plan(mode="drain"), every_move=False))) == 1
    assert list(plan_lines(plan(hosts=[]), every_move=False)) == []
