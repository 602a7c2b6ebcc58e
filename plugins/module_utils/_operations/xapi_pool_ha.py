# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches pool HA on with an explicit time-out, off, or back to exactly what it was.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._argspec import ArgumentSpec, cloudstack_spec, optional, run_spec, waiting_spec, xapi_spec
from .._cloudstack.settings import heartbeat_timeout
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._maintenance.fences import Fences, fences
from .._maintenance.ha import DesiredHa, HaSteps, desired_from_options, ha_before, ha_steps, left_on
from .._maintenance.ha_ready import HaFacts, busy, ha_problems, tolerate_problems
from .._maintenance.kinds import POOL_HA, SETTLED, STAYS
from .._maintenance.views import View, ha_view
from .._xapi.ha_facts import read_ha_facts
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._ha_switch import HaSwitch
from ._pool import Deadline, beside, refuse

SPEC = (
    xapi_spec()
    | optional(cloudstack_spec())
    | waiting_spec(600)
    | run_spec()
    | ArgumentSpec(
        options={
            "state": {"type": "str", "choices": ["enabled", "disabled", "restored"]},
            "ha_timeout": {"type": "int", "default": 180},
            "pin_timeout": {"type": "bool", "default": True},
            "heartbeat_sr": {"type": "str"},
            "host_failures_to_tolerate": {"type": "int"},
            "allow_overcommit": {"type": "bool", "default": False},
            "allow_small_pool": {"type": "bool", "default": False},
            "lasting": {"type": "bool", "default": False},
            "findings": {"type": "list", "elements": "dict", "default": []},
            "restore": {"type": "dict"},
        },
        required_one_of=(("state", "restore"),),
        required_if=(("state", "restored", ("run_id",)),),
        required_together=(("api_url", "api_key", "api_secret"),),
        mutually_exclusive=tuple(
            ("restore", other) for other in ("state", "ha_timeout", "heartbeat_sr", "host_failures_to_tolerate")
        ),
    )
)


def run(context: Context) -> Outcome:
    """Bring HA to the wished state and prove it on every host."""
    if context.params["state"] == "restored":
        return _restored(context)
    pool = read_pool(context.xapi)
    with beside(context.params["findings"], pool.label):
        desired = desired_from_options(pool, context.params)
        steps = ha_steps(pool.ha, desired)
        _require_possible(context, pool, desired, steps)
    after = pool if context.check_mode else _apply(context, pool, desired, steps)
    order = _fences(context, desired)
    return Outcome(
        changed=steps.changed,
        result={
            "ha": _view(after),
            "ha_before": ha_before(pool.ha),
            "fences": order.as_dict() if order else None,
        },
        before=_summary(pool),
        after=_expected(pool, desired, steps),
        warnings=_warnings(after, order if steps.enable else None) + _left_on(context, pool),
    )


def _restored(context: Context) -> Outcome:
    """Back to what the run noted when it switched HA off; nothing to do when it did not."""
    entry = context.journal.entry(POOL_HA)
    if entry is None:
        pool = read_pool(context.xapi)
        return Outcome(result={"ha": _view(pool), "ha_before": ha_before(pool.ha)})
    outcome = run(replace(context, params={**context.params, "state": None, "restore": entry.before}))
    context.journal.strike(POOL_HA, entry.object)
    return outcome


def _require_possible(context: Context, pool: Pool, desired: DesiredHa, steps: HaSteps) -> None:
    """All that XAPI would refuse, before the first write; what ran before may run again, whatever the advice."""
    params, restoring = context.params, context.params["restore"] is not None
    facts = read_ha_facts(context.xapi, pool) if steps.enable or steps.tolerate is not None else HaFacts()
    problems: list[str] = []
    if steps.enable and desired.sr is not None:
        problems = ha_problems(pool, desired.sr, params["allow_small_pool"] or restoring, facts)
    elif steps.disable:
        problems = busy(pool)
    if not restoring:
        problems += tolerate_problems(pool, steps.tolerate, facts, params["allow_overcommit"])
    what = "enabled" if desired.enabled else "disabled"
    refuse(f"{pool.label}: HA cannot be {what}", problems, "Remove these causes, then run this again.")


def _apply(context: Context, pool: Pool, desired: DesiredHa, steps: HaSteps) -> Pool:
    lasting = desired.enabled or context.params["lasting"]
    if steps.disable and (steps.enable or not lasting):
        _note(context, pool)
    if steps.changed:
        HaSwitch(context, Deadline(context), pool).carry_out(desired, steps)
    if lasting:
        # What is meant to last is nothing to be taken back, whoever switched HA off before.
        context.journal.strike(POOL_HA, pool.label, SETTLED if desired.enabled else STAYS)
    return read_pool(context.xapi) if steps.changed else pool


def _note(context: Context, pool: Pool) -> None:
    """What an earlier run noted counts no more once somebody has switched HA on in another way."""
    known = context.journal.entry(POOL_HA)
    if known is not None and left_on(pool, known.before):
        context.journal.strike(POOL_HA, known.object)
    context.journal.note(POOL_HA, pool.label, ha_before(pool.ha))


def _left_on(context: Context, pool: Pool) -> list[str]:
    restore = context.params["restore"]
    text = left_on(pool, restore) if restore is not None else ""
    return [text] if text else []


def _fences(context: Context, desired: DesiredHa) -> Fences | None:
    """Only advice, so a CloudStack that does not answer is no reason to leave HA as it is."""
    timeout = (desired.configuration or {}).get("timeout", "")
    if not desired.enabled or not timeout.isdecimal():
        return None
    if not context.params["api_url"]:
        return fences(int(timeout), None)
    try:
        return fences(int(timeout), heartbeat_timeout(context.cloudstack))
    except MaintenanceError:
        return fences(int(timeout), None)


def _warnings(pool: Pool, order: Fences | None) -> list[str]:
    warnings = [f"{pool.label}: {order.text}"] if order else []
    if pool.ha.enabled and pool.ha.overcommitted:
        warnings.append(
            f"{pool.label}: HA is to tolerate {pool.ha.host_failures_to_tolerate} host failures and can plan for "
            f"{pool.ha.plan_exists_for}. Some protected VMs would stay down."
        )
    return warnings


def _view(pool: Pool) -> View:
    armed = [{"name": host.name, "armed": pool.armed(host)} for host in pool.hosts]
    return {**ha_view(pool.ha), "hosts": armed}


def _summary(pool: Pool) -> View:
    return {
        "enabled": pool.ha.enabled,
        "configuration": dict(pool.ha.configuration),
        "heartbeat_sr": pool.ha.heartbeat_sr_name,
        "host_failures_to_tolerate": pool.ha.host_failures_to_tolerate,
        "pinned_timeout": pool.ha.pinned_timeout or "",
    }


def _expected(pool: Pool, desired: DesiredHa, steps: HaSteps) -> View:
    """The diff's other side: the same in check mode and for real."""
    after: dict[str, t.Any] = {**_summary(pool), "enabled": desired.enabled}
    if steps.enable and desired.sr is not None:
        after |= {"configuration": dict(desired.configuration or {}), "heartbeat_sr": desired.sr.name}
    if steps.tolerate is not None:
        after["host_failures_to_tolerate"] = steps.tolerate
    if steps.pin is not None:
        after["pinned_timeout"] = steps.pin
    return after
