# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at one host from all sides and names the rungs that lead it back into service; read-only.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from functools import partial

from .._argspec import ArgumentSpec, cloudstack_spec, run_spec, waiting_spec, xapi_spec
from .._maintenance.errors import WaitTimeout
from .._maintenance.ladder.climb import ladder
from .._maintenance.ladder.facts import HostFacts
from .._maintenance.ladder.rungs import ASKED, ORDER, barred, rung_view, to_climb
from .._maintenance.waiter import NotYet
from ._context import Context, Outcome
from ._host_facts import Observer

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(600)
    | run_spec()
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "cluster": {"type": "str"},
            "allow": {"type": "list", "elements": "str", "choices": list(ASKED), "default": []},
            "quiet_time": {"type": "float", "default": 60.0},
            "wait_while": {"type": "list", "elements": "str", "choices": list(ORDER), "default": []},
        }
    )
)


def run(context: Context) -> Outcome:
    """Look once, or until none of ``wait_while`` is needed any more; it is no failure when that takes too long."""
    observer = Observer(context)
    facts = _look(context, observer)
    rungs, allowed = ladder(facts), context.params["allow"]
    views = [rung_view(facts.name, rung, allowed) for rung in rungs]
    for view in views:
        context.report(view["text"])
    return Outcome(
        result={
            "host": _host_view(facts),
            "members": observer.members,
            "ladder": views,
            "to_climb": to_climb(rungs, allowed),
            "barred": [view["text"] for view, rung in zip(views, rungs, strict=True) if barred(rung, allowed)],
            "left": [view["text"] for view in views if view["kind"] != "note"],
        }
    )


def _look(context: Context, observer: Observer) -> HostFacts:
    facts = observer.look()
    if _quiet(facts):
        # A host in emergency mode restarts its toolstack every few minutes: only one that stays quiet is off.
        facts = _look_until(context, observer, context.params["quiet_time"], _quiet)
    needed = partial(_needed, context.params["wait_while"])
    if needed(facts) and not context.check_mode:
        facts = _look_until(context, observer, context.params["wait_timeout"], needed)
    return facts


def _quiet(facts: HostFacts) -> str:
    return f"{facts.voice.text}, and the pool counts it as dead" if facts.seems_off else ""


def _needed(codes: t.Collection[str], facts: HostFacts) -> str:
    """What is still to be waited for, for people."""
    return "; ".join(rung.cause for rung in ladder(facts) if rung.code in codes)


def _look_until(context: Context, observer: Observer, timeout_s: float, why: t.Callable[[HostFacts], str]) -> HostFacts:
    """The facts when there is no reason any more to wait, or when the time is over."""
    seen: list[HostFacts] = []

    def probe() -> HostFacts | NotYet:
        seen.append(observer.look())
        reason = why(seen[-1])
        return NotYet(reason) if reason else seen[-1]

    try:
        return context.waiter(timeout_s).wait(f"{context.params['host']}: waiting", probe)
    except WaitTimeout:
        return seen[-1]


def _host_view(facts: HostFacts) -> dict[str, t.Any]:
    pool, cloud = facts.pool, facts.cloud
    return {
        "name": facts.name,
        "address": facts.address,
        "answers": facts.voice.state,
        "emergency": facts.voice.code if facts.voice.state == "emergency" else "",
        "is_master": pool.is_master if pool else None,
        "live": pool.live if pool else None,
        "enabled": pool.enabled if pool else None,
        "pool_ha": pool.ha_enabled if pool else None,
        "cloudstack_state": cloud.state if cloud else None,
        "cloudstack_resource_state": cloud.resource_state if cloud else None,
    }
