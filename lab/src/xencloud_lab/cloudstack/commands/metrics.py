# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of the user interface: the plain ones, and figures in words (``cloudstack.md`` 8)."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..registry import Listing, command
from .hosts import list_hosts
from .infrastructure import list_clusters
from .instances import list_virtual_machines

_GIB = 1024**3
_PAGED = ("keyword", "page", "pagesize")
_SINCE = (4, 11, 0)


@command("listHostsMetrics", "id", "name", "clusterid", "podid", "zoneid", "state", "type", *_PAGED, since=_SINCE)
def list_hosts_metrics(call: Call) -> Listing:
    plain = list_hosts(call)
    return Listing(plain.key, [_host(row) for row in plain.rows])


def _host(row: Body) -> Body:
    if "memorytotal" not in row:
        return row
    total, used = int(row["memorytotal"]), int(row["memoryallocated"])
    return {**row, "memorytotalgb": f"{total / _GIB:.2f} GB", "memoryallocatedgb": f"{used / _GIB:.2f} GB"}


@command("listClustersMetrics", "id", "name", "podid", "zoneid", *_PAGED, since=_SINCE)
def list_clusters_metrics(call: Call) -> Listing:
    plain, tables = list_clusters(call), call.server.tables
    hosts = {c.uuid: tables.hosts_of(c) for c in tables.clusters}
    rows = [
        {**row, "hosts": f"{sum(h.usable for h in hosts[row['id']])} / {len(hosts[row['id']])}"} for row in plain.rows
    ]
    return Listing(plain.key, rows)


@command("listVirtualMachinesMetrics", "id", "name", "hostid", "zoneid", "state", "listall", *_PAGED, since=_SINCE)
def list_virtual_machines_metrics(call: Call) -> Listing:
    plain = list_virtual_machines(call)
    rows = [{**row, "memorytotal": f"{row['memory'] / 1024:.2f} GB", "cputotal": "1.00 Ghz"} for row in plain.rows]
    return Listing(plain.key, rows)
