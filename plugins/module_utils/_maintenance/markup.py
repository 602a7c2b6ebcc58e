# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTML out of text that nobody vouches for: what is not markup already is escaped.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str) -> Markup:
    """An element with its content; a trailing underscore of an attribute's name goes (``class_``)."""
    given = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{given}>{together(content)}</{tag}>")


def together(parts: t.Iterable[str]) -> Markup:
    """One after the other; plain text is escaped here and nowhere else."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
