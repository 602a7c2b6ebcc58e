# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the run that holds a pool, to anyone who may read it.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib

from .._argspec import xapi_spec
from .._maintenance.errors import MaintenanceError
from .._maintenance.record import RunRecord
from .._maintenance.status import status_lines
from ._book import RecordBook
from ._context import Context, Outcome
from ._neighbours import host_and_addresses

SPEC = xapi_spec()


def run(context: Context) -> Outcome:
    """Read the record; nothing is changed."""
    hostname = context.params["hostname"]
    book = RecordBook.open(context)
    alone = []
    if book.record is None:
        here = {host["address"] for host in context.xapi.call("host.get_all_records").values()}
        hostname, book = _beside(context, hostname, here, book)
        alone = _alone(here, book.label)
    held = book.record
    lines = [*status_lines(book.label, held, book.now), *([] if held else alone)]
    for line in lines:
        context.report(line)
    run_of = held.as_dict() if held else None
    return Outcome(result={"run": run_of, "state": _state(held, book.now), "hostname": hostname, "lines": lines})


def _beside(context: Context, hostname: str, here: set[str], book: RecordBook) -> tuple[str, RecordBook]:
    """The host that was given may have left the pool of the others, and know nothing of their run (xapi.md 4.2)."""
    for member in context.params["members"]:
        if here & host_and_addresses(member):
            continue
        try:
            with contextlib.closing(context.xapi.at(member)) as other:
                found = RecordBook.read(other)
        except MaintenanceError:
            continue
        if found.record is not None:
            context.report(f"{hostname} is no member of {found.label} any more, its run was found at {other.address}")
            return other.address, found
    return hostname, book


def _alone(here: set[str], label: str) -> list[str]:
    """A host that has left a pool answers as a pool of its own, and nobody sees that from the outside."""
    if len(here) > 1:
        return []
    return [f"{label}: it is a pool of one host. If it has left another pool, ask a host that stayed there."]


def _state(held: RunRecord | None, now: int) -> str:
    if held is None:
        return "free"
    if held.ended:
        return "ended"
    return "running" if held.lives(now) else "silent"
