# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run in flight, told in lines for people.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .kinds import name_of, words
from .record import RunRecord, UndoEntry, duration

_LAST_STEPS = 5


def status_lines(pool: str, held: RunRecord | None, now: int) -> list[str]:
    """Who holds the pool, what is changed for now, what was done last, and what can be done about it."""
    if held is None:
        return [f"{pool}: no run holds it."]
    return [
        f"{pool}: {held.holding(now)}; {_pulse(held, now)}.",
        *(f"{pool} changed for now: {_sentence(entry)}, for {duration(now - entry.at)}" for entry in held.undo),
        *(f"{pool} {duration(now - step.at)} ago: {step.sentence}" for step in held.steps[-_LAST_STEPS:]),
        *(
            []
            if held.lives(now)
            else [f"{pool} if it is dead, the playbook resume carries on or takes everything back"]
        ),
    ]


def _pulse(held: RunRecord, now: int) -> str:
    if held.ended:
        return "it ended and left what follows"
    silent = duration(now - held.renewed)
    return f"last sign of life {silent} ago" if held.lives(now) else f"its lease has run out, silent for {silent}"


def _sentence(entry: UndoEntry) -> str:
    return words(entry.kind).changed.format(name_of(entry.object, entry.before))
