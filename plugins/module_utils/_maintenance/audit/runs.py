# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that hold the pool, or held it and left something behind (peers.md I28, I29).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..kinds import POOL_HA
from ..matching import Estate
from ..record import RunRecord, UndoEntry, read_record
from .model import Check, Finding, Scope


def under_way(estate: Estate, scope: Scope) -> bool:
    """A run is working on the pool, or it is one that asks; what an ended or dead one left is no excuse."""
    held = read_record(estate.pool.other_config)
    return held is not None and (held.lives(int(estate.facts.now)) or held.lock.run_id == scope.run_id)


def records(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """The record in the pool, unless it is that of the run that asks."""
    held = read_record(estate.pool.other_config)
    now = int(estate.facts.now)
    if held is None or held.lock.run_id == scope.run_id:
        return
    if held.lives(now):
        yield _in_flight(estate, scope, held, now)
    elif not held.ended:
        yield _died(estate, scope, held, now)
    elif any(entry.kind != POOL_HA for entry in held.undo):
        yield _left(estate, held)


def _in_flight(estate: Estate, scope: Scope, held: RunRecord, now: int) -> Finding:
    return Finding(
        "run_in_flight",
        "info" if scope.looking else "blocker",
        estate.pool.label,
        f"{held.holding(now)} is working on it",
        "Wait until it has finished; the playbook status shows how far it is.",
    )


def _died(estate: Estate, scope: Scope, held: RunRecord, now: int) -> Finding:
    return Finding(
        "run_died",
        "warning" if scope.looking else "blocker",
        estate.pool.label,
        f"{held.holding(now)} has given no sign of life since its lease ran out, and left {_told(held.undo)}",
        "Make sure that it is dead, then run the playbook resume.",
    )


def _left(estate: Estate, held: RunRecord) -> Finding:
    # That HA is off is a finding of its own.
    others = [entry for entry in held.undo if entry.kind != POOL_HA]
    return Finding(
        "undo_left",
        "warning",
        estate.pool.label,
        f"{held.lock.name} ended and left {_told(others)}",
        "Take it back with the playbook resume.",
    )


def _told(entries: t.Sequence[UndoEntry]) -> str:
    """What is still changed, for people."""
    things = ", ".join(entry.still for entry in entries)
    return f"this to take back: {things}" if things else "nothing to take back"


POOL_STANDING: tuple[Check, ...] = (records,)
