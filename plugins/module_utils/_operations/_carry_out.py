# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs an operation for both front doors, and adds what it did to the report of its run.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import traceback
import typing as t
from dataclasses import replace
from pathlib import PurePath

from .._maintenance.errors import MaintenanceError
from ._context import Context, Outcome, Params

# The choices of a yes-or-no question: AWX has no boolean one.
TRUTH = {"true": True, "false": False}


def carry_out(operation: t.Callable[[Context], Outcome], context: Context) -> Outcome:
    """The outcome; what changed something is a step of the run named by ``run_id``."""
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        context.report(line)

    heard = replace(context, report=report, params=as_meant(context.params))
    try:
        outcome = operation(heard)
    except MaintenanceError:
        raise
    except Exception as error:
        raise _unforeseen(error, context.params) from error
    outcome.warnings += dict.fromkeys(heard.warnings)
    text = outcome.step or (said[-1] if said else "")
    if outcome.changed and outcome.step is not None and text:
        missing = heard.journal.step(text, len(outcome.result.get("moved", ())))
        outcome.warnings += [missing] if missing else []
    return outcome


def _unforeseen(error: Exception, params: Params) -> MaintenanceError:
    """A sentence for what nobody thought of: Ansible alone would say "Task failed." of an exception without a text."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = params.get("hostname") or params.get("api_url") or "this task"
    text = f" ({error})" if str(error) else ""
    return MaintenanceError(
        f"{where}: an unforeseen {type(error).__name__}{text} in {PurePath(place.filename).name}, line {place.lineno}. "
        "Look at the pool, then run this again; report it as a fault of this collection when it comes back.",
        exception="".join(traceback.format_exception(error)),
    )


def as_meant(params: Params) -> Params:
    """Options as a person types them into a form, which knows words only.

    A list may come as "xen01, xen02" or as nothing at all. What a role was asked for has no types of its own: there a
    "false" that somebody chose must not count as something that is filled in.
    """
    return {name: answers(value) if name == "asked" else names(value) for name, value in params.items()}


def names(value: t.Any) -> t.Any:
    """A list without blanks and empty words; anything else as it is."""
    if not isinstance(value, list):
        return value
    stripped = [each.strip() if isinstance(each, str) else each for each in value]
    return [each for each in stripped if each != ""]


def answers(value: t.Any) -> t.Any:
    """Truth for the words that mean it, at any depth."""
    if isinstance(value, dict):
        return {name: answers(each) for name, each in value.items()}
    return TRUTH.get(value, value) if isinstance(value, str) else value
