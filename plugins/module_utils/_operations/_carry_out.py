# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs an operation for both front doors, and adds what it did to the report of its run.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ._context import Context, Outcome, Params


def carry_out(operation: t.Callable[[Context], Outcome], context: Context) -> Outcome:
    """The outcome; what changed something is a step of the run named by ``run_id``."""
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        context.report(line)

    heard = replace(context, report=report, params=as_meant(context.params))
    outcome = operation(heard)
    text = outcome.step or (said[-1] if said else "")
    if outcome.changed and outcome.step is not None and text:
        missing = heard.journal.step(text, len(outcome.result.get("moved", ())))
        outcome.warnings += [missing] if missing else []
    return outcome


def as_meant(params: Params) -> Params:
    """Lists of words as a person types them into a form, "xen01, xen02" or nothing at all, are lists of names."""
    return {name: names(value) if isinstance(value, list) else value for name, value in params.items()}


def names(values: list[t.Any]) -> list[t.Any]:
    stripped = [value.strip() if isinstance(value, str) else value for value in values]
    return [value for value in stripped if value != ""]
