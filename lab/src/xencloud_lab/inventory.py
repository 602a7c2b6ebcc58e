# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab answers, asked of its own registries: keeps the page about its fidelity true.

``python -m xencloud_lab.inventory docs/lab_fidelity.md`` writes the tables of that page anew.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

from .cloudstack import registry as commands
from .cloudstack.commands.unmodelled import UNMODELLED
from .cloudstack.settings import SETTINGS
from .fault_spec import EXPLAINED
from .xapi import registry as messages
from .xapi.model import load
from .xapi.profiles import PROFILES

BEGIN, END = "<!-- inventory: begin -->", "<!-- inventory: end -->"
Names = dict[str, list[str]]


def xapi_messages() -> Names:
    """Messages with code of their own, by class."""
    found: Names = {}
    for cls, name in sorted(messages.everything()):
        found.setdefault(cls, []).append(name)
    return found


def cloudstack_commands() -> Names:
    """Commands by family."""
    found: Names = {}
    for command in commands.everything():
        found.setdefault(command.run.__module__.rpartition(".")[2], []).append(command.name)
    return dict(sorted(found.items()))


def tables() -> str:
    """All tables of the page."""
    own, answered = xapi_messages(), cloudstack_commands()
    refused = sorted(UNMODELLED)
    fields = sum(message.implicit for entry in load().classes.values() for message in entry.messages.values())
    count = sum(map(len, own.values()))
    parts = [
        f"**XAPI: {count} messages with code of their own**, and {fields} getters and setters made from the datamodel.",
        _table("class", own),
        f"**CloudStack: {sum(map(len, answered.values()))} commands**, and {len(SETTINGS)} global settings.",
        _table("family", answered),
        f'**Known and refused** with "not modelled by xencloud-lab": {_list(refused)}.',
        f"**Products**: {_list(PROFILES)}.",
        "**Faults**:",
        "\n".join(
            ["| kind | what happens |", "|---|---|", *(f"| `{kind}` | {text} |" for kind, text in EXPLAINED.items())]
        ),
    ]
    return "\n\n".join(parts)


def _table(head: str, rows: Names) -> str:
    return "\n".join(
        [f"| {head} | answered |", "|---|---|", *(f"| {k} | {_list(names)} |" for k, names in rows.items())]
    )


def _list(names: t.Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def renewed(page: str) -> str:
    """The page with the tables of now between its marks."""
    before, _begin, rest = page.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def main(argv: list[str]) -> int:
    """Renew the pages that are named."""
    for name in argv:
        path = Path(name)
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
