# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run in flight, told in lines for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .digest import short
from .record import Lock, RunRecord, duration
from .request import in_words

_LAST_STEPS = 5


def status_lines(pool: str, held: RunRecord | None, now: int) -> list[str]:
    """Who holds the pool, what is changed for now, what was done last, and what can be done about it."""
    if held is None:
        return [f"{pool}: no run holds it."]
    return [
        f"{pool}: {held.holding(now)}; {_pulse(held, now)}.",
        *_request(pool, held.lock),
        *(f"{pool} changed for now: {entry.changed}, for {duration(now - entry.at)}" for entry in held.undo),
        *(f"{pool} {duration(now - step.at)} ago: {step.sentence}" for step in held.steps[-_LAST_STEPS:]),
        f"{pool} {_way_on(held, now)}",
    ]


def _request(pool: str, lock: Lock) -> list[str]:
    asked, plan = in_words(lock.asked), f"its plan is {short(lock.plan)}"
    return [*([f"{pool} it was asked for {asked}"] if asked else []), *([f"{pool} {plan}"] if lock.plan else [])]


def _pulse(held: RunRecord, now: int) -> str:
    if held.ended:
        return "it ended and left what follows"
    silent = duration(now - held.renewed)
    return f"last sign of life {silent} ago" if held.lives(now) else f"its lease has run out, silent for {silent}"


def _way_on(held: RunRecord, now: int) -> str:
    resume = "the playbook resume carries on, or takes everything back with resume_action=take_back"
    if held.ended:
        return f"to do: {resume}"
    if not held.lives(now):
        return f"to do: make sure that its controller is dead; then {resume}"
    left = duration(held.renewed + held.lock.lease_s - now)
    return f"its lease lasts another {left}; if its controller is dead, resume_takeover=true makes resume not wait"
