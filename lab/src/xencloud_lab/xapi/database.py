# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool database: rows of XAPI objects, one-to-many relations, generations for events.

Values are plain Python as the datamodel types them: int, float, bool, str (references and dates
included), list and dict. Nothing here knows what an object means.

Rows are values: a write puts a new row in the place of the old one, and neither a row nor a list
or map in it is ever changed. So a copy of the database shares all rows with it and costs little,
and a row that somebody holds stays what it was when he looked.
"""

from __future__ import annotations

import typing as t
from functools import cache
from random import Random

from .errors import XapiError
from .frozen import freeze
from .live import Live
from .model import NULL, Model, load
from .relations import RELATIONS, SOURCES
from .shown import Shown

Row = t.Mapping[str, t.Any]
References = dict[str, dict[str, None]]

# References that are looked up backwards and are no relation of the datamodel.
_LOOKED_UP = frozenset({("VM", "scheduled_to_be_resident_on")})


def model() -> Model:
    """The datamodel; looked up, not stored, so that a saved world does not carry it."""
    return load()


@cache
def _template(cls: str) -> dict[str, t.Any]:
    """A row that says nothing about any field; its values are shared by all such rows."""
    fields = load().classes[cls].fields.items()
    return {name: freeze(field.initial()) for name, field in fields if (cls, name) not in RELATIONS}


@cache
def _derived(cls: str) -> tuple[str, ...]:
    """The sets of a class that are derived."""
    return tuple(field for target, field in RELATIONS if target == cls)


@cache
def _references(cls: str) -> tuple[str, ...]:
    """The fields of a class by which others find its rows."""
    return tuple(name for name in _template(cls) if (cls, name) in SOURCES or (cls, name) in _LOOKED_UP)


def uuid_text(random: Random) -> str:
    """A random uuid (version 4)."""
    bits = random.getrandbits(128) & ~(0xF000 << 64) & ~(0xC000 << 48) | (0x4000 << 64) | (0x8000 << 48)
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Database:
    """The rows of one pool.

    ``generation`` counts every change. ``created``, ``modified`` and ``deleted`` keep the
    generation of each object's last change, for ``event.from``; an entry of ``deleted`` ends with
    the generation of the creation. ``release`` is the datamodel's, of the product whose pool it is.
    """

    def __init__(self, random: Random, release: str = "") -> None:
        self._random = random
        self.release = release or model().releases[-1]
        self.tables: dict[str, dict[str, Row]] = {}
        self.generation = 0
        self.created: dict[tuple[str, str], int] = {}
        self.modified: dict[tuple[str, str], int] = {}
        self.deleted: list[tuple[int, str, str, int]] = []
        self.changed: dict[str, int] = {}
        self.shown: dict[tuple[str, str], Shown] = {}
        self.live = Live()
        self._related: dict[tuple[str, str], References] = {}
        self._uuids: dict[str, dict[str, str]] = {}

    def __getstate__(self) -> dict[str, t.Any]:
        return {**self.__dict__, "_uuids": {}, "shown": {}}

    # rows ---------------------------------------------------------------------------------

    def new_uuid(self) -> str:
        """A uuid from the world's seed."""
        return uuid_text(self._random)

    def create(self, cls: str, /, **values: t.Any) -> str:
        """Add a row with the datamodel's defaults and ``values``; return its reference."""
        ref = values.pop("ref", None) or f"OpaqueRef:{self.new_uuid()}"
        template = _template(cls)
        row = {**template, **values}
        if len(row) != len(template):
            unknown = next(name for name in values if name not in template)
            raise KeyError(f"{cls} has no field {unknown}, or it is derived")
        if "uuid" in template and "uuid" not in values:
            row["uuid"] = self.new_uuid()
        self.tables.setdefault(cls, {})[ref] = row
        self.generation += 1
        self.created[cls, ref] = self.modified[cls, ref] = self.changed[cls] = self.generation
        for name in _references(cls):
            self._relate(cls, ref, name, None, row[name])
        if cls in self._uuids and "uuid" in row:
            self._uuids[cls].setdefault(row["uuid"], ref)
        self.live.tell()
        return ref

    def destroy(self, cls: str, ref: str) -> None:
        """Remove a row; nothing happens when it is gone."""
        row = self.tables.get(cls, {}).pop(ref, None)
        if row is None:
            return
        for name in _references(cls):
            self._relate(cls, ref, name, row[name], None)
        self._uuids.pop(cls, None)
        self.generation += 1
        self.changed[cls] = self.generation
        self.modified.pop((cls, ref), None)
        self.deleted.append((self.generation, cls, ref, self.created.pop((cls, ref), 0)))
        self.live.tell()

    def rows(self, cls: str) -> dict[str, Row]:
        """All rows of a class by reference, without derived fields; do not write into them."""
        return self.tables.get(cls, {})

    def row(self, cls: str, ref: str) -> Row:
        """One row, without derived fields.

        :raises XapiError: HANDLE_INVALID when there is none.
        """
        row = self.tables.get(cls, {}).get(ref)
        if row is None:
            raise XapiError("HANDLE_INVALID", cls, ref)
        return row

    def exists(self, cls: str, ref: str) -> bool:
        return ref in self.tables.get(cls, {})

    # fields -------------------------------------------------------------------------------

    def get(self, cls: str, ref: str, field: str) -> t.Any:
        """One field, derived ones included."""
        row = self.row(cls, ref)
        if (cls, field) in RELATIONS:
            return self.related(cls, ref, field)
        return row[field]

    def set(self, cls: str, ref: str, /, **values: t.Any) -> None:
        """Write fields; setting a field to the value it has is no change (and no event)."""
        row = self.row(cls, ref)
        changed = {name: value for name, value in values.items() if row[name] != value}
        for name, value in changed.items():
            self._relate(cls, ref, name, row[name], value)
        if changed:
            self.tables[cls][ref] = {**row, **changed}
            if "uuid" in changed:
                self._uuids.pop(cls, None)
            self.touch(cls, ref)

    def touch(self, cls: str, ref: str) -> None:
        """Note a change of this object without one (``event.inject``)."""
        self.generation += 1
        self.modified[cls, ref] = self.changed[cls] = self.generation
        self.live.tell()

    def record(self, cls: str, ref: str) -> dict[str, t.Any]:
        """The whole record, derived fields included."""
        return {**self.row(cls, ref), **{field: self.related(cls, ref, field) for field in _derived(cls)}}

    # relations ----------------------------------------------------------------------------

    def related(self, cls: str, ref: str, field: str) -> list[str]:
        """The references of a derived set, oldest first."""
        return list(self._related.get((cls, field), {}).get(ref, {}))

    def pointing(self, cls: str, field: str, ref: str) -> list[str]:
        """The objects of a class whose reference ``field`` is this object; only for fields that are looked up."""
        return list(self._related.get((cls, field), {}).get(ref, {}))

    def _relate(self, cls: str, ref: str, field: str, old: t.Any, new: t.Any) -> None:
        target = SOURCES.get((cls, field))
        if target is None and (cls, field) not in _LOOKED_UP:
            return
        sets = self._related.setdefault(target or (cls, field), {})
        if isinstance(old, str) and old != NULL:
            sets.get(old, {}).pop(ref, None)
            self._touch_owner(target, old)
        if isinstance(new, str) and new != NULL:
            sets.setdefault(new, {})[ref] = None
            self._touch_owner(target, new)

    def _touch_owner(self, target: tuple[str, str] | None, ref: str) -> None:
        if target is not None and self.exists(target[0], ref):
            self.touch(target[0], ref)

    # look-ups -----------------------------------------------------------------------------

    def by_uuid(self, cls: str, value: str) -> str:
        """The reference of the object with this uuid.

        :raises XapiError: UUID_INVALID.
        """
        ref = self._by_uuid(cls).get(value)
        if ref is None:
            raise XapiError("UUID_INVALID", cls, value)
        return ref

    def _by_uuid(self, cls: str) -> dict[str, str]:
        """References by uuid; made when first asked for, the first of two alike counts."""
        if cls not in self._uuids:
            table = self._uuids[cls] = {}
            for ref, row in self.rows(cls).items():
                if "uuid" in row:
                    table.setdefault(row["uuid"], ref)
        return self._uuids[cls]

    def find(self, cls: str, /, **values: t.Any) -> list[str]:
        """References of all rows whose fields have these values."""
        if list(values) == ["uuid"]:
            ref = self._by_uuid(cls).get(values["uuid"])
            return [ref] if ref is not None else []
        return [r for r, row in self.rows(cls).items() if all(row[k] == v for k, v in values.items())]

    def snapshot(self) -> Database:
        """A copy, as a member keeps one (``xapi.md`` 3.2); nobody watches it."""
        copy = Database(self._random, self.release)
        copy.tables = {cls: dict(rows) for cls, rows in self.tables.items()}
        copy.generation, copy.deleted = self.generation, list(self.deleted)
        copy.created, copy.modified, copy.changed = dict(self.created), dict(self.modified), dict(self.changed)
        copy._related = {
            key: {ref: dict(members) for ref, members in sets.items()} for key, sets in self._related.items()
        }
        return copy
