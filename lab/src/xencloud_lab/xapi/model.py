# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The datamodel as a table: classes, fields, messages, and what a release has of them."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources

NULL = "OpaqueRef:NULL"
EPOCH = "19700101T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a message; an optional one may have come later than the message."""

    name: str
    type: str
    optional: bool
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a class."""

    name: str
    type: str
    access: str
    default: str | None
    since: str | None
    removed: str | None

    def initial(self) -> t.Any:
        """The value of a new row that says nothing about this field (``xapi.md`` 11)."""
        return parse_default(self.type, self.default)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a class; ``params`` without the session."""

    name: str
    result: str
    params: tuple[Param, ...]
    needs_session: bool
    since: str | None
    removed: str | None
    implicit: bool


@dataclass(frozen=True, slots=True)
class Class:
    """One XAPI class; nothing in it is older than the class itself."""

    name: str
    fields: dict[str, Field]
    messages: dict[str, Message]
    since: str | None = None


@dataclass(frozen=True)
class Model:
    """All classes of the newest release; ``has`` tells what an older one knows."""

    releases: tuple[str, ...]
    classes: dict[str, Class]

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each release."""
        return {name: place for place, name in enumerate(self.releases)}

    def has(self, release: str, since: str | None, removed: str | None) -> bool:
        """Whether something that came in ``since`` and went in ``removed`` is there in ``release``."""
        at = self.order[release]
        if since is not None and self.order.get(since, 0) > at:
            return False
        return not (removed is not None and removed in self.order and self.order[removed] <= at)

    def known_by(self, release: str, message: Message) -> Message:
        """The message with the parameters that this release has (``xapi.md`` 1.2)."""
        params = tuple(p for p in message.params if self.has(release, p.since, None))
        return message if params == message.params else replace(message, params=params)


def zero(type_name: str) -> t.Any:
    """The zero value of a datamodel type, as the database holds it."""
    if type_name.endswith(" set"):
        return []
    if type_name.endswith(" map"):
        return {}
    if type_name.endswith(" ref"):
        return NULL
    return {"int": 0, "float": 0.0, "bool": False, "datetime": EPOCH}.get(type_name, "")


def parse_default(type_name: str, text: str | None) -> t.Any:
    """A default as the datamodel writes it (``{}``, ``"abc"``, ``1.``) as a value."""
    if text is None or text in ("{}", "Null", "OpaqueRef:NULL", '"()"'):
        return zero(type_name)
    if type_name.endswith(" map"):
        pairs = (entry.split(" -> ") for entry in text.strip("{}").split(", "))
        return {json.loads(key): json.loads(value) for key, value in pairs}
    if type_name.endswith(" set"):
        words = text.strip("{}").split(", ")
        return [int(word) for word in words] if type_name == "int set" else words
    if type_name == "int":
        return int(text)
    if type_name == "float":
        return float(text)
    if type_name == "bool":
        return text == "true"
    return text.strip('"')


def _field(name: str, row: dict[str, t.Any]) -> Field:
    return Field(name, row["type"], row["access"], row.get("default"), row.get("since"), row.get("removed"))


def _message(name: str, row: dict[str, t.Any]) -> Message:
    params = tuple(Param(p[0], p[1], len(p) > 2, p[3] if len(p) > 3 else None) for p in row["params"])
    session = bool(params) and params[0].name == "session_id"
    return Message(
        name,
        row["result"],
        params[1:] if session else params,
        session,
        row.get("since"),
        row.get("removed"),
        row.get("implicit", False),
    )


def _class(name: str, entry: dict[str, t.Any], order: dict[str, int]) -> Class:
    """A class; the datamodel dates some members before their class (``xapi.md`` 11)."""
    since = entry["since"]
    for row in (*entry["fields"].values(), *entry["messages"].values()):
        row["since"] = max(since, row["since"] or since, key=lambda release: order.get(release, 0))
    fields = {key: _field(key, row) for key, row in entry["fields"].items()}
    return Class(name, fields, {key: _message(key, row) for key, row in entry["messages"].items()}, since)


@cache
def load() -> Model:
    """The table of the newest release."""
    source = json.loads(resources.files(__package__).joinpath("datamodel.json").read_text("utf-8"))
    order = {name: place for place, name in enumerate(source["releases"])}
    return Model(
        tuple(source["releases"]), {name: _class(name, entry, order) for name, entry in source["classes"].items()}
    )
