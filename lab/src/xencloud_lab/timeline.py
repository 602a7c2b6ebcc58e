# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time, in one place: the world's clock and everything that is going to happen.

The world is a discrete-event simulation. What happens later is a bound method of an object of
the world with its arguments, never a closure or a coroutine, so that the whole world, pending
operations included, can be pickled to a file and back.
"""

from __future__ import annotations

import heapq
import typing as t
from dataclasses import dataclass, field

Action = t.Callable[..., t.Any]


@dataclass(order=True)
class Event:
    """One thing that is going to happen; keep it to ``cancel`` it."""

    at: float
    order: int
    action: Action = field(compare=False)
    args: tuple[t.Any, ...] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """It will not happen."""
        self.cancelled = True


class Timeline:
    """The queue of events. ``now`` is seconds since 1970 in the world's own time."""

    def __init__(self, start: float) -> None:
        self.now = start
        self._queue: list[Event] = []
        self._order = 0

    def at(self, moment: float, action: Action, *args: t.Any) -> Event:
        """Let ``action(*args)`` happen at ``moment``, or at once when that is past."""
        self._order += 1
        event = Event(max(moment, self.now), self._order, action, args)
        heapq.heappush(self._queue, event)
        return event

    def after(self, seconds: float, action: Action, *args: t.Any) -> Event:
        """Let ``action(*args)`` happen in ``seconds``."""
        return self.at(self.now + seconds, action, *args)

    def next_at(self) -> float | None:
        """The time of the next event, None when nothing is due."""
        while self._queue and self._queue[0].cancelled:
            heapq.heappop(self._queue)
        return self._queue[0].at if self._queue else None

    def pending(self) -> list[Event]:
        """Everything that is going to happen, in order."""
        return sorted(event for event in self._queue if not event.cancelled)

    def run_until(self, moment: float) -> None:
        """Let everything happen that is due until ``moment``, in order, then be at ``moment``."""
        while True:
            due = self.next_at()
            if due is None or due > moment:
                break
            event = heapq.heappop(self._queue)
            self.now = max(self.now, event.at)
            event.action(*event.args)
        self.now = max(self.now, moment)


class Completion:
    """The end of something that takes time: a value or an error, once.

    ``then`` takes bound methods of the world (kept by a save), ``listen`` takes anything
    (a waiting connection; dropped by a save, as connections are).
    """

    def __init__(self) -> None:
        self.done = False
        self.value: t.Any = None
        self.error: Exception | None = None
        self._then: list[tuple[Action, tuple[t.Any, ...]]] = []
        self._listeners: list[t.Callable[[Completion], None]] = []

    def __getstate__(self) -> dict[str, t.Any]:
        return {**self.__dict__, "_listeners": []}

    def then(self, action: Action, *args: t.Any) -> Completion:
        """Call ``action(*args, completion)`` at the end, at once when that has come."""
        if self.done:
            action(*args, self)
        else:
            self._then.append((action, args))
        return self

    def listen(self, listener: t.Callable[[Completion], None]) -> None:
        """Like ``then`` for things outside the world."""
        if self.done:
            listener(self)
        else:
            self._listeners.append(listener)

    def resolve(self, value: t.Any = None) -> None:
        """The good end; ignored when it has ended already."""
        self._finish(value, None)

    def reject(self, error: Exception) -> None:
        """The bad end; ignored when it has ended already."""
        self._finish(None, error)

    def _finish(self, value: t.Any, error: Exception | None) -> None:
        if self.done:
            return
        self.done, self.value, self.error = True, value, error
        then, self._then = self._then, []
        listeners, self._listeners = self._listeners, []
        for action, args in then:
            action(*args, self)
        for listener in listeners:
            listener(self)
