# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the server gets its hosts back: the scan, and the steps of a connect (``cloudstack.md`` 1.4, 1.6)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from ..xapi.errors import Unreachable, XapiError
from . import agent, records
from .errors import AgentUnavailable
from .rows import Host
from .states import Status, StatusEvent
from .xen import PoolConnection, Session

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class Connecting:
    """Connects hosts that no server owns."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._under_way: set[int] = set()
        self._awaited: dict[int, Completion] = {}

    def forget(self) -> None:
        """The server process ends: what was connecting is not any more."""
        self._under_way.clear()
        self._awaited.clear()

    def scan(self, epoch: int) -> None:
        """Start to connect what is due, and come again."""
        server = self._server
        if epoch != server.epoch:
            return
        load = int(server.settings.number("direct.agent.load.size"))
        for host in [h for h in server.tables.hosts if self._due(h)][:load]:
            self.connect(host)
        server.after(server.durations.scan, self.scan, epoch)

    def _due(self, host: Host) -> bool:
        old = self._server.now - host.last_ping > self._server.durations.behind
        return not host.attached and host.cluster.managed and old and host.id not in self._under_way

    def connect(self, host: Host) -> None:
        """Begin with the first step, whatever the host's states are."""
        self._under_way.add(host.id)
        self._server.after(self._server.durations.configure, self._configure, host, self._server.epoch)

    def set_up_now(self, host: Host) -> Completion:
        """``connect`` for somebody who waits for its end, good or bad."""
        self._awaited[host.id] = ended = Completion()
        self.connect(host)
        return ended

    # steps --------------------------------------------------------------------------------

    def _configure(self, host: Host, epoch: int) -> None:
        """CheckXenHostInfo: any login will do; the host must still have its address."""
        if self._stopped(host, epoch):
            return
        try:
            session = self._pool(host).log_in(host)
            record = session.ask("host.get_record", session.reference(host))
            if record["address"] != host.address:
                raise AgentUnavailable(f"Host {host.name} seems be reinstalled, please remove this host and readd")
        except (XapiError, Unreachable, AgentUnavailable):
            self._failed(host)
            return
        self._server.after(self._server.durations.initialize, self._initialize, host, epoch)

    def _initialize(self, host: Host, epoch: int) -> None:
        """The host must be enabled, and its master too; it must be in the pool of its cluster."""
        if self._stopped(host, epoch):
            return
        pool = self._pool(host)
        if not agent.healthy(pool, host):
            self._failed(host)
            return
        self._server.hosts.status_event(host, StatusEvent.AGENT_CONNECTED)
        try:
            session, ref = pool.connect(host)
            ready = self._same_pool(session, host) and self._same_version(session, ref, host)
            set_up = ready and host.set_up and agent.has_tag(session, ref, self._server.hosts.scripts_tag(host))
        except (XapiError, Unreachable, AgentUnavailable):
            ready = set_up = False
        if not ready:
            self._failed(host)
            return
        durations = self._server.durations
        self._server.after(durations.ready if set_up else durations.set_up, self._set_up, host, epoch)

    def _same_pool(self, session: Session, host: Host) -> bool:
        """A pool that became another one is told in the log, and the host falls to Alert."""
        found, known = next(r["uuid"] for r in session.ask("pool.get_all_records").values()), host.cluster.guid
        if found == known:
            return True
        self._server.log(f"pool uuid for cluster {host.cluster.id} changed from {known} to {found}")
        return False

    def _same_version(self, session: Session, ref: str, host: Host) -> bool:
        """A changed product version costs one more round (HypervisorVersionChanged)."""
        version = session.ask("host.get_software_version", ref)["product_version"]
        if version == host.hypervisor_version:
            return True
        host.hypervisor_version, host.set_up = version, False
        return False

    def _set_up(self, host: Host, epoch: int) -> None:
        """SetupCommand and ReadyCommand: scripts, heartbeat, and the host is Up."""
        if self._stopped(host, epoch):
            return
        try:
            session, ref = self._pool(host).connect(host)
            tag = self._server.hosts.scripts_tag(host)
            if not agent.has_tag(session, ref, tag):
                agent.add_tag(session, ref, tag)
                self._server.heartbeats.install(host)
            storage = agent.heartbeat_storage(session, ref)
            if not self._server.profile.keeps_halted_vms(host.hypervisor_version):
                records.clean_up_halted(session, ref, self._server.tables)
        except AgentUnavailable:
            self._failed(host)
            return
        self._server.heartbeats.launch(host, storage)
        host.set_up = True
        self.attach(host)
        self._over(host)

    def attach(self, host: Host) -> None:
        """The host is Up and gets its first ping."""
        host.attached = True
        host.last_ping = self._server.now
        self._server.hosts.status_event(host, StatusEvent.READY)
        host.disconnected = None
        self._server.pings.begin(host)

    # ends ---------------------------------------------------------------------------------

    def _pool(self, host: Host) -> PoolConnection:
        return self._server.hosts.connection(host.cluster)

    def _stopped(self, host: Host, epoch: int) -> bool:
        """Whether somebody ended this meanwhile: a restart, or the cluster became Unmanaged."""
        if epoch != self._server.epoch:
            return True
        if not host.cluster.managed or host.status is Status.REMOVED:
            self._over(host)
            return True
        return False

    def _over(self, host: Host) -> None:
        self._under_way.discard(host.id)
        awaited = self._awaited.pop(host.id, None)
        if awaited is not None:
            awaited.resolve(host)

    def _failed(self, host: Host) -> None:
        self._server.hosts.status_event(host, StatusEvent.AGENT_DISCONNECTED)
        self._over(host)
