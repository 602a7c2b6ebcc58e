# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run in flight, told in lines for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .digest import short
from .kinds import OF_A_HOST
from .record import RunRecord, UndoEntry, duration
from .request import in_words

_LAST_STEPS = 5


def status_lines(pool: str, held: RunRecord | None, now: int) -> list[str]:
    """Who holds the pool, what is changed for now, what was done last, and what can be done about it."""
    if held is None:
        return [f"{pool}: no run holds it."]
    return [
        f"{pool}: {held.holding(now)}; {_pulse(held, now)}.",
        *_request(pool, held),
        *_progress(pool, held),
        *(f"{pool} changed for now: {entry.changed}, for {duration(now - entry.at)}" for entry in held.undo),
        *(f"{pool} {duration(now - step.at)} ago: {step.sentence}" for step in held.steps[-_LAST_STEPS:]),
        f"{pool} {_way_on(held, now)}",
    ]


def _request(pool: str, held: RunRecord) -> list[str]:
    asked, plan = in_words(held.lock.asked, _names(held)), held.lock.plan
    return [
        *([f"{pool} it was asked for {asked}"] if asked else []),
        *([f"{pool} its plan is {short(plan)}"] if plan else []),
    ]


def _names(held: RunRecord) -> dict[str, str]:
    """What the record calls the things of which it was told the address or the id."""
    known = {entry.object: entry.name for entry in held.undo}
    known |= {entry.before["uuid"]: entry.name for entry in held.undo if _has_uuid(entry)}
    return known


def _has_uuid(entry: UndoEntry) -> bool:
    return isinstance(entry.before, dict) and isinstance(entry.before.get("uuid"), str)


def _progress(pool: str, held: RunRecord) -> list[str]:
    """The whole run in a line: which hosts it has done with, which it works on, and how many VMs have moved."""
    now = list(dict.fromkeys(entry.name for entry in held.undo if entry.kind in OF_A_HOST))
    past = dict.fromkeys(step.text for step in held.steps if step.kind in OF_A_HOST)
    done = [name for name in past if name not in now]
    moves = sum(step.moves for step in held.steps)
    told = [
        *([f"done with {' '.join(done)}"] if done else []),
        *([f"{' '.join(now)} {'not finished' if held.ended else 'under way'}"] if now else []),
        *([f"{moves} live migrations"] if moves else []),
    ]
    return [f"{pool} so far: {', '.join(told)}"] if told else []


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
