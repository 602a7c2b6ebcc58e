# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Async jobs (``cloudstack.md`` 4.6): the answer is a job, its result is asked for."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..timeline import Completion
from .errors import refused
from .job_events import JobEvents
from .job_queues import JobQueues
from .later import EXPECTED, api_error
from .rows import Row

if t.TYPE_CHECKING:
    from ..faults import Doom
    from .manager import ManagementServer

Result = dict[str, t.Any]
PENDING, SUCCEEDED, FAILED = 0, 1, 2


@dataclass(slots=True, eq=False)
class Job(Row):
    """One job; ``name`` is the command class. A lost one has failed without a result.

    :ivar queue: jobs of one queue run only so many at once; the empty one has no limit.
    """

    instance_type: str
    instance_uuid: str
    epoch: int
    status: int = PENDING
    code: int = 0
    result: Result | None = None
    completed: float | None = None
    doom: Doom | None = None
    queue: str = ""
    events: JobEvents | None = None


class Jobs:
    """All jobs that are still kept."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._jobs: dict[str, Job] = {}
        self._queues = JobQueues()

    def submit(
        self,
        class_name: str,
        about: Row | None,
        kind: str,
        run: t.Callable[..., t.Any],
        *args: t.Any,
        queue: str = "",
        events: JobEvents | None = None,
    ) -> Job:
        """Make a job that runs soon, or when its queue has room."""
        server = self._server
        about_uuid = about.uuid if about else ""
        number = len(self._jobs) + 1
        job = Job(number, server.tables.new_uuid(), class_name, server.now, kind, about_uuid, server.epoch)
        job.doom, job.queue, job.events = server.world.faults.take_doom(), queue, events
        self._jobs[job.uuid] = job
        server.after(server.durations.submit, self._run, job, run, args)
        return job

    def get(self, uuid: str) -> Job | None:
        """A job that is not yet forgotten."""
        job = self._jobs.get(uuid)
        keep = self._server.settings.number("job.expire.minutes") * 60
        if job is not None and job.completed is not None and self._server.now - job.completed > keep:
            return None
        return job

    def all(self) -> list[Job]:
        return [job for job in self._jobs.values() if self.get(job.uuid) is not None]

    def pending_on(self, about: Row) -> Job | None:
        """The job that is at work on this object."""
        jobs = self._jobs.values()
        return next((j for j in jobs if j.instance_uuid == about.uuid and j.status == PENDING), None)

    def pending(self) -> list[Job]:
        """All jobs that have not ended."""
        return [job for job in self._jobs.values() if job.status == PENDING]

    def lose_all(self) -> None:
        """The server restarts: what is pending has failed, with a result that nobody can read."""
        self._queues.clear()
        for job in self._jobs.values():
            if job.status == PENDING:
                self._finish(job, FAILED, 530, None)

    # run ----------------------------------------------------------------------------------

    def _run(self, job: Job, run: t.Callable[..., t.Any], args: tuple[t.Any, ...]) -> None:
        if job.status != PENDING:
            return
        limit = self._server.settings.number("concurrent.migrations.per.target.datastore")
        if not self._queues.enter((job, run, args), limit):
            return
        if job.queue:
            threshold_min = self._server.settings.number("job.cancel.threshold.minutes")
            self._server.after(threshold_min * 60, self._cancel, job)
        if job.events is not None:
            job.events.started()
        self._begin(job, run, args)

    def _begin(self, job: Job, run: t.Callable[..., t.Any], args: tuple[t.Any, ...]) -> None:
        if job.doom is not None and job.doom.before:
            self._failed(job, refused(" ".join(job.doom.error)))
            return
        try:
            outcome = run(*args)
        except EXPECTED as error:
            self._failed(job, error)
            return
        if isinstance(outcome, Completion):
            outcome.then(self._ended, job)
        else:
            self._succeeded(job, outcome)

    def _ended(self, job: Job, outcome: Completion) -> None:
        if job.status != PENDING:
            return
        if outcome.error is not None:
            self._failed(job, outcome.error)
        else:
            self._succeeded(job, outcome.value)

    def _cancel(self, job: Job) -> None:
        """It has blocked its queue for too long: it counts as failed, and what it began goes on (4.6)."""
        if job.status == PENDING and job.epoch == self._server.epoch:
            self._server.log(f"job {job.uuid} is cancelled: it has been blocking others for too long")
            self._finish(job, FAILED, 0, None)

    def _failed(self, job: Job, error: Exception) -> None:
        if job.events is not None:
            job.events.ended(well=False)
        api = api_error(error)
        self._finish(job, FAILED, api.code, {"uuidList": [], "errorcode": api.code, "errortext": api.text})

    def _succeeded(self, job: Job, result: Result | None) -> None:
        if job.doom is not None:
            self._failed(job, refused(" ".join(job.doom.error)))
            return
        if job.events is not None:
            job.events.ended(well=True)
        self._finish(job, SUCCEEDED, 0, result)

    def _finish(self, job: Job, status: int, code: int, result: Result | None) -> None:
        job.status, job.code, job.result, job.completed = status, code, result, self._server.now
        turn = self._queues.leave(job)
        if turn is not None:
            self._server.after(0, self._run, *turn)
