# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ping of every host the server owns, and what its report is used for (``cloudstack.md`` 1.4, 1.9)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import agent
from .errors import AgentUnavailable
from .operations import when
from .rows import Host

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class Pings:
    """One loop a host, as long as it is attached."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._round: dict[int, int] = {}

    def begin(self, host: Host, *, first_after: float = 0.0) -> None:
        """Start (again) to ping this host."""
        number = self._round.get(host.id, 0) + 1
        self._round[host.id] = number
        self._server.after(first_after, self._ping, host, number)

    def _ping(self, host: Host, number: int) -> None:
        if self._round[host.id] != number or not host.attached:
            return
        self._server.after(self._server.durations.ping, self._ping, host, number)
        pool = self._server.hosts.connection(host.cluster)
        for _attempt in range(2):
            try:
                echo = agent.begin_ping(pool, host)
            except AgentUnavailable:
                continue
            when(echo, self._echoed, host, number)
            return

    def _echoed(self, host: Host, number: int, echo: Completion) -> None:
        if self._round[host.id] != number or not host.attached or echo.error is not None:
            return
        host.last_ping = self._server.now
        host.undetermined_since = None
        pool = self._server.hosts.connection(host.cluster)
        self._server.sync.reported(host, agent.report(pool, host))
