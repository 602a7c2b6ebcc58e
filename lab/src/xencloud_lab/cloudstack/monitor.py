# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monitor: hosts that are behind on their ping, and what is found out about them (``cloudstack.md`` 1.6)."""

from __future__ import annotations

import typing as t

from . import agent
from .journal import HOST_ALERT, place
from .rows import Host
from .states import Resource, Status, StatusEvent

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class Monitor:
    """One tick every ``ping.interval``."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server

    def tick(self, epoch: int) -> None:
        """Look after silent hosts, then after those that are being emptied."""
        if epoch != self._server.epoch:
            return
        self._server.after(self._server.durations.ping, self.tick, epoch)
        silent = [h for h in self._server.tables.hosts if h.attached and self._behind(h)]
        self._set_aside([h for h in silent if self._is_expected(h)])
        # Investigations run in parallel: nobody's verdict changes who can be asked about the next.
        verdicts = [(h, self._investigate(h)) for h in silent if not self._is_expected(h)]
        for host, verdict in verdicts:
            self._judge(host, verdict)
        self._server.maintenance.examine()

    def _behind(self, host: Host) -> bool:
        return self._server.now - host.last_ping > self._server.durations.behind

    def _is_expected(self, host: Host) -> bool:
        quiet = {Resource.MAINTENANCE, Resource.DISABLED}
        if not self._server.profile.has_eipfm:
            quiet.add(Resource.ERROR)
        return host.resource in quiet

    def _set_aside(self, hosts: list[Host]) -> None:
        for host in hosts:
            self._server.hosts.status_event(host, StatusEvent.SHUTDOWN_REQUESTED)

    # investigation ------------------------------------------------------------------------

    def _investigate(self, host: Host) -> Status | None:
        """Up, Down, Disconnected (alive but not to be commanded), or None: nobody knows."""
        if agent.healthy(self._server.hosts.connection(host.cluster), host):
            return Status.UP
        neighbours = self._server.hosts.neighbours(host)
        if any(n.cluster is host.cluster and self._powered(n) for n in neighbours):
            if self._server.heartbeats.stale(host):
                return Status.DOWN
            if self._server.profile.fresh_heartbeat_is_up:
                return Status.UP
        if any(self._powered(n) for n in neighbours) and self._powered(host):
            return Status.DISCONNECTED
        return None

    def _powered(self, host: Host) -> bool:
        """Whether its dom0 answers SSH and ICMP; this is the network's business, not XAPI's."""
        machine = self._server.world.machine_of(host.guid)
        return machine is not None and machine.powered and machine.connected

    # verdict ------------------------------------------------------------------------------

    def _judge(self, host: Host, verdict: Status | None) -> None:
        if verdict is Status.UP:
            return
        if verdict is Status.DOWN:
            self._down(host)
        elif (verdict is Status.DISCONNECTED and not host.resource.is_preparing) or self._waited_too_long(host):
            self._alert(host)

    def _waited_too_long(self, host: Host) -> bool:
        if host.undetermined_since is None:
            host.undetermined_since = self._server.now
        return self._server.now - host.undetermined_since > self._server.durations.alert_wait

    def _down(self, host: Host) -> None:
        self._server.hosts.status_event(host, StatusEvent.HOST_DOWN)
        self._server.journal.alert(self._server.now, HOST_ALERT, f"Host is down, {place(host)}")
        self._server.ha.host_died(host)

    def _alert(self, host: Host) -> None:
        self._server.hosts.status_event(host, StatusEvent.AGENT_DISCONNECTED)
        self._server.journal.alert(self._server.now, HOST_ALERT, f"Host disconnected, {place(host)}")
        if self._server.profile.alert_restarts_vms:
            self._server.ha.host_died(host)
