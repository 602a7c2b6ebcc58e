# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``event.from`` answers: the changes of the objects somebody subscribed to."""

from __future__ import annotations

import bisect
import re
import typing as t
from functools import cache

from .database import Database
from .errors import XapiError
from .generic import record
from .model import load
from .registry import Call

_TOKEN = re.compile(r"(-?\d+),(-?\d+)")
_HIDDEN_CLASSES = ("Diagnostics",)  # without rows, counted all the same (seen live)
_INT64_MAX = 2**63 - 1
_SILENT = frozenset({"session", "secret", "role", "user"})
_WITH_OLD_DELETIONS = frozenset({"task", "message"})


class Subscription:
    """Which objects: ``*``, a class, or ``class/reference``; what makes no sense matches nothing."""

    def __init__(self, words: list[str]) -> None:
        self._everything = "*" in words
        self._classes: set[str] = set()
        self._objects: dict[str, set[str]] = {}
        for word in words:
            cls, slash, ref = word.partition("/")
            if slash:
                self._objects.setdefault(cls.lower(), set()).add(ref)
            else:
                self._classes.add(cls.lower())

    def covers(self, cls: str) -> bool:
        """Whether any object of this class can match."""
        return self._whole(cls) or cls.lower() in self._objects

    def wants(self, cls: str, ref: str) -> bool:
        """Whether this object matches."""
        return self._whole(cls) or ref in self._objects.get(cls.lower(), ())

    def _whole(self, cls: str) -> bool:
        return (self._everything and cls not in _SILENT) or cls.lower() in self._classes


def token_of(db: Database) -> str:
    """The token of now."""
    return f"{db.generation:020d},{0:020d}"


def parse_token(db: Database, token: str) -> int:
    """The generation that a token stands for; 0 is before everything.

    :raises XapiError: EVENT_FROM_TOKEN_PARSE_FAILURE.
    """
    if db.live.first is None:
        db.live.first = db.generation
    if not token:
        return 0
    found = _TOKEN.fullmatch(token)
    if found is None or int(found[1]) > _INT64_MAX or int(found[2]) > _INT64_MAX:
        raise XapiError("EVENT_FROM_TOKEN_PARSE_FAILURE", token)
    generation = int(found[1])
    return generation if generation >= db.live.first else 0


def batch(call: Call, subscription: Subscription, since: int) -> dict[str, t.Any]:
    """The answer: events since a generation, row counts, the next token. Adds, then mods, then dels."""
    db = call.db
    adds: list[dict[str, t.Any]] = []
    mods: list[dict[str, t.Any]] = []
    for cls, rows in db.tables.items():
        if not subscription.covers(cls) or cls not in _class_names(db.release):
            continue
        for ref in rows:
            if db.modified[cls, ref] > since and subscription.wants(cls, ref):
                is_new = db.created[cls, ref] > since
                event = _event(db.modified[cls, ref], cls, "add" if is_new else "mod", ref)
                event["snapshot"] = record(call, cls, ref)
                (adds if is_new else mods).append(event)
    adds.sort(key=_no_message)  # messages lead (``xapi.md`` 1.9); the rest keeps its order
    events = [*adds, *mods, *_deletions(db, subscription, since)]
    return {"events": events, "valid_ref_counts": _counts(call), "token": token_of(db)}


def _deletions(db: Database, subscription: Subscription, since: int) -> list[dict[str, t.Any]]:
    first = bisect.bisect_right(db.deleted, since, key=_generation)
    found = []
    for generation, cls, ref, created in db.deleted[first:]:
        known = created <= since or (since <= 0 and cls in _WITH_OLD_DELETIONS)
        if known and subscription.wants(cls, ref) and cls in _class_names(db.release):
            found.append(_event(generation, cls, "del", ref))
    return found


def _no_message(event: dict[str, t.Any]) -> bool:
    return bool(event["class"] != "message")


def _generation(entry: tuple[int, str, str, int]) -> int:
    return entry[0]


def _event(generation: int, cls: str, operation: str, ref: str) -> dict[str, t.Any]:
    return {"id": str(generation), "timestamp": "0.", "class": cls.lower(), "operation": operation, "ref": ref}


def _counts(call: Call) -> dict[str, int]:
    return {cls.lower(): len(call.db.rows(cls)) for cls in _class_names(call.release)}


@cache
def _class_names(release: str) -> dict[str, None]:
    """The classes of a release, in the datamodel's order."""
    model = load()
    known = [name for name, cls in model.classes.items() if model.has(release, cls.since, None)]
    return dict.fromkeys((*known, *_HIDDEN_CLASSES))
