# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes either CloudStack or the pool's HA the one that restarts VMs.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._argspec import ArgumentSpec, cloudstack_spec, run_spec, waiting_spec, xapi_spec
from .._cloudstack.picture import read_cloud
from .._cloudstack.settings import heartbeat_timeout, read_setting
from .._maintenance.captains import CloudHabits, still_done_by_cloudstack
from .._maintenance.cluster import CloudPicture
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._maintenance.ha_ready import busy
from .._maintenance.kinds import VM_CAPTAIN, VM_PROTECTION
from .._maintenance.protection import (
    CAPTAIN_KEY,
    HA_OFF,
    Change,
    Figures,
    Protection,
    declared_captain,
    describe_unknown,
    figure_problems,
    figure_warnings,
    plan_protection,
    protected_refs,
    restored,
    unknown_warnings,
)
from .._xapi.client import XapiClient
from .._xapi.errors import XapiError
from .._xapi.ha_facts import most_failures
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._other_config import set_key
from ._pool import Deadline, beside, refuse
from ._priorities import GONE, Priorities

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(600)
    | run_spec()
    | ArgumentSpec(
        options={
            "mode": {"type": "str", "choices": ["cloudstack", "xenserver"]},
            "restore": {"type": "dict"},
            "cluster": {"type": "str"},
            "allow_overcommit": {"type": "bool", "default": False},
            "batch": {"type": "int", "default": 100},
            "findings": {"type": "list", "elements": "dict", "default": []},
        },
        required_one_of=(("mode", "restore"),),
        mutually_exclusive=(("mode", "restore"),),
    )
)


def run(context: Context) -> Outcome:
    """Look at both captains, refuse what cannot be kept, then change every VM or none."""
    pool = read_pool(context.xapi)
    if context.params["batch"] < 1:
        raise MaintenanceError(f"{pool.label}: batch is {context.params['batch']}. Give 1 or more.")
    restore = context.params["restore"]
    if restore is not None:
        outcome, _most = _changed(context, pool, restored(pool, restore))
        context.journal.settle(VM_PROTECTION)
        return outcome
    return _decided(context, pool, context.params["mode"] == "xenserver")


def _decided(context: Context, pool: Pool, native: bool) -> Outcome:
    with beside(context.params["findings"], pool.label):
        cloud = read_cloud(context.cloudstack, context.params["cluster"], [host.address for host in pool.hosts])
        made = plan_protection(pool, cloud, context.params["mode"])
        figures = _figures(context.xapi, pool, made)
        if native:
            _require_possible(context, pool, made, figures)
    outcome, most = _changed(context, pool, made.changes)
    # What was predicted is looked up: a host may have died meanwhile, or a VM have been started.
    figures = figures if most is None else replace(figures, most_after=most)
    _declare(context, pool, outcome)
    habits = _habits(context, pool, cloud) if native else []
    outcome.result |= {
        "protected": sorted(vm.name for vm in made.protected),
        "left_alone": [describe_unknown(vm) for vm in made.unknown],
        "plan": figures.as_dict(),
        "cloudstack_still_does": habits,
    }
    outcome.warnings += [*habits[:1], *(figure_warnings(figures) if native else []), *unknown_warnings(made)]
    return outcome


def _declare(context: Context, pool: Pool, outcome: Outcome) -> None:
    """Write down who was decided to be captain, so that an audit knows a decision from an accident."""
    before, after = declared_captain(pool), context.params["mode"]
    outcome.before = {"captain": before, **(outcome.before or {})}
    outcome.after = {"captain": after, **(outcome.after or {})}
    if before != after:
        outcome.changed = True
        if not context.check_mode:
            context.journal.note(VM_CAPTAIN, pool.label, before)
            declare(context, pool, after)
    # Until here all is taken back, from here on nothing: a part of it would be a mixture.
    context.journal.settle(VM_PROTECTION, VM_CAPTAIN)


def declare(context: Context, pool: Pool, captain: str) -> None:
    """Write into the pool who restarts its VMs; CloudStack is who does when nothing is written."""
    set_key(context, Deadline(context), pool, CAPTAIN_KEY, captain if captain == "xenserver" else "")


def _changed(context: Context, pool: Pool, changes: t.Sequence[Change]) -> tuple[Outcome, int | None]:
    """With for how many failures there is room afterwards, when that was asked."""
    most = Priorities(context, pool).set(changes) if changes and not context.check_mode else None
    outcome = Outcome(
        changed=bool(changes),
        result={
            "changes": [change.as_dict() for change in changes],
            "protection_before": {change.uuid: change.before for change in changes},
        },
        before={change.name: change.before for change in changes},
        after={change.name: change.after for change in changes},
    )
    return outcome, most


def _figures(xapi: XapiClient, pool: Pool, made: Protection) -> Figures:
    """XAPI's own planner is asked, which changes nothing (xapi.md 2.6)."""
    return Figures(
        tolerate=pool.ha.host_failures_to_tolerate,
        most_before=most_failures(xapi, pool),
        most_after=most_failures(xapi, pool, protected_refs(pool, made)),
    )


def _require_possible(context: Context, pool: Pool, made: Protection, figures: Figures) -> None:
    problems = [] if pool.ha.enabled else [HA_OFF]
    problems += busy(pool)
    problems += [problem for change in made.changes if change.after for problem in _not_agile(context.xapi, change)]
    if made.changes:
        problems += figure_problems(pool, figures, context.params["allow_overcommit"])
    refuse(
        f"{pool.label}: its HA cannot take over its VMs",
        problems,
        "This run has changed nothing. Remove these causes, then run this again.",
    )


def _not_agile(xapi: XapiClient, change: Change) -> list[str]:
    """A VM that only one host can run is not restarted when that host fails (xapi.md 7.3)."""
    try:
        xapi.call("VM.assert_agile", change.ref, about=change.name)
    except XapiError as error:
        return [] if error.code in GONE else [error.message.rstrip(".")]
    return []


def _habits(context: Context, pool: Pool, cloud: CloudPicture) -> list[str]:
    client, zone = context.cloudstack, cloud.cluster.zone_id
    habits = CloudHabits(
        vm_ha=read_setting(client, "vm.ha.enabled", zoneid=zone),
        restarts_on_running_host=read_setting(client, "ha.vm.restart.hostup"),
        heartbeat_timeout=heartbeat_timeout(client),
    )
    return still_done_by_cloudstack(habits, pool.ha.restarts_after_shutdown_inside)
