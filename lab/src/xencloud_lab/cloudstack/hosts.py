# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts as the server sees them: their connections, their states, and how a state changes."""

from __future__ import annotations

import typing as t

from ..xapi.errors import Unreachable, XapiError
from . import agent
from .errors import AgentUnavailable
from .rows import Cluster, Host
from .states import Resource, ResourceEvent, Status, StatusEvent
from .transitions import next_resource, next_status
from .xen import PoolConnection, Session

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class Hosts:
    """All hosts, and one connection a cluster."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._connections: dict[int, PoolConnection] = {}

    # connections --------------------------------------------------------------------------

    def connection(self, cluster: Cluster) -> PoolConnection:
        """The shared connection to the pool of this cluster."""
        if cluster.id not in self._connections:
            self._connections[cluster.id] = PoolConnection(self._server.world, cluster)
        return self._connections[cluster.id]

    def forget_connection(self, cluster: Cluster) -> None:
        """The cluster has no hosts any more: it may be bound to another pool."""
        self._connections.pop(cluster.id, None)

    def drop_connections(self) -> None:
        """The server process ends."""
        self._connections.clear()

    def reach(self, host: Host) -> tuple[Session, str]:
        """A way to command this host: a session and its reference.

        :raises AgentUnavailable: the server does not own the host, or the pool does not let it.
        """
        if not host.attached:
            why = f"Host with specified id is not in the right state: {host.status}"
            raise AgentUnavailable(f"Resource [Host:{host.id}] is unreachable: Host {host.id}: {why}")
        return self.connection(host.cluster).connect(host)

    def with_reference(self, session: Session, ref: str) -> Host | None:
        """The host with this XAPI reference."""
        try:
            guid = session.ask("host.get_uuid", ref)
        except (XapiError, Unreachable):
            return None
        return next((h for h in self._server.tables.hosts if h.guid == guid), None)

    def scripts_tag(self, host: Host) -> str:
        """What marks this host as set up; an upgrade of either side asks for another one."""
        resource_class = self._server.profile.resource_class(host.hypervisor_version)
        return agent.scripts_tag(resource_class, self._server.version)

    # states -------------------------------------------------------------------------------

    def status_event(self, host: Host, event: StatusEvent) -> None:
        """Something happened to the connection; losing it gives the host up for the next scan."""
        before, host.status = host.status, next_status(self._server.profile, host.status, event)
        if host.status.lost:
            host.attached = False
        if host.status is before:
            return
        host.undetermined_since = None
        if host.status.lost:
            host.disconnected = self._server.now
        self._server.world.book.note("cloudstack_host", host.name, f"{before} to {host.status} ({event})")

    def resource_event(self, host: Host, event: ResourceEvent) -> None:
        """The operator, or the maintenance engine, wants something of this host.

        :raises NoTransition: not from its present state.
        """
        before = host.resource
        host.resource = next_resource(self._server.profile, before, event)
        if host.resource is not before:
            self._server.world.book.note("cloudstack_host", host.name, f"{before} to {host.resource} ({event})")

    def usable_beside(self, host: Host) -> list[Host]:
        """Other hosts of the cluster that are Up and Enabled."""
        return [h for h in self._server.tables.hosts_of(host.cluster) if h is not host and h.usable]

    def neighbours(self, host: Host) -> list[Host]:
        """Other hosts that are Up: they can be asked about this one."""
        return [h for h in self._server.tables.hosts if h is not host and h.status is Status.UP and h.attached]

    def examined_for_maintenance(self) -> list[Host]:
        """Hosts whose evacuation the monitor looks at; before 4.14 also those in error."""
        states = {Resource.PREPARE, Resource.ERROR_IN_PREPARE}
        if not self._server.profile.has_eipfm:
            states.add(Resource.ERROR)
        return [h for h in self._server.tables.hosts if h.resource in states]
