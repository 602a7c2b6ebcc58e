# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool database: rows of XAPI objects, one-to-many relations, generations for events.

Values are plain Python as the datamodel types them: int, float, bool, str (references and dates
included), list and dict. Nothing here knows what an object means.
"""

from __future__ import annotations

import copy
import typing as t
import uuid
from random import Random

from .errors import XapiError
from .live import Live
from .model import NULL, Model, load
from .relations import RELATIONS, SOURCES

Row = dict[str, t.Any]


def model() -> Model:
    """The datamodel; looked up, not stored, so that a saved world does not carry it."""
    return load()


class Database:
    """The rows of one pool.

    ``generation`` counts every change. ``created``, ``modified`` and ``deleted`` keep the
    generation of each object's last change, for ``event.from``; an entry of ``deleted`` ends with
    the generation of the creation.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.tables: dict[str, dict[str, Row]] = {}
        self.generation = 0
        self.created: dict[tuple[str, str], int] = {}
        self.modified: dict[tuple[str, str], int] = {}
        self.deleted: list[tuple[int, str, str, int]] = []
        self.live = Live()
        self._related: dict[tuple[str, str], dict[str, dict[str, None]]] = {}

    # rows ---------------------------------------------------------------------------------

    def new_uuid(self) -> str:
        """A uuid from the world's seed."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def create(self, cls: str, /, **values: t.Any) -> str:
        """Add a row with the datamodel's defaults and ``values``; return its reference."""
        ref = values.pop("ref", None) or f"OpaqueRef:{self.new_uuid()}"
        fields = model().classes[cls].fields
        row: Row = {name: field.initial() for name, field in fields.items() if (cls, name) not in RELATIONS}
        if "uuid" in fields:
            row["uuid"] = self.new_uuid()
        unknown = [name for name in values if name not in row]
        if unknown:
            raise KeyError(f"{cls} has no field {unknown[0]}, or it is derived")
        row.update(values)
        self.tables.setdefault(cls, {})[ref] = row
        self.generation += 1
        self.created[cls, ref] = self.modified[cls, ref] = self.generation
        for name in row:
            self._relate(cls, ref, name, None, row[name])
        self.live.tell()
        return ref

    def destroy(self, cls: str, ref: str) -> None:
        """Remove a row; nothing happens when it is gone."""
        row = self.tables.get(cls, {}).pop(ref, None)
        if row is None:
            return
        for name, value in row.items():
            self._relate(cls, ref, name, value, None)
        self.generation += 1
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
            row[name] = value
        if changed:
            self.touch(cls, ref)

    def touch(self, cls: str, ref: str) -> None:
        """Note a change of this object without one (``event.inject``, values changed in place)."""
        self.generation += 1
        self.modified[cls, ref] = self.generation
        self.live.tell()

    def record(self, cls: str, ref: str) -> Row:
        """A copy of the whole record, derived fields included."""
        row = copy.deepcopy(self.row(cls, ref))
        for target, field in RELATIONS:
            if target == cls:
                row[field] = self.related(cls, ref, field)
        return row

    # relations ----------------------------------------------------------------------------

    def related(self, cls: str, ref: str, field: str) -> list[str]:
        """The references of a derived set, oldest first."""
        return list(self._related.get((cls, field), {}).get(ref, {}))

    def _relate(self, cls: str, ref: str, field: str, old: t.Any, new: t.Any) -> None:
        target = SOURCES.get((cls, field))
        if target is None:
            return
        sets = self._related.setdefault(target, {})
        if isinstance(old, str) and old != NULL:
            sets.get(old, {}).pop(ref, None)
            self._touch_owner(target[0], old)
        if isinstance(new, str) and new != NULL:
            sets.setdefault(new, {})[ref] = None
            self._touch_owner(target[0], new)

    def _touch_owner(self, cls: str, ref: str) -> None:
        if self.exists(cls, ref):
            self.touch(cls, ref)

    # look-ups -----------------------------------------------------------------------------

    def by_uuid(self, cls: str, value: str) -> str:
        """The reference of the object with this uuid.

        :raises XapiError: UUID_INVALID.
        """
        for ref, row in self.rows(cls).items():
            if row.get("uuid") == value:
                return ref
        raise XapiError("UUID_INVALID", cls, value)

    def find(self, cls: str, /, **values: t.Any) -> list[str]:
        """References of all rows whose fields have these values."""
        return [r for r, row in self.rows(cls).items() if all(row[k] == v for k, v in values.items())]

    def snapshot(self) -> Database:
        """A copy, as a member keeps one (``xapi.md`` 3.2)."""
        return copy.deepcopy(self)
