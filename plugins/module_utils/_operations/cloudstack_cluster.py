# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether CloudStack manages a cluster, and whether it places VMs there (cloudstack.md 2.9).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, cloudstack_spec, record_spec, waiting_spec
from .._cloudstack.client import CloudStackClient
from .._cloudstack.errors import CloudStackError, OutcomeUnknown
from .._cloudstack.picture import read_clusters, read_hosts
from .._maintenance.cloud_views import cluster_view
from .._maintenance.cluster import Cluster, CsHost, find_cluster, find_host
from .._maintenance.errors import MaintenanceError
from .._maintenance.kinds import CLUSTER_MANAGED
from .._maintenance.waiter import NotYet
from ._context import Context, Outcome

SPEC = (
    cloudstack_spec()
    | waiting_spec(600)
    | record_spec()
    | ArgumentSpec(
        options={
            "cluster": {"type": "str", "required": True},
            "managed_state": {"type": "str", "choices": ["managed", "unmanaged"]},
            "allocation_state": {"type": "str", "choices": ["enabled", "disabled"]},
            "wait_for_up": {"type": "bool", "default": True},
            "wait_for_hosts": {"type": "list", "elements": "str"},
        },
        required_one_of=(("managed_state", "allocation_state"),),
    )
)

# CloudStack itself gives up after 200 s; asked with a shorter time the answer would be lost (cloudstack.md 2.9).
_UNMANAGE_AT_LEAST_S = 240.0
_MAY_BE_UNMANAGED = frozenset({"Up", "Down", "Disconnected", "Alert"})


def run(context: Context) -> Outcome:
    """Change what differs, then wait until CloudStack's hosts are where that leaves them."""
    cluster = find_cluster(read_clusters(context.cloudstack), context.params["cluster"])
    wanted = _wanted(context.params)
    missing = {key: value for key, value in wanted.items() if _now(cluster)[key] != value}
    expected = _expected_hosts(context, cluster)
    if context.check_mode:
        after = {**cluster_view(cluster), **_as_options(wanted)}
        return _outcome(cluster, bool(missing), after)
    if missing.get("managedstate") == "Unmanaged":
        before = {"name": cluster.name, "managed_state": "managed"}
        context.journal.note(CLUSTER_MANAGED, cluster.id, before)
    if missing:
        _change(context, cluster, missing)
    if wanted.get("managedstate") == "Managed" and context.params["wait_for_up"]:
        _wait_until_up(context, cluster, expected)
    if wanted.get("managedstate") == "Managed":
        context.journal.strike(CLUSTER_MANAGED, cluster.id)
    return _outcome(cluster, bool(missing), cluster_view(_read(context.cloudstack, cluster)))


def _wanted(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """What is asked for, as updateCluster calls it."""
    asked = {"managedstate": params["managed_state"], "allocationstate": params["allocation_state"]}
    return {key: value.capitalize() for key, value in asked.items() if value}


def _now(cluster: Cluster) -> dict[str, str]:
    return {"managedstate": cluster.managed_state, "allocationstate": cluster.allocation_state}


def _as_options(wanted: t.Mapping[str, str]) -> dict[str, str]:
    names = {"managedstate": "managed_state", "allocationstate": "allocation_state"}
    return {names[key]: value for key, value in wanted.items()}


def _outcome(before: Cluster, changed: bool, after: dict[str, t.Any]) -> Outcome:
    step = f"{before.name} is {after['managed_state']} and {after['allocation_state']} in CloudStack"
    return Outcome(changed=changed, result={"cluster": after}, before=cluster_view(before), after=after, step=step)


def _read(client: CloudStackClient, cluster: Cluster) -> Cluster:
    return find_cluster(read_clusters(client), cluster.id)


def _expected_hosts(context: Context, cluster: Cluster) -> list[str] | None:
    """The ids of the hosts that are waited for; None for whatever the cluster has."""
    named = context.params["wait_for_hosts"]
    if not named:
        return None
    hosts = read_hosts(context.cloudstack, clusterid=cluster.id)
    return [find_host(hosts, each).id for each in named]


def _change(context: Context, cluster: Cluster, missing: dict[str, str]) -> None:
    timeout_s = context.params["api_timeout"]
    if missing.get("managedstate") == "Unmanaged":
        _wait_until_quiet(context, cluster)
        timeout_s = max(timeout_s, _UNMANAGE_AT_LEAST_S)
    context.report(f"{cluster.name}: CloudStack changes it to {' and '.join(missing.values())}")
    try:
        context.cloudstack.call("updateCluster", timeout_s=timeout_s, id=cluster.id, **missing)
    except OutcomeUnknown:
        _wait_until_changed(context, cluster, missing)
    except CloudStackError as error:
        raise _refused(context, cluster, error) from error


def _refused(context: Context, cluster: Cluster, error: CloudStackError) -> MaintenanceError:
    state = _read(context.cloudstack, cluster).managed_state
    return MaintenanceError(
        f'{cluster.name}: CloudStack refused the change with "{error.text}" ({error.code}), and the cluster is now '
        f"{state}. Remove that cause and run this again, or set the cluster to managed."
    )


def _wait_until_quiet(context: Context, cluster: Cluster) -> None:
    """A connecting host would make the change fail and leave the cluster in an error state."""

    def probe() -> bool | NotYet:
        hosts = read_hosts(context.cloudstack, clusterid=cluster.id)
        return _not_yet(host for host in hosts if host.state not in _MAY_BE_UNMANAGED)

    context.waiter().wait(f"{cluster.name}: waiting until no host is connecting", probe)


def _wait_until_changed(context: Context, cluster: Cluster, missing: dict[str, str]) -> None:
    """The answer was lost: the cluster itself tells what became of the call."""

    def probe() -> bool | NotYet:
        now = _now(_read(context.cloudstack, cluster))
        late = [f"{now[key]} instead of {value}" for key, value in missing.items() if now[key] != value]
        return NotYet(" and ".join(late)) if late else True

    context.waiter().wait(
        f"{cluster.name}: waiting for its change, of which the answer was lost",
        probe,
        "Run this again, or set the cluster to managed.",
    )


def _wait_until_up(context: Context, cluster: Cluster, expected: list[str] | None) -> None:
    """After Managed the hosts come back one by one, by CloudStack's scan every 90 s (cloudstack.md 1.6)."""

    def probe() -> bool | NotYet:
        hosts = read_hosts(context.cloudstack, clusterid=cluster.id)
        return _not_yet(host for host in hosts if _counts(host, expected) and host.state != "Up")

    context.waiter().wait(
        f"{cluster.name}: waiting until CloudStack sees its hosts Up",
        probe,
        "Check that the pool's master is enabled in XAPI: without it CloudStack reaches no host of the pool.",
    )


def _counts(host: CsHost, expected: list[str] | None) -> bool:
    """By default every host in service or maintenance; one that CloudStack has found dead is not waited for."""
    if expected is not None:
        return host.id in expected
    return host.resource_state in ("Enabled", "Maintenance") and host.state != "Down"


def _not_yet(hosts: t.Iterable[CsHost]) -> bool | NotYet:
    late = ", ".join(f"{host.name} is {host.state}" for host in hosts)
    return NotYet(late) if late else True
