# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing one answer with the result of its step."""

from __future__ import annotations

import typing as t

from .answers import Answer
from .compare import difference, same_set
from .selected import selected
from .symbols import Symbols, is_symbol

UNORDERED_FROM = 3
TAIL = 35  # of a shortened body: what comes before can hold more members of a map
_KINDS = ("error", "fault", "http", "transport")


def judge(result: dict[str, t.Any], answer: Answer, symbols: Symbols) -> str | None:
    """What is wrong with an answer, in words; None when it is alike."""
    for kind in _KINDS:
        if kind in result:
            return _refused(kind, result[kind], answer, symbols)
    bare = any(key.startswith("bare") for key in result)
    if answer.kind != ("bare" if bare else "ok"):
        wanted = "an answer without status" if bare else "success"
        return f"expected {wanted}, got {answer.kind} {symbols.name(answer.value)!r}"
    found = (_part(key, value, answer.value, symbols) for key, value in result.items())
    return next((text for text in found if text), None)


def _refused(kind: str, expected: t.Any, answer: Answer, symbols: Symbols) -> str | None:
    if answer.kind != kind:
        return f"expected {kind} {expected!r}, got {answer.kind} {_short(symbols.name(answer.value))}"
    if kind == "error":
        return _error(expected, answer.value, symbols)
    if kind == "http":
        return None if _same_page(expected, answer.value) else f"expected {expected}, got {_short(answer.value)}"
    if kind == "transport":
        return None if _quiet(expected) == _quiet(answer.value) else f"expected {expected}, got {answer.value}"
    return difference(expected, answer.value, symbols)


def _quiet(text: str) -> str:
    """All silence is alike, however long the recorder waited, and so are all broken connections."""
    return "no answer" if text.startswith("no answer") else text.replace("reset", "refused")


def _error(expected: list[str], actual: list[str], symbols: Symbols) -> str | None:
    """Code and number of parameters; the text of internal errors is nobody's business (README, rule 4)."""
    if expected[:1] == actual[:1] == ["INTERNAL_ERROR"] and not str(actual[1]).startswith("not modelled"):
        return None if len(expected) == len(actual) else f"expected {expected}, got {actual}"
    found = difference(expected, actual, symbols)
    if found and len(expected) > UNORDERED_FROM and all(is_symbol(param) for param in expected[1:]):
        found = same_set(expected, actual, symbols)  # objects in the order of a table of references
    return f"expected {expected}, got {symbols.name(actual)}" if found else None


def _part(key: str, expected: t.Any, value: t.Any, symbols: Symbols) -> str | None:
    match key:
        case "ok" if isinstance(expected, int) and isinstance(value, list):
            return _part("ok_length_of", expected, value, symbols)
        case "ok":
            return difference(expected, value, symbols)
        case "ok_type":
            return None if _type_of(value, expected) else f"expected a {expected}, got {_short(value)}"
        case "ok_count" | "bare_count" | "count":
            return None if len(value) == expected else f"expected {expected} elements, got {len(value)}"
        case "ok_keys":
            return same_set(expected, _fields(value), symbols, "fields")
        case "ok_set" | "bare_set":
            return same_set(expected, value, symbols)
        case "ok_length_of":
            return None if len(value) == expected else f"expected length {expected}, got {len(value)}"
        case "ok_selected" | "ok_contains":
            return selected(expected, value, symbols)
        case "symbol":
            symbols.bind(expected, value)
            return None
        case _:
            return f"result key {key} is not understood"


def _same_page(expected: dict[str, t.Any], actual: dict[str, t.Any]) -> bool:
    """An HTTP answer; the recorder kept the beginning of its body."""
    return expected["status"] == actual["status"] and expected["body"][-TAIL:] in actual["body"]


def _fields(value: dict[str, t.Any]) -> list[str]:
    """Field names of a record, or of the records in a map of them."""
    if value and all(key.startswith("OpaqueRef:") for key in value):
        return sorted(next(iter(value.values())))
    return sorted(value)


def _type_of(value: t.Any, kind: str) -> bool:
    match kind:
        case "ref":
            return isinstance(value, str) and value.startswith("OpaqueRef:")
        case "string":  # the recorder's reader gave dates as text
            return isinstance(value, str) or (isinstance(value, dict) and set(value) == {"datetime"})
        case "set":
            return isinstance(value, list)
        case "map" | "record":
            return isinstance(value, dict)
        case _:
            return False


def _short(value: t.Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}..."
