# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as lines for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .digest import short
from .moves import gib

Json = t.Mapping[str, t.Any]


def plan_lines(plan: Json, *, every_move: bool) -> t.Iterator[str]:
    """A line a host, one for each of its moves when asked for, and what the run costs.

    :param plan: the plan as ``maintenance_plan`` returns it.
    """
    for number, host in enumerate(plan["hosts"], 1):
        yield f"{host['name']} {number}/{len(plan['hosts'])} planned{_what(host)}"
        if every_move:
            yield from (_move(move) for move in host["moves"])
    if plan["hosts"] and plan["mode"] != "drain":
        yield f"{plan['pool']} {plan['moves_total']} migrations planned, the lower bound is {plan['lower_bound']}"
        yield f"{plan['pool']} {ha_in_run(plan['ha'], plan['ha_left_off'])}"
        yield f"{plan['pool']} this plan is {short(plan['digest'])}"


def _what(host: Json) -> str:
    moves, updates = host["moves"], host["updates"]
    parts = [f"{len(moves)} to move, {gib(sum(move['memory_mib'] for move in moves))}" if moves else "empty"]
    if updates:
        parts.append(f"{len(updates)} updates")
    if host["unmanaged_window"]:
        parts.append("cluster Unmanaged while it is away")
    if host["new_master"]:
        parts.append(f"before that {host['new_master_name']} becomes master and stays it")
    return f"{' (master)' if host['is_master'] else ''}  {', '.join(parts)}"


def _move(move: Json) -> str:
    where = f"{move['name']} -> {move['target_name']}"
    return f"{move['source_name']} would move  {where}  {gib(move['memory_mib'])}, by {move['captain']}"


def ha_in_run(ha: Json, left_off: bool) -> str:
    """What becomes of pool HA in a run that switches it off for its own time.

    :param ha: pool HA as ``ha_view`` tells it.
    :param left_off: an earlier run has switched it off.
    """
    if not ha["enabled"] and left_off:
        return "HA is off since an earlier run and goes on at the end, as it was before that run"
    if not ha["enabled"]:
        return "HA is off and stays off"
    timeout = f"{ha['timeout']} s" if ha["timeout"] else "XAPI's own"
    return f"HA goes off for the run and on again as it is: timeout {timeout}, heartbeat on {ha['heartbeat_sr_name']}"
