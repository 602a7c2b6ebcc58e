# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that takes a while and is done at its end: the usual shape of a slow call."""

from __future__ import annotations

import typing as t

from ..timeline import Action, Completion, Timeline
from .errors import XapiError
from .operations import Operation


class Timed:
    """``action(*args)`` happens after some seconds; its value or refusal is the answer.

    :ivar done: ends with the action, and with it the entries in current_operations.
    """

    def __init__(self, timeline: Timeline, entries: t.Sequence[Operation], action: Action, *args: t.Any) -> None:
        self.done = Completion()
        self._timeline = timeline
        self._entries = tuple(entries)
        self._action = action
        self._args = args

    def submit(self, seconds: float) -> Completion:
        """Begin."""
        self._timeline.after(seconds, self._ended)
        return self.done

    def _ended(self) -> None:
        try:
            value = self._action(*self._args)
        except XapiError as error:
            self._finish()
            self.done.reject(error)
        else:
            self._finish()
            self.done.resolve(value)

    def _finish(self) -> None:
        for entry in self._entries:
            entry.end()
