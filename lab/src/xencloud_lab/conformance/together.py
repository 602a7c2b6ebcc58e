# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``concurrent`` steps: calls in flight at the same time."""

from __future__ import annotations

import typing as t

from .answers import Answer, Pending, body_of
from .compare import difference, same_set
from .outcome import judge
from .stage import Stage
from .transcript import Step

Verdicts = list[tuple[str, str | None]]


def play_together(stage: Stage, step: Step) -> Verdicts:
    """Each call of a concurrent step with what is wrong with its answer."""
    if isinstance(step["concurrent"], dict):
        return [(step["concurrent"]["call"], _rounds(stage, step))]
    _prepare(stage, step)
    pending: list[Pending | Answer] = []
    for entry in step["concurrent"]:
        stage.pass_time(float(entry.get("after_s", 0.0)))
        pending.append(_send(stage, entry["call"], entry["args"]))
    meanwhile = _meanwhile(stage, step)
    answers = [stage.line.end(call) for call in pending]
    found = [judge(e["result"], a, stage.symbols) for e, a in zip(step["concurrent"], answers, strict=True)]
    calls = [entry["call"] for entry in step["concurrent"]]
    return [*zip(calls, found, strict=True), ("pool meanwhile", meanwhile)]


def _prepare(stage: Stage, step: Step) -> None:
    """HA as the first call needs it: the recorder set it without a step of its own."""
    first = step["concurrent"][0]
    db = stage.database()
    enabled = db is not None and next(iter(db.rows("pool").values()))["ha_enabled"]
    wanted_off = first["call"] == "pool.enable_ha" or "ha_enable" in step.get("pool_allowed_operations_meanwhile", [])
    if wanted_off and enabled and "ok" in first["result"]:
        stage.do("pool.disable_ha")
    if first["call"] == "pool.disable_ha" and not enabled and "ok" in first["result"]:
        stage.do("pool.enable_ha", [], {})  # any SR that fits


def _send(stage: Stage, method: str, args: list[t.Any], session: str | None = None) -> Pending | Answer:
    master = stage.master()
    root = session or stage.session("root", master.name)
    body = body_of("xmlrpc", method, [root, *stage.symbols.fill_in(args)])
    return stage.line.send(master, "/", body)


def _meanwhile(stage: Stage, step: Step) -> str | None:
    db = stage.database()
    if db is None:
        return "nobody is master"
    row = next(iter(db.rows("pool").values()))
    for field in ("current_operations", "allowed_operations"):
        wanted = step.get(f"pool_{field}_meanwhile")
        own = row[field]
        found = None if wanted is None else same_set(wanted, sorted(dict.fromkeys(_names(own))), stage.symbols, field)
        if found:
            return found
    return None


def _names(operations: t.Any) -> list[str]:
    return list(operations.values()) if isinstance(operations, dict) else list(operations)


def _rounds(stage: Stage, step: Step) -> str | None:
    """Several sessions add the same key at the same moment, again and again."""
    plan = step["concurrent"]
    reference, key, _value = plan["args"]
    master = stage.master().name
    sessions = [stage.open(f"together{number}", master) for number in range(plan["sessions"])]
    one, others, kept, odd = 0, 0, 0, []
    for _round in range(plan["rounds"]):
        calls = [_send(stage, plan["call"], [reference, key, f"owner{n}"], s) for n, s in enumerate(sessions)]
        answers = [stage.line.end(call) for call in calls]
        winners = [number for number, answer in enumerate(answers) if answer.kind == "ok"]
        losers = [answer for answer in answers if answer.kind != "ok"]
        one += len(winners) == 1
        others += all(answer.value[0] == "MAP_DUPLICATE_KEY" for answer in losers)
        odd += [answer.value for answer in losers if answer.value[0] != "MAP_DUPLICATE_KEY"]
        now = stage.do("pool.get_other_config", reference).value
        kept += bool(winners) and now.get(key) == f"owner{winners[0]}"
        stage.do("pool.remove_from_other_config", reference, key)
    own = {
        "rounds_with_exactly_one_ok": one,
        "rounds_where_all_others_got_MAP_DUPLICATE_KEY": others,
        "rounds_where_the_value_read_back_is_the_winners": kept,
        "other_answers": odd,
    }
    return difference(step["result"], own, stage.symbols)
