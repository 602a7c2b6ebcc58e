# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters: Managed and Unmanaged (``cloudstack.md`` 2.9)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from ..xapi.errors import Unreachable
from .errors import refused
from .rows import Cluster, Pod
from .states import Status, StatusEvent

if t.TYPE_CHECKING:
    from .manager import ManagementServer

_MAY_BE_UNMANAGED = frozenset({Status.UP, Status.DOWN, Status.DISCONNECTED, Status.ALERT})


class Clusters:
    """Hands off a pool, and back on."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server

    def create(self, name: str, pod: Pod) -> Cluster:
        """A cluster without hosts; the first one binds it to its pool."""
        tables, settings = self._server.tables, self._server.settings
        cluster = Cluster(tables.clusters.next_id(), tables.new_uuid(), name, self._server.now, pod, "", "")
        cluster.cpu_ratio = settings.number("cpu.overprovisioning.factor")
        cluster.memory_ratio = settings.number("mem.overprovisioning.factor")
        self._server.world.book.managed_changed(name, True)
        return tables.clusters.add(cluster)

    def manage(self, cluster: Cluster) -> None:
        """At once; the hosts come back with later scans."""
        cluster.managed_state = "Managed"
        self._server.world.book.managed_changed(cluster.name, True)

    def unmanage(self, cluster: Cluster) -> Completion:
        """Let go of all hosts; the answer comes when none is Up any more, after 5 to 200 seconds."""
        ended = Completion()
        cluster.managed_state = "PrepareUnmanaged"
        for host in self._server.tables.hosts_of(cluster):
            if host.status not in _MAY_BE_UNMANAGED:
                why = f"PrepareUnmanaged Failed due to host {host.address} should not be in {host.status} status"
                return self._fail(cluster, ended, why)
            if host.status is Status.UP:
                self._server.hosts.status_event(host, StatusEvent.SHUTDOWN_REQUESTED)
        self._server.after(self._server.durations.unmanage_step, self._look, cluster, ended, 1, self._server.epoch)
        return ended

    def _look(self, cluster: Cluster, ended: Completion, step: int, epoch: int) -> None:
        if epoch != self._server.epoch:
            ended.reject(Unreachable("the management server restarted"))
            return
        if not any(host.status is Status.UP for host in self._server.tables.hosts_of(cluster)):
            cluster.managed_state = "Unmanaged"
            self._server.world.book.managed_changed(cluster.name, False)
            ended.resolve(cluster)
        elif step < self._server.durations.unmanage_steps:
            self._server.after(self._server.durations.unmanage_step, self._look, cluster, ended, step + 1, epoch)
        else:
            text = "PrepareUnmanaged Failed due to some hosts are still in UP status after 5 Minutes, please try later "
            self._fail(cluster, ended, text)

    def _fail(self, cluster: Cluster, ended: Completion, why: str) -> Completion:
        cluster.managed_state = "PrepareUnmanagedError"
        ended.reject(refused(why))
        return ended
