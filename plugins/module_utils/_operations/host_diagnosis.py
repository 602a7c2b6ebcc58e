# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at one host from all sides and names the rungs that lead it back into service; read-only.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, cloudstack_spec, waiting_spec, xapi_spec
from .._maintenance.errors import WaitTimeout
from .._maintenance.ladder.climb import ladder
from .._maintenance.ladder.facts import HostFacts
from .._maintenance.ladder.rungs import ASKED, ORDER, Rung, barred, rung_view, to_climb
from .._maintenance.waiter import NotYet
from ._context import Context, Outcome
from ._host_facts import Observer

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(600)
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "cluster": {"type": "str"},
            "allow": {"type": "list", "elements": "str", "choices": list(ASKED), "default": []},
            "wait_while": {"type": "list", "elements": "str", "choices": list(ORDER), "default": []},
        }
    )
)


def run(context: Context) -> Outcome:
    """Look once, or until none of ``wait_while`` is needed any more; it is no failure when that takes too long."""
    observer = Observer(context)
    facts = observer.look()
    rungs = ladder(facts)
    if _needed(rungs, context) and not context.check_mode:
        facts, rungs = _wait(context, observer, facts)
    allowed = context.params["allow"]
    views = [rung_view(facts.name, rung, allowed) for rung in rungs]
    for view in views:
        context.report(view["text"])
    return Outcome(
        result={
            "host": _host_view(facts),
            "ladder": views,
            "to_climb": to_climb(rungs, allowed),
            "barred": [view["text"] for view, rung in zip(views, rungs, strict=True) if barred(rung, allowed)],
            "left": [view["text"] for view in views if view["kind"] != "note"],
        }
    )


def _wait(context: Context, observer: Observer, first: HostFacts) -> tuple[HostFacts, list[Rung]]:
    seen = [first]

    def probe() -> bool | NotYet:
        seen.append(observer.look())
        why = _needed(ladder(seen[-1]), context)
        return NotYet(why) if why else True

    try:
        context.waiter().wait(f"{first.name}: waiting", probe)
    except WaitTimeout as timeout:
        context.report(timeout.message)
    return seen[-1], ladder(seen[-1])


def _needed(rungs: t.Iterable[Rung], context: Context) -> str:
    """What is still to be waited for, for people."""
    return "; ".join(rung.cause for rung in rungs if rung.code in context.params["wait_while"])


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
