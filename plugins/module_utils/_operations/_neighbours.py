# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other hosts of a pool, asked of CloudStack when the one that was given does not answer.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import socket
import typing as t
from urllib.parse import urlsplit

from .._cloudstack.client import CloudStackClient
from .._cloudstack.picture import read_clusters, read_hosts
from .._maintenance.cluster import CsHost, find_cluster
from .._maintenance.errors import MaintenanceError


def neighbours(client: CloudStackClient, params: t.Mapping[str, t.Any]) -> list[str]:
    """Addresses of the hosts of the cluster that is named, or that has the host that was given; none when unknown."""
    try:
        hosts = read_hosts(client)
        cluster = _named(client, params) or cluster_of_host(hosts, host_part(params["hostname"]))
    except MaintenanceError:
        # The pool is what does not answer; that is what has to be told.
        return []
    return sorted(host.ip_address for host in hosts if host.cluster_id == cluster)


def _named(client: CloudStackClient, params: t.Mapping[str, t.Any]) -> str | None:
    name = params.get("cluster")
    return find_cluster(read_clusters(client), name).id if name else None


def cluster_of_host(hosts: t.Iterable[CsHost], given: str) -> str | None:
    """The id of the cluster that has the host of this name or address."""
    wanted = {given, *addresses_of(given)}
    return next((host.cluster_id for host in hosts if wanted & {host.ip_address, host.name}), None)


def host_and_addresses(hostname: str) -> set[str]:
    """The host that was given without its port, and its addresses as far as they can be looked up."""
    given = host_part(hostname)
    return {given, *addresses_of(given)}


def host_part(hostname: str) -> str:
    """The name or address in what a user writes as ``hostname``."""
    text = hostname if "//" in hostname else f"//{hostname}"
    return urlsplit(text).hostname or hostname


def addresses_of(name: str) -> set[str]:
    """What a name resolves to; an address is its own."""
    try:
        return {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        return set()
