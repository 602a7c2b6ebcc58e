# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a run as it is written: ``pool.other_config``, and the master's clock.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .._maintenance import record
from .._maintenance.errors import MaintenanceError
from .._maintenance.kinds import RESTORED, SETTLED
from .._maintenance.record import RunRecord, Step, UndoEntry
from .._xapi.client import XapiClient
from .._xapi.errors import ConnectionLost
from .._xapi.updates import epoch_s

if t.TYPE_CHECKING:
    from ._context import Context


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
        """The record of the pool that the context is connected to."""
        return cls.read(context.xapi, context.check_mode)

    @classmethod
    def read(cls, client: XapiClient, check_mode: bool = False) -> RecordBook:
        """The record of the pool that a session leads to."""
        ref, pool = next(iter(client.call("pool.get_all_records").items()))
        label = pool["name_label"] or client.address
        now = epoch_s(client.call("host.get_servertime", pool["master"]))
        return cls(client, check_mode, ref, label, dict(pool["other_config"]), now, [])

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
        """Add a key; XAPI refuses one that exists, which makes this a test-and-set.

        :raises ConnectionLost: whether it was written is not known, after a second try.
        """
        self._write("add_to", key, value, written=lambda: self.config.get(key) == value)
        self.config[key] = value

    def remove(self, key: str) -> None:
        """Remove a key; one that is gone is fine.

        :raises ConnectionLost: whether it is gone is not known, after a second try.
        """
        self._write("remove_from", key, written=lambda: key not in self.config)
        self.config.pop(key, None)

    def _write(self, verb: str, *arguments: str, written: t.Callable[[], bool]) -> None:
        """Once more after a lost answer, unless everything, read again, shows that the first call was heard."""
        if self.check_mode or self._answered(verb, *arguments) or written():
            return
        if not (self._answered(verb, *arguments) or written()):
            raise ConnectionLost(
                f"{self.label}: two answers in a row were lost while the run's record was written. "
                "Look at the network between here and the pool's master, then run this again."
            )

    def _answered(self, verb: str, *arguments: str) -> bool:
        """False when the answer was lost, after everything was read again."""
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
        """Let the record outlive the master."""
        problem = "" if self.check_mode else self.client.copy_database(self.label)
        if problem:
            self.warnings.append(f"The run's record is on the master alone for now: {problem}")

    def note(self, run_id: str, kind: str, thing: str, before: t.Any) -> tuple[UndoEntry, bool]:
        """Write down a change before it is made; the first note of a change is the true one.

        :returns: the entry, and whether it is new.
        """
        known = self.mine(run_id).entry_for(kind, thing)
        if known is not None:
            return known, False
        self._drop_settled()
        entry = UndoEntry(record.next_undo_key(self.config), kind, thing, plain(before), self.now)
        self.add(entry.key, entry.as_json())
        self.sync()
        return entry, True

    def strike(self, entry: UndoEntry, outcome: str = RESTORED) -> None:
        """Remove the entry of a change that has come to its end; how long it lasted stays in the record."""
        if entry.key in self.config:
            self.step(Step(self.now, entry.name, kind=entry.kind, since=entry.at, outcome=outcome))
            self.remove(entry.key)

    def settle(self, kinds: t.Sequence[str]) -> None:
        """From one write on, every change of these kinds is meant to last: a death leaves all of them or none."""
        if any(entry.kind in kinds for entry in record.all_entries(self.config)):
            self.add(record.SETTLED, ",".join(kinds))
            self._drop_settled()

    def _drop_settled(self) -> None:
        kinds = record.settled_kinds(self.config)
        for entry in record.all_entries(self.config):
            if entry.kind in kinds:
                self.strike(entry, SETTLED)
        if kinds:
            self.remove(record.SETTLED)

    def step(self, step: Step) -> None:
        """Add a line to what the run has done."""
        self.add(record.next_step_key(self.config), step.as_json())

    def clear(self) -> None:
        """Remove every key of the run, the lock last."""
        for key in record.keys_to_remove(self.config):
            self.remove(key)
        self.sync()


def plain(value: t.Any) -> t.Any:
    """What JSON can hold; templating may leave richer types behind."""
    return json.loads(json.dumps(value, default=str))
