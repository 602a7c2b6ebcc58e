# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts of a pool CloudStack lacks, and why it would not take them (cloudstack.md 1.3).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .cluster import Cluster, CsHost
from .errors import MaintenanceError
from .estate import Host, Pool

# The only refusal that passes by itself: the cluster's first host has not been connected yet.
GUID_PENDING = "Guid is not updated"


@dataclass(frozen=True, slots=True)
class Membership:
    """A pool, the cluster that it belongs to (None when there is none yet), and the hosts of all clusters."""

    pool: Pool
    cluster: Cluster | None
    hosts: tuple[CsHost, ...]

    @property
    def known(self) -> tuple[CsHost, ...]:
        """The pool's hosts that CloudStack has in this cluster."""
        return tuple(host for host in self._ours if self.cluster is not None and host.cluster_id == self.cluster.id)

    @property
    def strangers(self) -> tuple[CsHost, ...]:
        """Hosts of the cluster that are not in the pool."""
        if self.cluster is None:
            return ()
        here = [host for host in self.hosts if host.cluster_id == self.cluster.id]
        return tuple(host for host in here if host not in self.known)

    @property
    def elsewhere(self) -> tuple[CsHost, ...]:
        """Hosts of the pool that another cluster of the same zone has."""
        zone = self.cluster.zone_id if self.cluster else ""
        return tuple(host for host in self._ours if host not in self.known and host.zone_id == zone)

    @property
    def missing(self) -> tuple[Host, ...]:
        """Hosts of the pool that CloudStack does not know: all of them come with any of them."""
        known = {host.ip_address for host in self.known}
        return tuple(host for host in self.pool.hosts if host.address not in known)

    @property
    def _ours(self) -> list[CsHost]:
        members = {host.address for host in self.pool.hosts}
        return [host for host in self.hosts if host.ip_address in members]


def find_member(pool: Pool, text: str) -> Host:
    """The host of the pool that shall be added.

    :raises MaintenanceError: it is not in the pool, which CloudStack would tell its log alone.
    """
    for host in pool.hosts:
        if text in (host.address, host.name, host.uuid):
            return host
    raise MaintenanceError(
        f'{text}: it is not in the pool {pool.label}. CloudStack would refuse it with a bare "Unable to add the host" '
        '(530), and only its log would say "Please join the host to XS pool". Join it to the pool first, with '
        "xapi_pool_member."
    )


def adding_obstacle(membership: Membership) -> str | None:
    """Why CloudStack would refuse the pool's missing hosts; None when nothing is known against it."""
    cluster, names = membership.cluster, _names(membership.missing)
    if cluster is None or not membership.missing:
        return None
    if membership.strangers and not membership.known:
        return (
            f"{names}: the cluster {cluster.name} has the hosts of another pool "
            f"({', '.join(sorted(host.name for host in membership.strangers))}). CloudStack would refuse with a bare "
            '"Unable to add the host" (530), and only its log would say "Please join the host to XS pool". Join the '
            "host to that pool first (xapi_pool_member), or name another cluster."
        )
    if membership.elsewhere:
        listed = ", ".join(sorted(f"{host.name} at {host.ip_address}" for host in membership.elsewhere))
        return (
            f"{names}: CloudStack has these in another cluster already ({listed}). "
            f"Delete them there first (cloudstack_host), or name their cluster instead of {cluster.name}."
        )
    if not cluster.managed:
        return (
            f"{names}: the cluster {cluster.name} is {cluster.managed_state}, so CloudStack would not connect them. "
            "Set it to managed first (cloudstack_cluster)."
        )
    return None


def explained(membership: Membership, address: str, text: str) -> str:
    """What stands behind a bare refusal, as far as it can be seen from here."""
    obstacle = adding_obstacle(membership)
    if obstacle is not None:
        return f'{obstacle} CloudStack said "{text}".'
    return (
        f'{_names(membership.missing)}: CloudStack refused with "{text}" (530), which has many causes. It is none of '
        "these: the pool is the cluster's, the hosts are new to it, and user and password are right. "
        f"Check that the management server reaches {address} (ports 80, 443 and 22), that its version supports this "
        'release of the hypervisor, and look for "discoverer" in its log.'
    )


def awaited(membership: Membership, added: t.Collection[str]) -> str | None:
    """What is not Up yet, for people; hosts that the pool itself has out of service are not waited for."""
    states = {host.ip_address: host for host in membership.known}
    late = []
    for host in membership.pool.hosts:
        cloud = states.get(host.address)
        if cloud is None and host.address in added:
            late.append(f"CloudStack does not list {host.name}")
        elif cloud is not None and cloud.state != "Up" and (host.address in added or _in_service(host, cloud)):
            late.append(f"{host.name} is {cloud.state}")
    return ", ".join(late) or None


def _in_service(host: Host, cloud: CsHost) -> bool:
    return host.enabled and host.live and cloud.resource_state == "Enabled"


def _names(hosts: t.Iterable[Host]) -> str:
    return ", ".join(sorted(host.name for host in hosts))
