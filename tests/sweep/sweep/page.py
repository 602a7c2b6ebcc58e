# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of full sweeps, as the table of ``docs/sweeps.md``."""

from __future__ import annotations

import typing as t
from pathlib import Path

from .cases import FAULTS, MODES
from .rehearsals import Json

PAGE = Path(__file__).parents[3] / "docs" / "sweeps.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
_HEAD = (
    "| role | calls | moments | stopped dead | with a fault | violations | minutes |\n|---|---|---|---|---|---|---|\n"
)


def renew(figures: t.Mapping[str, Json], page: Path = PAGE) -> None:
    """Put the figures of these roles into the page; those of other roles stay."""
    text = page.read_text("utf-8")
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    rows = {_role(row): row for row in table.splitlines(keepends=True)[2:]}
    rows |= {role: _row(role, told) for role, told in figures.items()}
    page.write_text(f"{before}{BEGIN}{_HEAD}{''.join(rows[role] for role in sorted(rows))}{END}{after}", "utf-8")


def _role(row: str) -> str:
    return row.split("|")[1].strip(" `")


def _row(role: str, told: Json) -> str:
    crashes, faults = (sum(told["by"][what] for what in kinds) for kinds in (MODES, FAULTS))
    cells = (
        f"`{role}`",
        told["calls"],
        told["moments"],
        crashes,
        faults,
        told["violations"],
        f"{told['took'] / 60:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |\n"
