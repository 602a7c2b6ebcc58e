# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the facts of one host: from the pool's master, from the host's own address, from CloudStack.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._cloudstack.picture import cluster_of, read_clusters, read_hosts, read_instances_on
from .._maintenance.cluster import Cluster, CsHost, find_cluster, find_host
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.keeping import left_by, pool_marks
from .._maintenance.ladder.facts import CloudSide, HostFacts, PoolSide, RunHold, Voice
from .._maintenance.ladder.storage import pluggable
from .._maintenance.lookup import find_host as find_pool_host
from .._maintenance.record import RunRecord, read_record
from .._maintenance.waiter import NotYet
from .._xapi.errors import ConnectionLost
from .._xapi.host_session import listen
from .._xapi.login import Credentials, beside, plain_address
from .._xapi.picture import look_again
from .._xapi.updates import epoch_s
from ._context import Context


class Observer:
    """Looks at one host, as often as it is asked to."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted = str(context.params["host"])
        self._credentials = Credentials.from_params(context.params)
        # Every address that may lead to the pool's master; none before the pool was seen.
        self.members: list[str] = []

    def look(self) -> HostFacts:
        """The facts now."""
        try:
            pool = look_again(self._context.xapi)
            return self._without_pool(pool.why) if isinstance(pool, NotYet) else self._with_pool(pool)
        except ConnectionLost as error:
            return self._without_pool(error.message.rstrip("."))

    # the pool -----------------------------------------------------------------------------

    def _with_pool(self, pool: Pool) -> HostFacts:
        self.members = list(self._context.xapi.known_addresses)
        try:
            host = find_pool_host(pool, self._wanted)
        except MaintenanceError:
            forgotten = self._forgotten([each.address for each in pool.hosts])
            if forgotten is None:
                raise
            return forgotten
        record = read_record(pool.other_config)
        return HostFacts(
            name=host.name,
            address=host.address,
            voice=self._voice(pool, host),
            pool=self._pool_side(pool, host, record),
            cloud=self._cloud(host.address, [each.address for each in pool.hosts]),
            run=self._run(pool, host, record),
        )

    def _pool_side(self, pool: Pool, host: Host, record: RunRecord | None) -> PoolSide:
        master = pool.master_host
        mode = "" if host.live else self._context.xapi.call("host.get_power_on_mode", host.ref, about=host.name)
        return PoolSide(
            live=host.live,
            enabled=host.enabled,
            is_master=host.is_master,
            master=master.name,
            master_address=master.address,
            master_enabled=master.enabled,
            ha_enabled=pool.ha.enabled,
            power_on_mode=str(mode),
            pluggable=tuple(sr.name for sr in pluggable(pool, host)),
            guests=tuple(vm.name for vm in pool.guests_on(host)),
            marks=tuple(pool_marks(host, record)),
            left_by_run=left_by(record, host),
        )

    def _voice(self, pool: Pool, host: Host) -> Voice:
        # The session that gave this picture is the master's own answer.
        if host.ref == pool.master:
            return Voice("master", text="it is the pool's master")
        return listen(beside(host.address, self._context.xapi.address), self._credentials)

    def _run(self, pool: Pool, host: Host, record: RunRecord | None) -> RunHold | None:
        """Somebody else's run that has this host in it; what a dead one left of the host is among its marks."""
        if record is None or record.lock.run_id == self._context.params["run_id"] or not _concerns(record, host):
            return None
        now = epoch_s(self._context.xapi.call("host.get_servertime", pool.master))
        return RunHold(record.holding(now), record.lives(now))

    # nobody but the host itself and CloudStack --------------------------------------------

    def _without_pool(self, why: str) -> HostFacts:
        given = plain_address(self._context.params["hostname"])
        facts = self._of_cloudstack(self._cloud_host_by_name(), given)
        return replace(facts, no_pool=f"no master serves its pool: {why}")

    def _forgotten(self, addresses: t.Collection[str]) -> HostFacts | None:
        """A host that CloudStack has in the cluster of this pool, and the pool has no more."""
        cloud = self._cloud_host_by_name()
        if cloud is None or cloud.cluster_id != self._cluster(addresses).id:
            return None
        return self._of_cloudstack(cloud, self._context.xapi.address)

    def _of_cloudstack(self, cloud: CsHost | None, neighbour: str) -> HostFacts:
        address = cloud.ip_address if cloud else plain_address(self._wanted)
        return HostFacts(
            name=cloud.name if cloud else self._wanted,
            address=address,
            voice=listen(beside(address, neighbour), self._credentials),
            pool=None,
            cloud=self._cloud_side(cloud, read_clusters(self._context.cloudstack)) if cloud else None,
        )

    def _cloud_host_by_name(self) -> CsHost | None:
        try:
            return find_host(read_hosts(self._context.cloudstack), self._wanted)
        except MaintenanceError:
            # Then the name is taken for an address; what the pool says about it has to be told.
            return None

    # CloudStack ---------------------------------------------------------------------------

    def _cluster(self, addresses: t.Collection[str]) -> Cluster:
        client, wanted = self._context.cloudstack, self._context.params["cluster"]
        clusters = read_clusters(client)
        return find_cluster(clusters, wanted) if wanted else cluster_of(clusters, read_hosts(client), addresses)

    def _cloud(self, address: str, addresses: t.Collection[str]) -> CloudSide | None:
        cluster = self._cluster(addresses)
        hosts = read_hosts(self._context.cloudstack, clusterid=cluster.id)
        here = next((each for each in hosts if each.ip_address == address), None)
        return self._cloud_side(here, [cluster]) if here else None

    def _cloud_side(self, host: CsHost, clusters: t.Iterable[Cluster]) -> CloudSide:
        cluster = next(each for each in clusters if each.id == host.cluster_id)
        found = read_instances_on(self._context.cloudstack, host.id)
        return CloudSide(
            state=host.state,
            resource_state=host.resource_state,
            cluster=cluster.name,
            managed=cluster.managed,
            instances=tuple(sorted((each.name, each.state) for each in found)),
        )


def _concerns(record: RunRecord, host: Host) -> bool:
    """A run that names no hosts has all of them."""
    asked = record.lock.asked.get("hosts") or []
    return not asked or bool({host.name, host.address, host.uuid} & set(asked))
