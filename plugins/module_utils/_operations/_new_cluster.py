# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new cluster in CloudStack, for a pool that is complete already.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._cloudstack.errors import OutcomeUnknown
from .._cloudstack.picture import read_clusters
from .._maintenance.cluster import Cluster
from .._maintenance.errors import MaintenanceError
from .._maintenance.waiter import NotYet
from ._context import Context


@dataclass(frozen=True, slots=True)
class NewCluster:
    """What it will be called and where it will be."""

    name: str
    zone_id: str
    pod_id: str


def find_place(context: Context) -> NewCluster:
    """The zone and the pod of the new cluster."""
    zone = _only(context.cloudstack.list("listZones", "zone"), "zone", context.params["zone"])
    pods = context.cloudstack.list("listPods", "pod", zoneid=zone["id"])
    pod = _only(pods, "pod", context.params["pod"])
    return NewCluster(context.params["cluster"], zone["id"], pod["id"])


def create(context: Context, place: NewCluster) -> Cluster:
    """Create it; when the answer is lost, the list of clusters tells."""
    arguments: dict[str, t.Any] = {"zoneid": place.zone_id, "podid": place.pod_id, "clustername": place.name}
    try:
        context.cloudstack.call("addCluster", **arguments, clustertype="CloudManaged", hypervisor="XenServer")
    except OutcomeUnknown:
        context.report(f"{place.name}: CloudStack gave no answer, so its list is looked at")

    def probe() -> Cluster | NotYet:
        found = [each for each in read_clusters(context.cloudstack) if each.name == place.name]
        return found[0] if found else NotYet("CloudStack does not list it")

    cluster: Cluster = context.waiter().wait(f"{place.name}: waiting for the new cluster", probe, "Run this again.")
    return cluster


def _only(rows: t.Sequence[dict[str, t.Any]], kind: str, wanted: str) -> dict[str, t.Any]:
    found = [row for row in rows if wanted in (row["id"], row["name"])]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(row["name"] for row in rows)) or "none"
    problem = f"more than one {kind} has this name" if found else f"CloudStack knows no {kind} of this name or ID"
    raise MaintenanceError(f"{wanted}: {problem}. It has {names}.")
