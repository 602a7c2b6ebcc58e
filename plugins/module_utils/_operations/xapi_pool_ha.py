# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches pool HA on with an explicit time-out, off, or back to exactly what it was.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._argspec import ArgumentSpec, run_spec, waiting_spec, xapi_spec
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool, Sr
from .._maintenance.ha import (
    DesiredHa,
    HaSteps,
    busy,
    desired_from_options,
    ha_before,
    ha_steps,
    require_ready_for_ha,
    unverified,
)
from .._maintenance.kinds import POOL_HA
from .._maintenance.views import View, ha_view
from .._maintenance.waiter import NotYet
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse

SPEC = (
    xapi_spec()
    | waiting_spec(600)
    | run_spec()
    | ArgumentSpec(
        options={
            "state": {"type": "str", "choices": ["enabled", "disabled", "restored"]},
            "ha_timeout": {"type": "int", "default": 180},
            "heartbeat_sr": {"type": "str"},
            "host_failures_to_tolerate": {"type": "int"},
            "allow_small_pool": {"type": "bool", "default": False},
            "restore": {"type": "dict"},
        },
        required_one_of=(("state", "restore"),),
        required_if=(("state", "restored", ("run_id",)),),
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
    desired = desired_from_options(pool, context.params)
    steps = ha_steps(pool.ha, desired)
    _require_possible(pool, desired, steps, _small_pools_allowed(context.params))
    after = pool if context.check_mode else _apply(context, pool, desired, steps)
    return Outcome(
        changed=steps.changed,
        result={"ha": _view(after), "ha_before": ha_before(pool.ha)},
        before=_summary(pool),
        after=_expected(pool, desired, steps),
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


def _small_pools_allowed(params: t.Mapping[str, t.Any]) -> bool:
    # What ran before may run again: restoring must not fail over advice.
    return bool(params["allow_small_pool"]) or params["restore"] is not None


def _require_possible(pool: Pool, desired: DesiredHa, steps: HaSteps, small: bool) -> None:
    if steps.enable and desired.sr is not None:
        require_ready_for_ha(pool, desired.sr, small)
    elif steps.disable:
        refuse(pool.label, busy(pool), "Wait until that has finished, then run this again.")


def _apply(context: Context, pool: Pool, desired: DesiredHa, steps: HaSteps) -> Pool:
    deadline = Deadline(context)
    if steps.disable:
        _disable(context, deadline, pool)
    if steps.enable and desired.sr is not None:
        _enable(context, deadline, pool, desired, desired.sr)
    if steps.tolerate is not None:
        _tolerate(context, deadline, pool, steps.tolerate)
    return read_pool(context.xapi) if steps.changed else pool


def _disable(context: Context, deadline: Deadline, pool: Pool) -> None:
    context.journal.note(POOL_HA, pool.label, ha_before(pool.ha))
    what = f"{pool.label}: switching HA off"
    # A member that does not answer makes xapi retry for ever, and ha_enabled tells the truth (xapi.md 2.7).
    deadline.insist(
        what,
        lambda: context.xapi.task("pool.disable_ha", waiter=deadline.waiter(), what=what, about=pool.label),
        lambda seen: not seen.ha.enabled or _still_switching(seen) is not None,
        ("HA_NOT_ENABLED", "HA_DISABLE_IN_PROGRESS"),
    )
    _verify(deadline, what, DesiredHa(enabled=False))
    context.report(f"{pool.label} HA is off")


def _enable(context: Context, deadline: Deadline, pool: Pool, desired: DesiredHa, sr: Sr) -> None:
    what = f"{pool.label}: switching HA on"
    arguments = ([sr.ref], dict(desired.configuration or {}))
    try:
        deadline.insist(
            what,
            lambda: context.xapi.task(
                "pool.enable_ha", *arguments, waiter=deadline.waiter(), what=what, about=pool.label
            ),
            lambda seen: seen.ha.enabled or _still_switching(seen) is not None,
            ("HA_IS_ENABLED", "HA_ENABLE_IN_PROGRESS"),
        )
        _verify(deadline, what, desired)
    except MaintenanceError as error:
        raise _with_way_back(error, pool) from None
    timeout = (desired.configuration or {}).get("timeout", "XAPI's own")
    context.report(f"{pool.label} HA is on, heartbeat on {sr.name}, timeout {timeout} s")


def _tolerate(context: Context, deadline: Deadline, pool: Pool, number: int) -> None:
    method = "pool.set_ha_host_failures_to_tolerate"
    deadline.insist(
        f"{pool.label}: setting the failures to tolerate",
        lambda: context.xapi.call(method, pool.ref, str(number), about=pool.label),
        lambda seen: seen.ha.host_failures_to_tolerate == number,
        (),
    )
    context.report(f"{pool.label} HA is to tolerate {number} host failures")


def _with_way_back(error: MaintenanceError, pool: Pool) -> MaintenanceError:
    if not pool.ha.enabled:
        return error
    return MaintenanceError(
        f"{error.message} HA was on before and may be off now; pass ha_before as restore once the cause is gone.",
        ha_before=ha_before(pool.ha),
    )


def _verify(deadline: Deadline, what: str, desired: DesiredHa) -> None:
    def judge(pool: Pool) -> bool | NotYet:
        wrong = unverified(pool, desired) or _still_switching(pool)
        return NotYet(wrong) if wrong else True

    deadline.wait_for_pool(what, judge, "Look for a host that does not answer, then run this again.")


def _still_switching(pool: Pool) -> str | None:
    running = [operation for operation in pool.current_operations.values() if operation.startswith("ha_")]
    return f"the pool is busy with {running[0]}" if running else None


def _view(pool: Pool) -> View:
    armed = [{"name": host.name, "armed": pool.armed(host)} for host in pool.hosts]
    return {**ha_view(pool.ha), "hosts": armed}


def _summary(pool: Pool) -> View:
    return {
        "enabled": pool.ha.enabled,
        "configuration": dict(pool.ha.configuration),
        "heartbeat_sr": pool.ha.heartbeat_sr_name,
        "host_failures_to_tolerate": pool.ha.host_failures_to_tolerate,
    }


def _expected(pool: Pool, desired: DesiredHa, steps: HaSteps) -> View:
    """The diff's other side: the same in check mode and for real."""
    after = {**_summary(pool), "enabled": desired.enabled}
    if steps.enable and desired.sr is not None:
        after |= {"configuration": dict(desired.configuration or {}), "heartbeat_sr": desired.sr.name}
    if steps.tolerate is not None:
        after["host_failures_to_tolerate"] = steps.tolerate
    return after
