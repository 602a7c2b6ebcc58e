# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures of hosts and guests as GET /rrd_updates gives them (``xapi.md`` 12.2, 12.4).

No history is kept: the document has one row, the memory of now, at the last step of five seconds.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .placement import free_memory
from .rows import host_ref
from .wire_xmlrpc import escape

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database

STEP_S = 5
KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Table:
    """One row of values at a moment; no row when the client has asked for later ones."""

    at: int
    start: int
    values: dict[str, float]
    rows: int


def table(db: Database, machine: Machine, now: float, start: int, *, with_host: bool) -> Table:
    """What this machine measures of itself and of its guests."""
    at = int(now) // STEP_S * STEP_S
    values = {f"AVERAGE:vm:{uuid}:memory": float(d.memory_mib * MIB) for uuid, d in sorted(machine.domains.items())}
    if with_host:
        host = host_ref(db, machine)
        total = int(db.row("host_metrics", db.row("host", host)["metrics"])["memory_total"])
        free = free_memory(db, host)
        prefix = f"AVERAGE:host:{machine.uuid}"
        values |= {f"{prefix}:memory_total_kib": total / KIB, f"{prefix}:memory_free_kib": free / KIB}
    return Table(at, start, values, int(start <= at))


def as_json(shown: Table) -> str:
    """For json=true."""
    meta = {"start": shown.start, "step": STEP_S, "end": shown.at, "rows": shown.rows}
    meta |= {"columns": len(shown.values)}
    rows = [{"t": shown.at, "values": list(shown.values.values())}] * shown.rows
    return json.dumps({"meta": {**meta, "legend": list(shown.values)}, "data": rows})


def as_xml(shown: Table) -> str:
    """The format of rrdtool's xport."""
    legend = "".join(f"<entry>{escape(name)}</entry>" for name in shown.values)
    cells = "".join(f"<v>{value:.4f}</v>" for value in shown.values.values())
    meta = (
        f"<meta><start>{shown.start}</start><step>{STEP_S}</step><end>{shown.at}</end>"
        f"<rows>{shown.rows}</rows><columns>{len(shown.values)}</columns><legend>{legend}</legend></meta>"
    )
    return f"<xport>{meta}<data>{f'<row><t>{shown.at}</t>{cells}</row>' * shown.rows}</data></xport>"
