# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the record of a run in the pool: the lock, its lease, and what has to be taken back.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import getpass
import json
import secrets
import socket
import typing as t
from dataclasses import dataclass

from .._argspec import ArgumentSpec, xapi_spec
from .._maintenance import record
from .._maintenance.errors import MaintenanceError
from .._maintenance.record import Lock, RunRecord, UndoEntry
from .._xapi.client import XapiClient
from .._xapi.errors import ConnectionLost, XapiError
from .._xapi.updates import epoch_s
from ._context import Context, Outcome, Params
from ._mirror import MIRROR_DIR, keep_mirror

SPEC = xapi_spec() | ArgumentSpec(
    options={
        "state": {"type": "str", "choices": ["started", "noted", "undone", "finished"], "required": True},
        "operation": {"type": "str"},
        "owner": {"type": "str"},
        "run_id": {"type": "str"},
        "lease": {"type": "int", "default": 7200},
        "undo": {
            "type": "dict",
            "options": {
                "kind": {"type": "str", "required": True},
                "object": {"type": "str", "required": True},
                "before": {"type": "raw"},
            },
        },
        "undo_key": {"type": "str", "no_log": False},
        "takeover": {"type": "bool", "default": False},
        "force": {"type": "bool", "default": False},
        "mirror_dir": MIRROR_DIR,
    },
    required_if=(
        ("state", "started", ("operation",)),
        ("state", "noted", ("run_id", "undo")),
        ("state", "undone", ("run_id",)),
        ("state", "undone", ("undo_key", "undo"), True),
        ("state", "finished", ("run_id",)),
    ),
)


def run(context: Context) -> Outcome:
    """Read the record, decide, write."""
    book = RecordBook.open(context)
    states = {"started": _start, "noted": _note, "undone": _undone, "finished": _finish}
    outcome = states[context.params["state"]](book, context.params)
    if not context.check_mode:
        keep_mirror(context.params["mirror_dir"], book.record, context.params["run_id"])
    return outcome


@dataclass
class RecordBook:
    """``pool.other_config`` and the master's clock, as they were read, and the writes to it."""

    client: XapiClient
    check_mode: bool
    pool: str
    label: str
    config: dict[str, str]
    now: int
    warnings: list[str]

    @classmethod
    def open(cls, context: Context) -> RecordBook:
        client = context.xapi
        ref, pool = next(iter(client.call("pool.get_all_records").items()))
        label = pool["name_label"] or client.address
        now = epoch_s(client.call("host.get_servertime", pool["master"]))
        return cls(client, context.check_mode, ref, label, dict(pool["other_config"]), now, [])

    @property
    def record(self) -> RunRecord | None:
        return record.read_record(self.config)

    def mine(self, run_id: str) -> RunRecord:
        """The record, provided that this run still holds the pool."""
        found = self.record
        if found is not None and found.lock.run_id == run_id:
            return found
        holder = f"{found.holding(self.now)} holds it now" if found else "no run holds it"
        raise MaintenanceError(
            f"{self.label}: this is not the pool of run {run_id} any more, {holder}. "
            "Stop here, and look what was taken over."
        )

    def add(self, key: str, value: str) -> None:
        """Add a key; XAPI refuses one that exists, which makes this a test-and-set."""
        if not self.check_mode and not self._answered("add_to", key, value) and self.config.get(key) != value:
            self._answered("add_to", key, value)
        self.config[key] = value

    def remove(self, key: str) -> None:
        """Remove a key; one that is gone is fine."""
        if not self.check_mode and not self._answered("remove_from", key):
            self._answered("remove_from", key)
        self.config.pop(key, None)

    def _answered(self, verb: str, *arguments: str) -> bool:
        """Write; False when the answer was lost, after everything was read again."""
        try:
            self.client.call(f"pool.{verb}_other_config", self.pool, *arguments, about=self.label)
        except ConnectionLost:
            self.client.reconnect()
            self.reread()
            return False
        return True

    def reread(self) -> None:
        """See what others have written meanwhile."""
        if not self.check_mode:
            self.config = dict(self.client.call("pool.get_other_config", self.pool, about=self.label))

    def renew(self, run_id: str) -> None:
        """Extend the lease: the new key first, so that there is no moment without one."""
        old = record.renewal_keys(self.config)
        new = record.renewal_key(self.now)
        if new not in old:
            self.add(new, run_id)
        for key in old:
            if key != new:
                self.remove(key)

    def sync(self) -> None:
        """Push the database to every member, so that the record outlives the master (xapi.md 3.4, 14)."""
        if self.check_mode:
            return
        try:
            self.client.call("pool.sync_database", about=self.label)
        except (XapiError, ConnectionLost) as error:
            self.warnings.append(f"The run's record was not copied to the members: {error.message}")

    def clear(self) -> None:
        """Remove every key of the run, the lock last."""
        for key in record.keys_to_remove(self.config):
            self.remove(key)
        self.sync()

    def outcome(self, changed: bool, run: RunRecord | None, **more: t.Any) -> Outcome:
        """The result that all states share."""
        return Outcome(changed=changed, result={"run": run.as_dict() if run else None, **more}, warnings=self.warnings)


def _start(book: RecordBook, params: Params) -> Outcome:
    held = book.record
    if held is not None and held.lock.run_id == params["run_id"]:
        return book.outcome(False, held)
    if held is not None:
        _require_takeover(book, held, params["takeover"])
        book.remove(record.ENDED)
        book.remove(record.LOCK)
    lock = _new_lock(book, params)
    _take(book, lock)
    if held is not None:
        book.renew(lock.run_id)
    book.sync()
    return book.outcome(True, book.record)


def _require_takeover(book: RecordBook, held: RunRecord, takeover: bool) -> None:
    # What an ended run left in its record is this run's to take back.
    if held.lives(book.now) or not (takeover or held.ended):
        raise MaintenanceError(f"{book.label}: {record.refusal(held, book.now)}", run=held.as_dict())


def _new_lock(book: RecordBook, params: Params) -> Lock:
    nonce = secrets.token_hex(8)
    return Lock(
        run_id=params["run_id"] or f"{book.now}-{nonce[:6]}",
        owner=params["owner"] or f"{getpass.getuser()}@{socket.gethostname()}",
        nonce=nonce,
        operation=params["operation"],
        started=book.now,
        lease_s=params["lease"],
    )


def _take(book: RecordBook, lock: Lock) -> None:
    """Add the lock and read it back: two takers can each remove the other's (xapi.md 8)."""
    try:
        book.add(record.LOCK, lock.as_json())
    except XapiError as error:
        if error.code != "MAP_DUPLICATE_KEY":
            raise
    book.reread()
    found = book.record
    if found is None or found.lock.nonce != lock.nonce:
        winner = found.holding(book.now) if found else "somebody else"
        raise MaintenanceError(f"{book.label}: {winner} was faster. Wait until it has finished, then run this again.")


def _note(book: RecordBook, params: Params) -> Outcome:
    held = book.mine(params["run_id"])
    undo = params["undo"]
    known = held.entry_for(undo["kind"], undo["object"])
    key = known.key if known else record.next_undo_key(book.config)
    before = known.before if known else _plain(undo["before"])
    if known is None:
        book.add(key, UndoEntry(key, undo["kind"], undo["object"], before, book.now).as_json())
    book.renew(params["run_id"])
    book.sync()
    return book.outcome(known is None, book.record, undo_key=key, before=before)


def _undone(book: RecordBook, params: Params) -> Outcome:
    held = book.mine(params["run_id"])
    key = params["undo_key"] or _key_of(held, params["undo"])
    present = key in book.config
    if present:
        book.remove(key)
    book.renew(params["run_id"])
    book.sync()
    return book.outcome(present, book.record)


def _key_of(held: RunRecord, undo: Params) -> str:
    known = held.entry_for(undo["kind"], undo["object"])
    return known.key if known else ""


def _finish(book: RecordBook, params: Params) -> Outcome:
    if book.record is None:
        return book.outcome(False, None)
    held = book.mine(params["run_id"])
    if held.undo and not params["force"]:
        left = ", ".join(f"{entry.kind} of {entry.object}" for entry in held.undo)
        raise MaintenanceError(
            f"{book.label}: run {held.lock.run_id} still has to take back {left}. Take these back first.",
            run=held.as_dict(),
        )
    book.clear()
    return book.outcome(True, held)


def _plain(value: t.Any) -> t.Any:
    """What JSON can hold; templating may leave richer types behind."""
    return json.loads(json.dumps(value, default=str))
