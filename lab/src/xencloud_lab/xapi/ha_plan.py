# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failover plan of a pool with HA (``xapi.md`` 2.6): how many hosts may die.

Memory is static_max; only hosts that are enabled and live count; a protected VM whose host does
not count needs a place beforehand.
"""

from __future__ import annotations

import itertools
import math
import typing as t
from dataclasses import dataclass, field

from .errors import XapiError
from .placement import assert_agile, footprint_at_most, free_memory
from .rows import is_live, is_protected, pool_ref, pool_row

if t.TYPE_CHECKING:
    from .database import Database

MOST_COMBINATIONS = 3000


@dataclass(slots=True)
class Change:
    """What somebody is about to do.

    :ivar disabled: a host that will not count any more.
    :ivar protect: VMs with the protection they will have.
    :ivar runs: VMs that will (also) take memory on a host.
    """

    disabled: str | None = None
    protect: dict[str, bool] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Picture:
    """Free memory of hosts that count, and protected VMs: bytes and host (None: needs a place)."""

    free: dict[str, int]
    vms: list[tuple[int, str | None, bool]]


def picture(db: Database, change: Change | None = None) -> Picture:
    """The pool as the planner sees it, with a change made."""
    change = change or Change()
    counting = [h for h, row in db.rows("host").items() if row["enabled"] and is_live(db, h) and h != change.disabled]
    free = {host: free_memory(db, host, at_most=True) for host in counting}
    for vm, host in change.runs.items():
        if host in free:
            free[host] -= footprint_at_most(db.row("VM", vm))
    return Picture(free, [_vm(db, vm, change, free) for vm in _protected(db, change)])


def _protected(db: Database, change: Change) -> list[str]:
    return [vm for vm, row in db.rows("VM").items() if change.protect.get(vm, is_protected(row))]


def _vm(db: Database, vm: str, change: Change, free: dict[str, int]) -> tuple[int, str | None, bool]:
    row = db.row("VM", vm)
    host = change.runs.get(vm, row["resident_on"])
    try:
        assert_agile(db, vm)
        agile = True
    except XapiError:
        agile = False
    return footprint_at_most(row), host if host in free else None, agile


def exists(seen: Picture, failures: int) -> bool:
    """Whether every protected VM has a place after any so many hosts have failed."""
    if failures > len(seen.free):
        return False
    if not seen.vms:
        return True
    return all(_fits(seen, set(failed)) for failed in _combinations(seen, failures))


def _combinations(seen: Picture, failures: int) -> t.Iterable[tuple[str, ...]]:
    if math.comb(len(seen.free), failures) <= MOST_COMBINATIONS:
        return itertools.combinations(seen.free, failures)
    load = dict.fromkeys(seen.free, 0)
    for size, host, _ in seen.vms:
        if host is not None:
            load[host] += size
    return [tuple(sorted(load, key=lambda host: -load[host])[:failures])]


def _fits(seen: Picture, failed: set[str]) -> bool:
    free = {host: size for host, size in seen.free.items() if host not in failed}
    homeless = sorted(((size, agile) for size, host, agile in seen.vms if host not in free), reverse=True)
    for size, agile in homeless:
        host = max(free, key=lambda h: free[h], default=None)
        if not agile or host is None or free[host] < size:
            return False
        free[host] -= size
    return True


def maximum(seen: Picture) -> int:
    """The largest number of failures with a plan; 0 also when even none has one."""
    return max((n for n in range(len(seen.free) + 1) if exists(seen, n)), default=0)


def assert_preserved(db: Database, change: Change) -> None:
    """Refuse a change that would destroy the plan that exists now.

    :raises XapiError: HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN.
    """
    row = pool_row(db)
    planned = row["ha_plan_exists_for"]
    if not row["ha_enabled"] or row["ha_allow_overcommit"] or planned == 0:
        return
    if exists(picture(db), planned) and not exists(picture(db, change), planned):
        raise XapiError("HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN")


def update_status(db: Database) -> None:
    """Write ha_plan_exists_for and ha_overcommitted anew, when HA is on."""
    row = pool_row(db)
    if not row["ha_enabled"]:
        return
    wanted = row["ha_host_failures_to_tolerate"]
    planned = min(maximum(picture(db)), wanted)
    db.set("pool", pool_ref(db), ha_plan_exists_for=planned, ha_overcommitted=planned < wanted)


def places(db: Database, failed: list[str], vms: list[str]) -> dict[str, dict[str, str]]:
    """pool.ha_compute_vm_failover_plan: a host for each VM, or why not."""
    free = {host: size for host, size in picture(db).free.items() if host not in failed}
    plan: dict[str, dict[str, str]] = {}
    for vm in sorted(vms, key=lambda v: -footprint_at_most(db.row("VM", v))):
        size, host = footprint_at_most(db.row("VM", vm)), max(free, key=lambda h: free[h], default=None)
        if host is None or free[host] < size:
            plan[vm] = {"error_code": "HOST_NOT_ENOUGH_FREE_MEMORY" if free else "NO_HOSTS_AVAILABLE"}
        else:
            plan[vm] = {"host": host}
            free[host] -= size
    return plan
