# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that wait for each other: of one queue only so many run at once (``cloudstack.md`` 6, concurrency)."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .jobs import Job

Waiting = tuple["Job", t.Callable[..., t.Any], tuple[t.Any, ...]]


class JobQueues:
    """Who runs and who waits, by the name of the queue."""

    def __init__(self) -> None:
        self._running: dict[str, list[Job]] = {}
        self._waiting: list[Waiting] = []

    def enter(self, waiting: Waiting, limit: float) -> bool:
        """Whether this job may run now; else it is remembered. A limit of 0 is none."""
        job = waiting[0]
        if not job.queue:
            return True
        running = self._running.setdefault(job.queue, [])
        if limit and len(running) >= limit:
            self._waiting.append(waiting)
            return False
        running.append(job)
        return True

    def leave(self, job: Job) -> Waiting | None:
        """This job has ended; the one whose turn it is now."""
        running = self._running.get(job.queue, [])
        if job not in running:
            return None
        running.remove(job)
        turn = next((w for w in self._waiting if w[0].queue == job.queue), None)
        if turn is not None:
            self._waiting.remove(turn)
        return turn

    def clear(self) -> None:
        """The server ends, and with it all that runs or waits."""
        self._running.clear()
        self._waiting.clear()
