# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Symbols of a recording (``@host:xen1``) and what they stand for in this replay."""

from __future__ import annotations

import re
import typing as t

_SYMBOL = re.compile(r"@[A-Za-z_]\w*(?::[^\"'<>|@()\s\\,;/?=&]+)?")

Lookup = t.Callable[[str], str | None]


def is_symbol(value: t.Any) -> t.TypeGuard[str]:
    """Whether a value of a recording is a symbol and nothing else."""
    return isinstance(value, str) and value.startswith("@")


class Symbols:
    """The table, filled as symbols appear; names of the estate are looked up in the lab.

    An object that joins another pool gets another reference there: what is gone is looked up again.
    """

    def __init__(self, lookup: Lookup, exists: t.Callable[[str], bool], invent: t.Callable[[str], str]) -> None:
        self._lookup = lookup
        self._exists = exists
        self._invent = invent
        self._values: dict[str, str] = {}
        self._symbols: dict[str, str] = {}

    def bind(self, symbol: str, value: str) -> None:
        """From now on the symbol stands for this."""
        self._values[symbol] = value
        self._symbols[value] = symbol

    def known(self, symbol: str) -> str | None:
        """What a symbol stands for, if that is known."""
        old = self._values.get(symbol)
        if old is not None and (not old.startswith("OpaqueRef:") or self._exists(old)):
            return old
        found = self._lookup(symbol)
        if found is None or symbol.startswith("@session:"):
            return found or old
        self.bind(symbol, found)
        return found

    def agree(self, symbol: str, value: str) -> bool:
        """Whether the value can be what the symbol stands for; an unknown symbol is bound to it."""
        known = self.known(symbol)
        if known is not None:
            return known == value
        if value in self._symbols:
            return False
        self.bind(symbol, value)
        return True

    def fill_in(self, value: t.Any) -> t.Any:
        """An argument with its symbols replaced."""
        match value:
            case str():
                return self._text(value)
            case list():
                return [self.fill_in(item) for item in value]
            case dict():
                return {self._text(key): self.fill_in(item) for key, item in value.items()}
            case _:
                return value

    def _text(self, text: str) -> str:
        if "@" not in text:
            return text
        if is_symbol(text) and (whole := self.known(text)) is not None:
            return whole
        return _SYMBOL.sub(self._replacement, text)

    def _replacement(self, found: re.Match[str]) -> str:
        symbol = found[0]
        value = self.known(symbol)
        if value is None:
            value = self._invent(symbol)
            self.bind(symbol, value)
        return value

    def name(self, value: t.Any) -> t.Any:
        """A value with its symbols put back, for people."""
        match value:
            case str():
                return self._symbols.get(value, value)
            case list():
                return [self.name(item) for item in value]
            case dict():
                return {self.name(key): self.name(item) for key, item in value.items()}
            case _:
                return value
