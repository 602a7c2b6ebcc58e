# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at every host of a pool that may have no master, all at the same time.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace
from urllib.parse import urlsplit

from .._cloudstack.picture import read_clusters, read_hosts
from .._maintenance.cluster import Cluster, CsHost, find_cluster
from .._maintenance.election import Scene, Seen, Sighting
from .._maintenance.errors import MaintenanceError
from .._xapi.login import Credentials, beside, has_port, plain_address
from ._context import Context
from ._neighbours import addresses_of, cluster_of_host, host_part
from ._starting import look_until_started


def credentials_for_a_look(context: Context) -> Credentials:
    """A look waits for no call that hangs longer than the operator allows."""
    return replace(Credentials.from_params(context.params), timeout_s=context.params["hearing_timeout"])


def read_scene(context: Context) -> tuple[Scene, Cluster]:
    """All hosts that CloudStack has in the pool's cluster, and those that the operator or a member names."""
    cluster, clouds = _in_cloudstack(context)
    given = [plain_address(text) for text in (context.params["hostname"], *context.params["members"])]
    credentials = credentials_for_a_look(context)
    named = set(context.params["confirm_dead"])
    dead = named | {address for address, cloud in clouds.items() if cloud.name in named}
    doors = _doors([*clouds, *given], given[0], clouds)
    seen = look_until_started(context, doors, credentials, dead)
    strangers = _doors({each.follows for each in seen.values() if each.follows}, given[0], clouds)
    doors = {**strangers, **doors}
    unseen = {address: at for address, at in strangers.items() if address not in seen}
    seen |= look_until_started(context, unseen, credentials, dead)
    hosts = [_seen(address, doors[address], sighting, clouds.get(address)) for address, sighting in seen.items()]
    return Scene(cluster.name, tuple(sorted(hosts, key=lambda host: (host.name, host.address)))), cluster


def _in_cloudstack(context: Context) -> tuple[Cluster, dict[str, CsHost]]:
    """The cluster that is named, or that has a host that was given, with its hosts by their addresses."""
    clusters, hosts = read_clusters(context.cloudstack), read_hosts(context.cloudstack)
    cluster = find_cluster(clusters, context.params["cluster"] or _cluster_of_given(context, hosts))
    return cluster, {host.ip_address: host for host in hosts if host.cluster_id == cluster.id}


def _cluster_of_given(context: Context, hosts: t.Sequence[CsHost]) -> str:
    given = [host_part(text) for text in (context.params["hostname"], *context.params["members"])]
    for text in given:
        found = cluster_of_host(hosts, text)
        if found:
            return found
    raise MaintenanceError(
        f"{given[0]}: CloudStack has no host of this address, so nobody knows all hosts of the pool. "
        "Name its cluster in cluster, or give the address that CloudStack has."
    )


def _doors(addresses: t.Iterable[str], neighbour: str, known: t.Container[str]) -> dict[str, str]:
    """Where each host is reached, by its address; a name counts as the address that CloudStack has for it."""
    doors = {}
    for each in addresses:
        at = each if has_port(each) else beside(each, neighbour)
        name = urlsplit(f"//{at}").hostname or each
        doors[next((address for address in sorted(addresses_of(name)) if address in known), name)] = at
    return doors


def _seen(address: str, door: str, sighting: Sighting, cloud: CsHost | None) -> Seen:
    return Seen(cloud.name if cloud else address, address, door, sighting, cloud)
