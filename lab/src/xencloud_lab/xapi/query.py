# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The expressions of ``get_all_records_where`` (``xapi.md`` 1.10, and what was observed).

``and`` and ``or`` bind alike, from the left; ``not`` takes everything to its right; values are
always quoted; field names are the database's, not the API's (surprise 6).
"""

from __future__ import annotations

import re
import typing as t

from .errors import XapiError

Value = t.Callable[[t.Mapping[str, t.Any]], str]
Test = t.Callable[[t.Mapping[str, t.Any]], bool]

_TOKEN = re.compile(r'\s*(?:(field|and|or|not|true|false|\(|\)|=)|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_PARSE_ERROR = "Xapi_database.Db_filter_parse.MenhirBasics.Error"
_LEX_ERROR = 'Failure("lexing: empty token")'
_NAMESPACES = ("name_", "memory_", "VCPUs_", "actions_after_", "PV_", "HVM_", "API_version_", "qos_algorithm_")
_PLAIN_CLASSES = {"VM_guest_metrics", "pool"}


def db_name(cls: str, field: str) -> str:
    """A field's name in the database: ``name_label`` is ``name__label``."""
    if cls in _PLAIN_CLASSES:
        return field
    if cls == "PIF_metrics" and field.startswith("io_"):
        return field.replace("io_", "io__", 1)
    for prefix in _NAMESPACES:
        if field.startswith(prefix):
            if prefix == "actions_after_":
                return field.replace("actions_", "actions__", 1)
            if prefix == "qos_algorithm_":
                return field.replace("qos_", "qos__", 1)
            return f"{prefix}_{field.removeprefix(prefix)}"
    return field


def db_text(value: t.Any) -> str:
    """A value as the database holds it: text (``true``, ``42``, ``('a' 'b')``)."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return "(" + " ".join(f"'{_quote(db_text(item))}'" for item in value) + ")"
        case dict():
            pairs = (f"('{_quote(db_text(k))}' '{_quote(db_text(v))}')" for k, v in value.items())
            return "(" + " ".join(pairs) + ")"
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)


def _quote(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def compile_where(expression: str) -> Test:
    """The expression as a function of a row by database names.

    :raises XapiError: INVALID_VALUE with the expression for a syntax error; the function raises
        INTERNAL_ERROR for a field that does not exist.
    """
    return _Parser(expression).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._token: tuple[str, str] | None = None

    def parse(self) -> Test:
        test = self._expression()
        if self._peek()[0] != "end":
            raise self._wrong(_PARSE_ERROR)
        return test

    def _expression(self) -> Test:
        left = self._factor()
        while self._peek()[0] in ("and", "or"):
            word = self._take()
            right = self._factor()
            left = _both(left, right) if word == "and" else _either(left, right)
        return left

    def _factor(self) -> Test:
        match self._peek()[0]:
            case "not":
                self._take()
                return _negation(self._expression())
            case "(":
                self._take()
                inner = self._expression()
                self._expect(")")
                return inner
            case "true" | "false":
                return _constant(self._take() == "true")
            case _:
                return self._comparison()

    def _comparison(self) -> Test:
        left = self._value()
        self._expect("=")
        return _equal(left, self._value())

    def _value(self) -> Value:
        if self._peek()[0] == "field":
            self._take()
            return _field(self._expect("string"))
        return _literal(self._expect("string"))

    def _expect(self, kind: str) -> str:
        if self._peek()[0] != kind:
            raise self._wrong(_PARSE_ERROR)
        return self._take()

    def _take(self) -> str:
        _kind, text = self._peek()
        self._token = None
        return text

    def _peek(self) -> tuple[str, str]:
        if self._token is None:
            self._token = self._scan()
        return self._token

    def _scan(self) -> tuple[str, str]:
        if not self._text[self._at :].strip():
            return "end", ""
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            raise self._wrong(_LEX_ERROR)
        self._at = found.end()
        if found[1] is not None:
            return found[1], found[1]
        return "string", re.sub(r"\\(.)", r"\1", found[2])

    def _wrong(self, why: str) -> XapiError:
        return XapiError("INVALID_VALUE", self._text, why)


def _field(name: str) -> Value:
    def value(row: t.Mapping[str, t.Any]) -> str:
        if name not in row:
            raise XapiError("INTERNAL_ERROR", "missing field", name, "")
        return db_text(row[name])

    return value


def _literal(text: str) -> Value:
    return lambda _row: text


def _constant(value: bool) -> Test:
    return lambda _row: value


def _equal(left: Value, right: Value) -> Test:
    return lambda row: left(row) == right(row)


def _both(left: Test, right: Test) -> Test:
    return lambda row: left(row) and right(row)


def _either(left: Test, right: Test) -> Test:
    return lambda row: left(row) or right(row)


def _negation(inner: Test) -> Test:
    return lambda row: not inner(row)
