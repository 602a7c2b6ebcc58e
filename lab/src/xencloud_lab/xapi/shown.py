# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records as a release shows them, kept until their object changes.

Everybody who polls asks for all records again and again; in a pool of thousands of guests few of
them are new.
"""

from __future__ import annotations

import typing as t
from functools import cache
from operator import itemgetter

from .model import load
from .relations import RELATIONS

if t.TYPE_CHECKING:
    from .database import Database

Record = dict[str, t.Any]


@cache
def visible(cls: str, release: str) -> tuple[tuple[str, bool], ...]:
    """The fields of a class's records in a release, and whether each is derived.

    Removed fields stay in records (seen live), only their getters are gone.
    """
    fields = load().classes[cls].fields.items()
    return tuple((name, (cls, name) in RELATIONS) for name, f in fields if load().has(release, f.since, None))


@cache
def _shape(cls: str, release: str) -> tuple[Record, tuple[str, ...], t.Callable[[t.Any], t.Any], tuple[str, ...]]:
    """How a record is made: an empty one, its plain fields, what takes them out of a row, its derived fields."""
    fields = visible(cls, release)
    plain = tuple(name for name, derived in fields if not derived)
    return (
        dict.fromkeys(name for name, _derived in fields),
        plain,
        _taker(plain),
        tuple(n for n, derived in fields if derived),
    )


def _taker(names: tuple[str, ...]) -> t.Callable[[t.Any], t.Any]:
    return itemgetter(*names) if len(names) > 1 else lambda row: tuple(row[name] for name in names)


def record(db: Database, cls: str, ref: str, release: str) -> Record:
    """One record as a release shows it."""
    empty, plain, take, derived = _shape(cls, release)
    made = dict(empty)
    made.update(zip(plain, take(db.row(cls, ref)), strict=True))
    for name in derived:
        made[name] = db.related(cls, ref, name)
    return made


def all_records(db: Database, cls: str, release: str) -> dict[str, Record]:
    """All records of a class; the records are shared with whoever asks next, so nobody changes them."""
    shown = db.shown.setdefault((cls, release), Shown())
    return shown.up_to_date(db, cls, release)


class Shown:
    """The records of one class as they were when somebody last asked."""

    def __init__(self) -> None:
        self._generation = -1
        self._records: dict[str, Record] = {}

    def up_to_date(self, db: Database, cls: str, release: str) -> dict[str, Record]:
        """The records of now; only what has changed since the last time is made anew."""
        if self._generation < db.changed.get(cls, 0):
            old, since, modified = self._records, self._generation, db.modified
            self._records = {
                ref: old[ref] if modified[cls, ref] <= since else record(db, cls, ref, release) for ref in db.rows(cls)
            }
        self._generation = db.generation
        return dict(self._records)
