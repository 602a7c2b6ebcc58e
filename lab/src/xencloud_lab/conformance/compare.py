# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a value of the lab is what the recording has: structure, symbols, placeholders."""

from __future__ import annotations

import re
import typing as t

from .symbols import Symbols, is_symbol

_DATE = re.compile(r"\d{8}T\d\d:\d\d:\d\dZ?")
_TOKEN = re.compile(r"\d+,\d+|-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d*)?(e[+-]?\d+)?")
_HOLE = re.compile(r"@[A-Za-z_]\w*(?::[^\"'<>|@()\s\\,;/?=&]+)?|DATETIME|SECONDS")
_UNORDERED = frozenset({"allowed_operations", "features", "capabilities", "tags"})


def difference(expected: t.Any, actual: t.Any, symbols: Symbols, where: str = "") -> str | None:
    """The first point in which they differ, in words; None when they are alike."""
    match expected:
        case {"any": kind} if len(expected) == 1:
            return None if _fits(kind, actual) else f"{where or 'value'}: {actual!r} is no {kind}"
        case dict():
            return _maps(expected, actual, symbols, where)
        case list():
            return _lists(expected, actual, symbols, where)
        case str():
            return None if _texts(expected, actual, symbols) else _unlike(expected, actual, where)
        case _:
            same = type(expected) is type(actual) or (_is_number(expected) and _is_number(actual))
            return None if same and expected == actual else _unlike(expected, actual, where)


def same_set(expected: list[t.Any], actual: t.Any, symbols: Symbols, where: str = "") -> str | None:
    """Equal as sets."""
    if not isinstance(actual, list):
        return _unlike(expected, actual, where)
    rest, missing = list(actual), []
    for item in sorted(expected, key=lambda e: is_symbol(e) and symbols.known(e) is None):
        found = next((other for other in rest if difference(item, other, symbols) is None), rest)
        if found is rest:
            missing.append(item)
        else:
            rest.remove(found)
    if not missing and not rest:
        return None
    return f"{where or 'set'}: missing {missing}, surplus {[symbols.name(item) for item in rest]}"


def _unlike(expected: t.Any, actual: t.Any, where: str) -> str:
    return f"{where or 'value'}: expected {expected!r}, got {actual!r}"


def _is_number(value: t.Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _fits(kind: str, actual: t.Any) -> bool:
    match kind:
        case "datetime":
            text = actual.get("datetime") if isinstance(actual, dict) else actual
            return isinstance(text, str) and bool(_DATE.fullmatch(text))
        case "token":
            return isinstance(actual, str) and bool(_TOKEN.fullmatch(actual))
        case "string":
            return isinstance(actual, str)
        case "map":
            return isinstance(actual, dict)
        case "set":
            return isinstance(actual, list)
        case "int":
            return (isinstance(actual, str) and actual.lstrip("-").isdigit()) or _is_number(actual)
        case "float-as-string":
            return isinstance(actual, str) and bool(_NUMBER.fullmatch(actual))
        case _:
            return False


def _maps(expected: dict[str, t.Any], actual: t.Any, symbols: Symbols, where: str) -> str | None:
    if not isinstance(actual, dict):
        return _unlike(expected, actual, where)
    keys = {key: _key_for(key, actual, symbols) for key in expected}
    missing = [key for key, own in keys.items() if own is None]
    surplus = sorted(str(symbols.name(key)) for key in set(actual) - set(keys.values()))
    if missing or surplus:
        return f"{where or 'map'}: missing keys {missing}, surplus {surplus}"
    for key, own in keys.items():
        inner = f"{where}.{key}" if where else key
        if key in _UNORDERED and isinstance(expected[key], list):
            found = same_set(expected[key], actual[own], symbols, inner)
        else:
            found = difference(expected[key], actual[own], symbols, inner)
        if found:
            return found
    return None


def _key_for(key: str, actual: dict[str, t.Any], symbols: Symbols) -> str | None:
    if key in actual:
        return key
    return next((own for own in actual if "@" in key and _texts(key, own, symbols)), None)


def _lists(expected: list[t.Any], actual: t.Any, symbols: Symbols, where: str) -> str | None:
    if not isinstance(actual, list):
        return _unlike(expected, actual, where)
    if expected and all(is_symbol(item) for item in expected):
        return same_set(expected, actual, symbols, where)
    if len(expected) != len(actual):
        return _unlike(expected, symbols.name(actual), where)
    pairs = enumerate(zip(expected, actual, strict=True))
    found = (difference(e, a, symbols, f"{where}[{number}]") for number, (e, a) in pairs)
    return next((text for text in found if text), None)


def _texts(expected: str, actual: t.Any, symbols: Symbols) -> bool:
    if not isinstance(actual, str):
        return False
    if expected == actual:
        return True
    if expected.startswith("<value><array>") and actual.startswith("<value><array>"):
        return same_set(_items(expected), _items(actual), symbols) is None
    if is_symbol(expected) and " " not in expected.partition(":")[0] and not re.search(r"[<>()|]", expected):
        return symbols.agree(expected, actual)
    return _with_holes(expected, actual, symbols) if _HOLE.search(expected) else False


def _items(text: str) -> list[str]:
    """The elements of a set in XML-RPC text."""
    return re.findall(r"<value>([^<]*)</value>", text)


def _with_holes(expected: str, actual: str, symbols: Symbols) -> bool:
    """A text with symbols, dates and seconds in it."""
    pattern, at, holes = "", 0, []
    for hole in _HOLE.finditer(expected):
        pattern += re.escape(expected[at : hole.start()]) + "(.*?)"
        holes.append(hole[0])
        at = hole.end()
    found = re.fullmatch(pattern + re.escape(expected[at:]), actual, re.DOTALL)
    if found is None:
        return False
    return all(
        not is_symbol(hole) or symbols.agree(hole, value) for hole, value in zip(holes, found.groups(), strict=True)
    )
