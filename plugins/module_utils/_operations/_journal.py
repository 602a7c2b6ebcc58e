# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation writes into the record of the run that it is part of.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._maintenance.errors import MaintenanceError
from .._maintenance.kinds import RESTORED
from .._maintenance.record import Step, UndoEntry
from .._xapi.errors import ConnectionLost
from ._book import RecordBook
from ._mirror import keep_mirror

if t.TYPE_CHECKING:
    from ._context import Context


class Journal:
    """Notes, strikes, steps and signs of life; without a run, or in check mode, nothing is written."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._run_id: str = context.params.get("run_id") or ""

    @property
    def open(self) -> bool:
        """True when there is a run to write for."""
        return bool(self._run_id) and not self._context.check_mode

    def entry(self, kind: str, thing: str = "") -> UndoEntry | None:
        """What the run has noted for this change, if it has; read in check mode as well."""
        return self._book().mine(self._run_id).entry_for(kind, thing) if self._run_id else None

    def note(self, kind: str, thing: str, before: t.Any) -> t.Any:
        """Write down a temporary change before it is made.

        :returns: what the run noted first for this change, else ``before``.
        :raises MaintenanceError: the pool is held by another run by now, so nothing may be changed.
        """
        if not self.open:
            return before
        book = self._book()
        entry, _new = book.note(self._run_id, kind, thing, before)
        self._mirror(book)
        return entry.before

    def sync(self) -> None:
        """Copy the record to the members: what is noted while HA is on reaches none of their copies (xapi.md 3.1)."""
        if self.open:
            self._book().sync()

    def confirm(self) -> None:
        """The pool is still this run's: asked before a change that leaves nothing to take back.

        :raises MaintenanceError: another run holds it by now.
        """
        if self.open:
            self._book().mine(self._run_id)

    def settle(self, *kinds: str) -> None:
        """All changes of these kinds are meant to last, from one write on."""
        if self.open:
            book = self._book()
            book.mine(self._run_id)
            book.settle(kinds)
            self._mirror(book)

    def strike(self, kind: str, thing: str, outcome: str = RESTORED) -> None:
        """Remove the note of a change that has come to this end."""
        if self.open:
            book = self._book()
            entry = book.mine(self._run_id).entry_for(kind, thing)
            if entry is not None:
                book.strike(entry, outcome)
                self._mirror(book)

    def step(self, text: str, moves: int = 0) -> str | None:
        """Add a line to the run's report; a line that cannot be written is no reason to stop.

        :param moves: live migrations that it took.
        :returns: a warning, when it could not be written.
        """
        if not self.open:
            return None
        try:
            book = self._book()
            book.mine(self._run_id)
            book.step(Step(book.now, text, moves=moves))
        except ConnectionLost as error:
            return f'The step "{text}" is missing in the run\'s record: {error.message}'
        return None

    def renew(self) -> None:
        """Give a sign of life while something is waited for; a pool that does not answer gets the next one."""
        if self.open:
            with contextlib.suppress(ConnectionLost):
                book = self._book()
                book.mine(self._run_id)
                book.renew(self._run_id)

    def _mirror(self, book: RecordBook) -> None:
        folder = self._context.params["mirror_dir"]
        self._context.warnings += keep_mirror(folder, book.record, self._run_id)

    def _book(self) -> RecordBook:
        if not self._context.params.get("hostname"):
            raise MaintenanceError(
                f"run {self._run_id}: its record is in the pool, and there is no hostname. Give hostname and password."
            )
        return RecordBook.open(self._context)
