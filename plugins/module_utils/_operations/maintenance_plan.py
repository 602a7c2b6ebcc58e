# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at both captains and plans a run: order, every migration, and what stands in the way; read-only.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, cloudstack_spec, waiting_spec, xapi_spec
from .._cloudstack.picture import read_cloud
from .._maintenance.audit.checks import ours, preflight
from .._maintenance.audit.model import refuse_blocked, sort_findings
from .._maintenance.digest import digest_of
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.gates import expected_of
from .._maintenance.ha import ha_before
from .._maintenance.lookup import find_host
from .._maintenance.matching import Estate, match
from .._maintenance.plan_lines import plan_lines
from .._maintenance.schedule import Schedule, Task, order_of, schedule
from .._maintenance.taken_back import cloud_after, pool_after
from .._maintenance.views import ha_view
from .._xapi.picture import read_pool
from .._xapi.updates import epoch_s, missing_updates_of
from ._context import Context, Outcome

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(900)
    | ArgumentSpec(
        options={
            "cluster": {"type": "str"},
            "mode": {"type": "str", "choices": ["patch", "reboot", "drain"], "default": "patch"},
            "hosts": {"type": "list", "elements": "str", "default": []},
            "avoid": {"type": "list", "elements": "str", "default": []},
            "since": {"type": "int", "default": 0},
            "after_undo": {"type": "bool", "default": False},
            "refuse_blocked": {"type": "bool", "default": True},
        }
    )
)


def run(context: Context) -> Outcome:
    """Read, match, plan, judge."""
    pool = read_pool(context.xapi)
    named = _hosts(pool, context.params["hosts"])
    if context.params["mode"] == "drain" and not named:
        raise MaintenanceError(f"{pool.label}: no host to be emptied was given. Name it in hosts.")
    addresses = [host.address for host in pool.hosts]
    cloud = read_cloud(context.cloudstack, context.params["cluster"], addresses)
    if context.params["after_undo"]:
        pool, cloud = pool_after(pool), cloud_after(pool, cloud)
    estate = match(pool, cloud)
    now = epoch_s(context.xapi.call("host.get_servertime", pool.master))
    made = schedule(estate, _task(context, estate, named))
    return _judged(context, estate, made, now)


def _judged(context: Context, estate: Estate, made: Schedule, now: int) -> Outcome:
    pool = estate.pool
    scope = made.task.scope(*ours(pool.other_config))
    found = sort_findings([*preflight(estate, scope), *made.findings()])
    decided = made.as_dict()
    plan = {
        **decided,
        "digest": digest_of(decided),
        "now": now,
        "ha": ha_view(pool.ha),
        "ha_left_off": scope.ha_left_off,
        "ha_before": ha_before(pool.ha),
        "expected": expected_of(pool, estate.cloud),
    }
    if context.params["refuse_blocked"]:
        refuse_blocked(pool.label, found)
    for line in plan_lines(plan, every_move=context.check_mode):
        context.report(line)
    warnings = [finding.sentence for finding in found if finding.severity == "warning"]
    return Outcome(result={"plan": plan, "findings": [finding.as_dict() for finding in found]}, warnings=warnings)


def _task(context: Context, estate: Estate, named: tuple[Host, ...]) -> Task:
    mode = context.params["mode"]
    updates = _updates(context, estate.pool) if mode == "patch" else {}
    due = frozenset(host.ref for host in estate.pool.hosts if mode == "patch" and _is_due(host, updates))
    avoid = _hosts(estate.pool, context.params["avoid"])
    return Task(
        mode=mode,
        work=order_of(mode, estate, named, due, context.params["since"]),
        avoid=frozenset(host.ref for host in avoid),
        due=due,
        updates=updates,
    )


def _updates(context: Context, pool: Pool) -> dict[str, tuple[str, ...]]:
    """Names of the packages that each host lacks; dead hosts cannot be asked, and are a finding of their own."""
    living = [host for host in pool.hosts if host.live]
    missing = missing_updates_of(context.xapi, living, context.waiter())
    return {ref: tuple(sorted({update.name for update in updates})) for ref, updates in missing.items()}


def _is_due(host: Host, updates: t.Mapping[str, tuple[str, ...]]) -> bool:
    return bool(updates.get(host.ref)) or host.reboot_required


def _hosts(pool: Pool, wanted: t.Iterable[str]) -> tuple[Host, ...]:
    """Hosts in the order given, each once."""
    return tuple({host.ref: host for host in (find_host(pool, each) for each in wanted)}.values())
