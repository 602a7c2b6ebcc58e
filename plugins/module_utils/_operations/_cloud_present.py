# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool is added to CloudStack: one call imports every host that it does not know (cloudstack.md 1.3, 2.7).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._cloudstack.client import CloudStackClient
from .._cloudstack.errors import CloudStackError, OutcomeUnknown
from .._cloudstack.picture import cluster_of, read_clusters, read_hosts
from .._maintenance.cloud_joining import GUID_PENDING, Membership, adding_obstacle, awaited, explained, find_member
from .._maintenance.cloud_views import cs_host_view
from .._maintenance.cluster import Cluster, find_cluster
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.kinds import HOST_JOINING, SETTLED
from .._maintenance.waiter import NotYet
from .._xapi.picture import look_again, read_pool
from ._context import Context, Outcome
from ._new_cluster import NewCluster, create, find_place

_REFUSED = 530


def run(context: Context) -> Outcome:
    """Add what is missing, create the cluster before if that is asked for, and wait until all of it is Up."""
    pool = read_pool(context.xapi)
    host = find_member(pool, context.params["host"])
    membership = _read(context, pool)
    place = find_place(context) if membership.cluster is None else None
    obstacle = adding_obstacle(membership)
    if obstacle is not None:
        raise MaintenanceError(obstacle)
    if context.check_mode:
        return _told(context, membership, membership)
    after = membership if place is None else replace(membership, cluster=_create(context, place))
    if after.missing:
        _add(context, after, host)
    return _told(context, membership, _settled(context, after))


def _read(context: Context, pool: Pool) -> Membership:
    clusters, hosts = read_clusters(context.cloudstack), read_hosts(context.cloudstack)
    wanted = context.params["cluster"]
    if not wanted:
        cluster: Cluster | None = cluster_of(clusters, hosts, {host.address for host in pool.hosts})
    elif context.params["create_cluster"] and not any(wanted in (each.id, each.name) for each in clusters):
        cluster = None
    else:
        cluster = find_cluster(clusters, wanted)
    return Membership(pool, cluster, tuple(hosts))


def _create(context: Context, place: NewCluster) -> Cluster:
    cluster = create(context, place)
    context.report(f"{cluster.name} is a new cluster in pod {cluster.pod}")
    return cluster


def _add(context: Context, membership: Membership, host: Host) -> None:
    """One call for the whole pool; it lasts until every new host is prepared."""
    names = ", ".join(each.name for each in membership.missing)
    context.report(f"{names}: CloudStack adds what it does not know of the pool {membership.pool.label}")
    arguments = _arguments(context, membership, host)
    # Never a GET: its URL, with the pool's password, would be in the server's access log.
    client = CloudStackClient.from_params({**context.params, "api_http_method": "post"})

    def probe() -> bool | NotYet:
        try:
            client.call("addHost", timeout_s=context.params["add_timeout"], **arguments)
        except OutcomeUnknown:
            # Its list tells what became of it, and that is waited for next.
            return True
        except CloudStackError as error:
            return _judge(context, membership, host, error)
        return True

    context.waiter().wait(f"{names}: adding to CloudStack", probe, "Look at the management server's log.")


def _judge(context: Context, membership: Membership, host: Host, error: CloudStackError) -> bool | NotYet:
    """A refusal says little: both sides are looked at again to know what it means."""
    if GUID_PENDING in error.text:
        return NotYet("CloudStack is still connecting the first host of the cluster")
    now = _again(context, membership)
    if not now.missing:
        return True
    if error.code != _REFUSED:
        raise error
    raise MaintenanceError(explained(now, host.address, error.text)) from error


def _arguments(context: Context, membership: Membership, host: Host) -> dict[str, t.Any]:
    if membership.cluster is None:
        raise MaintenanceError("CloudStack: there is no cluster to add to. Give its name in cluster.")
    row = context.cloudstack.list("listClusters", "cluster", id=membership.cluster.id)[0]
    tags = context.params["host_tags"]
    return {
        "zoneid": row["zoneid"],
        "podid": row["podid"],
        "clusterid": row["id"],
        "hypervisor": "XenServer",
        "url": f"http://{host.address}",
        "username": context.params["username"],
        "password": context.params["password"],
        **({"hosttags": ",".join(tags)} if tags else {}),
    }


def _again(context: Context, membership: Membership) -> Membership:
    return replace(membership, hosts=tuple(read_hosts(context.cloudstack)))


def _settled(context: Context, membership: Membership) -> Membership:
    """Hosts may be listed as Connecting or Alert by the call that added them."""
    added = {host.address for host in membership.missing}

    def probe() -> Membership | NotYet:
        pool = look_again(context.xapi)
        if isinstance(pool, NotYet):
            return pool
        now = replace(_again(context, membership), pool=pool)
        late = awaited(now, added)
        return NotYet(late) if late else now

    now = context.waiter().wait(
        f"{membership.pool.label}: waiting until CloudStack sees its hosts Up",
        probe,
        "Check that the host and the pool's master are enabled in XAPI, then run this again.",
    )
    for host in now.known:
        context.journal.strike(HOST_JOINING, host.ip_address, SETTLED)
    return now


def _told(context: Context, before: Membership, after: Membership) -> Outcome:
    names = sorted(host.name for host in before.missing)
    wanted = context.params["cluster"] or ""
    hosts = sorted(host.name for host in before.known)
    cluster = after.cluster
    return Outcome(
        changed=bool(names) or before.cluster is None,
        result={
            "hosts": [cs_host_view(host) for host in after.known],
            "added": names,
            "cluster": {"id": cluster.id if cluster else "", "name": cluster.name if cluster else wanted},
        },
        before={"cluster": before.cluster.name if before.cluster else None, "hosts": hosts},
        after={"cluster": before.cluster.name if before.cluster else wanted, "hosts": sorted([*hosts, *names])},
        step=f"CloudStack has {', '.join(names)} now" if names else "",
    )
