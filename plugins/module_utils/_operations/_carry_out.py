# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs an operation for both front doors, and adds what it did to the report of its run.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ._context import Context, Outcome


def carry_out(operation: t.Callable[[Context], Outcome], context: Context) -> Outcome:
    """The outcome; what changed something is a step of the run named by ``run_id``."""
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        context.report(line)

    heard = replace(context, report=report)
    outcome = operation(heard)
    text = outcome.step or (said[-1] if said else "")
    if outcome.changed and outcome.step is not None and text:
        missing = heard.journal.step(text, len(outcome.result.get("moved", ())))
        outcome.warnings += [missing] if missing else []
    return outcome
