# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML-RPC as XAPI speaks it: ints as strings, bare strings, dates with a Z (``xapi.md`` 1.2).

Writers are made once for each datamodel type: a record of 90 fields is written by 90 prepared
functions, not by looking at 90 types again.
"""

from __future__ import annotations

import re
import typing as t
import xmlrpc.client
from functools import cache, lru_cache
from xml.parsers.expat import ExpatError

from .errors import XapiError
from .model import load, zero

Writer = t.Callable[[t.Any], str]

_MAP = re.compile(r"\((.*?) -> (.*)\) map")
_HEAD = '<?xml version="1.0"?><methodResponse><params><param>'
_TAIL = "</param></params></methodResponse>"
_GOOD = f"{_HEAD}<value><struct><member><name>Status</name><value>Success</value></member><member><name>Value</name>"
_GOOD_END = f"</member></struct></value>{_TAIL}"


class Malformed(Exception):
    """A request that is no call: HTTP 500 (``xapi_observed.md``, corrections to 1.2)."""


def read_call(body: bytes) -> tuple[str, list[t.Any]]:
    """Method and parameters of a request.

    :raises Malformed: for anything that the real daemon answers with HTTP 500.
    """
    try:
        params, method = xmlrpc.client.loads(body)
    except (ExpatError, xmlrpc.client.Error, ValueError, TypeError, IndexError, KeyError, LookupError) as error:
        raise Malformed(f"Xmlm.Error({type(error).__name__})") from error
    if not method or b"<params" not in body:
        raise Malformed("Xmlrpc.Parse_error")
    return method, list(params)


def write_success(type_name: str, value: t.Any) -> bytes:
    """The answer of a call that went well."""
    return "".join((_GOOD, writer(type_name)(value), _GOOD_END)).encode()


def write_failure(error: XapiError) -> bytes:
    """The answer of a call that was refused."""
    text = writer("string set")(error.description)
    return _envelope(
        "<member><name>Status</name><value>Failure</value></member>"
        f"<member><name>ErrorDescription</name>{text}</member>"
    )


def write_bare(type_name: str, value: t.Any) -> bytes:
    """An answer without Status, as ``system.listMethods`` gives (``xapi.md`` 1.2)."""
    return f"{_HEAD}{writer(type_name)(value)}{_TAIL}".encode()


def _envelope(members: str) -> bytes:
    return f"{_HEAD}<value><struct>{members}</struct></value>{_TAIL}".encode()


def escape(text: str) -> str:
    """Text of an element. Names of members are not escaped at all (surprise 5)."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


@cache
def writer(type_name: str) -> Writer:
    """The function that writes a ``<value>`` of this type."""
    simple = _SIMPLE.get(type_name)
    if simple is not None:
        return simple
    if type_name.endswith(" set"):
        return _SetWriter(writer(type_name.removesuffix(" set")))
    if pair := _MAP.fullmatch(type_name):
        cls = pair[2].removesuffix(" record")
        return _RecordsWriter(cls) if cls in load().classes else _MapWriter(writer(pair[2]))
    if type_name == "event record":
        return _write_event
    if type_name.endswith(" record") and type_name.removesuffix(" record") in load().classes:
        return _RecordWriter(type_name.removesuffix(" record"))
    return _write_text


def _write_text(value: t.Any) -> str:
    return f"<value>{escape(str(value))}</value>"


def _write_int(value: int) -> str:
    return f"<value>{value}</value>"


def _write_float(value: float) -> str:
    return f"<value><double>{value!r}</double></value>"


def _write_bool(value: bool) -> str:
    return f"<value><boolean>{1 if value else 0}</boolean></value>"


def _write_datetime(value: str) -> str:
    return f"<value><dateTime.iso8601>{value}</dateTime.iso8601></value>"


def _write_void(_value: t.Any) -> str:
    return "<value></value>"


def _struct(members: t.Iterable[tuple[str, str]]) -> str:
    body = "".join(f"<member><name>{name}</name>{value}</member>" for name, value in members)
    return f"<value><struct>{body}</struct></value>"


def _write_event(event: dict[str, t.Any]) -> str:
    cls = event["class"]
    members = [(name, _write_text(value)) for name, value in event.items() if name != "snapshot"]
    if "snapshot" in event:
        members.append(("snapshot", writer(f"{_spelling(cls)} record")(event["snapshot"])))
    return _struct(members)


def _write_batch(batch: dict[str, t.Any]) -> str:
    return _struct(
        [
            ("events", writer("event record set")(batch["events"])),
            ("valid_ref_counts", _write_counts(batch["valid_ref_counts"])),
            ("token", _write_text(batch["token"])),
        ]
    )


def _write_counts(counts: dict[str, int]) -> str:
    """The only integers that are no strings on this wire (transcript ``events_from_first_picture``)."""
    return _struct((name, f"<value><i4>{count}</i4></value>") for name, count in counts.items())


@cache
def _spelling(lower: str) -> str:
    return next(name for name in load().classes if name.lower() == lower)


_SIMPLE: dict[str, Writer] = {
    "string": _write_text,
    "int": _write_int,
    "float": _write_float,
    "bool": _write_bool,
    "datetime": _write_datetime,
    "void": _write_void,
    "an event batch": _write_batch,
}
_OF_FEW_VALUES = frozenset({"bool", "int", "float", "datetime"})


class _SetWriter:
    def __init__(self, item: Writer) -> None:
        self._item = item

    def __call__(self, value: t.Iterable[t.Any]) -> str:
        return f"<value><array><data>{''.join(map(self._item, value))}</data></array></value>"


class _MapWriter:
    def __init__(self, item: Writer) -> None:
        self._item = item

    def __call__(self, value: dict[t.Any, t.Any]) -> str:
        return _struct((str(key), self._item(item)) for key, item in value.items())


@cache
def _members(cls: str) -> dict[str, Writer]:
    return {name: _member(name, field.type) for name, field in load().classes[cls].fields.items()}


class _RecordsWriter:
    """Thousands of records: most values are the very objects of the record before, and so is their text."""

    def __init__(self, cls: str) -> None:
        self._members = _members(cls)

    def __call__(self, value: dict[str, dict[str, t.Any]]) -> str:
        members, parts = self._members, ["<value><struct>"]
        names: list[str] = []
        olds: list[t.Any] = []
        texts: list[str] = []
        for ref, record in value.items():
            if list(record) != names:
                names = list(record)
                olds, texts = [_members] * len(names), [""] * len(names)
            news = list(record.values())
            rows = zip(names, news, olds, texts, strict=True)
            texts = [text if new is old else members[name](new) for name, new, old, text in rows]
            olds = news
            parts += (f"<member><name>{ref}</name><value><struct>", *texts, "</struct></value></member>")
        parts.append("</struct></value>")
        return "".join(parts)


class _RecordWriter:
    def __init__(self, cls: str) -> None:
        self._members = _members(cls)

    def __call__(self, value: dict[str, t.Any]) -> str:
        members = self._members
        body = "".join([members[name](item) for name, item in value.items()])
        return f"<value><struct>{body}</struct></value>"


def _member(name: str, type_name: str) -> Writer:
    """The writer of one field of a record; texts of few values are kept, of empty ones always."""
    write, head, tail = writer(type_name), f"<member><name>{name}</name>", "</member>"
    if type_name in _OF_FEW_VALUES or (type_name.startswith("enum ") and not type_name.endswith(" set")):
        return lru_cache(maxsize=1024, typed=True)(lambda value: f"{head}{write(value)}{tail}")
    if type_name in _SIMPLE:
        return lambda value: f"{head}{write(value)}{tail}"
    empty = zero(type_name)
    nothing = f"{head}{write(empty)}{tail}"
    return lambda value: nothing if value == empty else f"{head}{write(value)}{tail}"
