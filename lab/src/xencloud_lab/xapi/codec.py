# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading parameters by their datamodel type, with the refusals of the real unmarshaller.

What comes in is what a wire gives: str, int, float, bool, None, list, dict, and ``DateTime``.
What goes out is the Python of the database (``xapi_observed.md``, corrections to 1.2).
"""

from __future__ import annotations

import json
import re
import typing as t
from functools import cache
from importlib import resources
from xmlrpc.client import DateTime

from .errors import XapiError
from .model import load

Decoder = t.Callable[[t.Any], t.Any]

_MAP = re.compile(r"\((.*?) -> (.*)\) map")
_INT = re.compile(r"-?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)")
_INT64 = range(-(2**63), 2**63)


def failure(text: str) -> XapiError:
    """An exception of the real daemon's language as XAPI shows it."""
    return XapiError("INTERNAL_ERROR", f'Failure("{text}")')


def show(value: t.Any) -> str:
    """A wire value as the daemon's error texts write it."""
    match value:
        case None:
            return "N"
        case bool():
            return f"B({str(value).lower()})"
        case int():
            return f"I({value})"
        case float():
            return f"F({value:g})"
        case DateTime():
            return f"D({value.value})"
        case list():
            return "[" + ";".join(show(item) for item in value) + "]"
        case dict():
            return "{" + ";".join(f"{key}:{show(item)}" for key, item in value.items()) + "}"
        case _:
            return f"S({value})"


@cache
def _enums() -> dict[str, dict[str, str]]:
    """The values of each enum, by their lower-case spelling."""
    source = json.loads(resources.files(__package__).joinpath("datamodel.json").read_text("utf-8"))
    tables: dict[str, dict[str, str]] = {}
    for entry in source["classes"].values():
        for name, values in entry["enums"].items():
            tables[name] = {value.lower(): value for value in values}
    return tables


@cache
def decoder(type_name: str) -> Decoder:
    """The function that reads a value of this type; it raises ``XapiError``."""
    simple = {"string": _string, "int": _int, "float": _float, "bool": _bool, "datetime": _datetime}.get(type_name)
    if simple is not None:
        return simple
    if type_name.endswith(" set"):
        return _SetDecoder(decoder(type_name.removesuffix(" set")))
    if pair := _MAP.fullmatch(type_name):
        return _MapDecoder(decoder(pair[1]), decoder(pair[2]))
    if type_name.endswith(" record"):
        return _RecordDecoder(type_name.removesuffix(" record"))
    if type_name.startswith("enum "):
        return _EnumDecoder(_enums().get(type_name.removeprefix("enum "), {}))
    return _string


def _string(value: t.Any) -> str:
    if not isinstance(value, str):
        raise failure(f"Expected string, got '{show(value)}'")
    return value


def _int(value: t.Any) -> int:
    if isinstance(value, str):
        if not _INT.fullmatch(value):
            raise failure("Int64.of_string")
        prefixed = value.lstrip("-")[:2].lower() in ("0x", "0o", "0b")
        value = int(value, 0 if prefixed else 10)
        if value not in _INT64:
            raise failure("Int64.of_string")
    if isinstance(value, bool) or not isinstance(value, int):
        raise failure(f"Expected int64, got '{show(value)}'")
    return value


def _float(value: t.Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise failure(f"Expected float, got '{show(value)}'")
    try:
        return float(value)
    except ValueError:
        raise failure("float_of_string") from None


def _bool(value: t.Any) -> bool:
    if not isinstance(value, bool):
        raise failure(f"Expected bool, got '{show(value)}'")
    return value


def _datetime(value: t.Any) -> str:
    if isinstance(value, DateTime):
        return str(value.value)
    if not isinstance(value, str):
        raise failure("Date.t_of_rpc")
    return value


class _EnumDecoder:
    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __call__(self, value: t.Any) -> str:
        text = _string(value)
        if self._values and text.lower() not in self._values:
            raise failure("Unknown tag/contents")
        return self._values.get(text.lower(), text)


class _SetDecoder:
    def __init__(self, item: Decoder) -> None:
        self._item = item

    def __call__(self, value: t.Any) -> list[t.Any]:
        if not isinstance(value, (list, tuple)):
            raise failure(f"Expecting Rpc.Enum, but found '{show(value)}'")
        return [self._item(item) for item in value]


class _MapDecoder:
    def __init__(self, key: Decoder, value: Decoder) -> None:
        self._key = key
        self._value = value

    def __call__(self, value: t.Any) -> dict[t.Any, t.Any]:
        if not isinstance(value, dict):
            raise failure(f"Expecting Rpc.Dict, but found '{show(value)}'")
        return {self._key(k): self._value(v) for k, v in value.items()}


class _RecordDecoder:
    """A record of ``create``; fields left out stay out, those of other releases are ignored."""

    def __init__(self, cls: str) -> None:
        self._fields = load().classes[cls].fields if cls in load().classes else {}

    def __call__(self, value: t.Any) -> dict[str, t.Any]:
        if not isinstance(value, dict):
            raise failure(f"Expecting Rpc.Dict, but found '{show(value)}'")
        return {k: decoder(self._fields[k].type)(v) for k, v in value.items() if k in self._fields}
