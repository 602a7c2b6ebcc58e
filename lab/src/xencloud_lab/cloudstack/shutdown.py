# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A management server that is about to end takes no new jobs (``cloudstack.md`` 2.16)."""

from __future__ import annotations

import typing as t

from .errors import DRAINING, SERVER_API_EXCEPTION, ApiError, refused

if t.TYPE_CHECKING:
    from .manager import ManagementServer
    from .registry import Command

UP, PREPARING, READY, ENDING = "Up", "PreparingForShutDown", "ReadyToShutDown", "ShuttingDown"
_LOOK_EVERY_S = 30.0


class Shutdown:
    """From Up to the end of the process, or back.

    :ivar state: what listManagementServers shows.
    """

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self.state = UP
        self._triggered = False
        self._round = 0

    def check(self, command: Command) -> None:
        """Whether this command is still taken.

        :raises ApiError: not any more.
        """
        if self.state != UP and command.is_async:
            why = "Maintenance or Shutdown has been initiated on this management server. Can not accept new jobs"
            raise ApiError(DRAINING, why, SERVER_API_EXCEPTION)

    def prepare(self, *, then_end: bool) -> None:
        """Take no new jobs; with ``then_end`` the process ends when the last one has ended."""
        if self.state != UP and not then_end:
            raise refused("A shutdown has already been triggered on this management server")
        self.state, self._triggered = PREPARING, then_end
        self._round += 1
        self._look(self._round)

    def cancel(self) -> None:
        """Back to work."""
        if self.state == UP:
            raise refused("Unable to cancel shutdown: it has not been triggered")
        self.state, self._triggered = UP, False
        self._round += 1

    def ended(self) -> None:
        """The process has ended, whoever wanted it."""
        self.state, self._triggered = UP, False
        self._round += 1

    @property
    def pending(self) -> int:
        """Jobs that have not ended."""
        return sum(job.status == 0 for job in self._server.jobs.all())

    def _look(self, number: int) -> None:
        if number != self._round or not self._server.running:
            return
        if self.pending:
            self._server.after(_LOOK_EVERY_S, self._look, number)
            return
        self.state = READY
        if self._triggered:
            self.state = ENDING
            self._server.after(self._server.durations.submit, self._end, number)

    def _end(self, number: int) -> None:
        if number == self._round:
            self._server.stop()
