# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack's own states: hosts, the cluster, jobs.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cluster import MAINTENANCE_STATES
from ..matching import Estate, HostPair
from . import captains
from .hosts import out_already
from .model import Check, Finding, Scope, Severity


def cloudstack_connections(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """CloudStack neither moves VMs off nor onto a host to which it has no connection (cloudstack.md 1.7)."""
    for pair in estate.hosts:
        excused = scope.caused(pair.pool) or out_already(estate, scope, pair.pool)
        if pair.cloud.state != "Up" and not excused:
            # Of a host that is disabled in the pool this says no more than host_disabled does (cloudstack.md 1.2).
            disabled = pair.pool.live and not pair.pool.enabled
            yield Finding(
                "host_not_up",
                "blocker" if scope.touches(pair.pool) or not disabled else "warning",
                pair.pool.name,
                f"CloudStack sees it as {pair.cloud.state}",
                _way_up(estate, pair),
            )


def _way_up(estate: Estate, pair: HostPair) -> str:
    """A host that came back from a crash disabled stays in Alert until somebody enables it (S7)."""
    if pair.pool.live and not pair.pool.enabled:
        return "Enable it in the pool with xapi_host; CloudStack then connects by itself."
    if not estate.pool.master_host.enabled:
        return f"Enable the pool's master, {estate.pool.master_host.name}, first: the way to every host is through it."
    return "Wait until it is Up, or recover it with recover_host."


def cloudstack_states(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Disabled hosts cannot go into maintenance (cloudstack.md 2.8), hosts in maintenance are somebody's work."""
    for pair in estate.hosts:
        in_maintenance = pair.cloud.resource_state in MAINTENANCE_STATES
        excused = scope.caused(pair.pool) or (in_maintenance and out_already(estate, scope, pair.pool))
        if pair.cloud.resource_state == "Enabled" or excused:
            continue
        yield Finding(
            "host_in_maintenance" if in_maintenance else "host_not_enabled",
            _weight(scope, pair),
            pair.pool.name,
            f"CloudStack has it in state {pair.cloud.resource_state}, and not by this run",
            "Cancel its maintenance with cloudstack_host_maintenance."
            if in_maintenance
            else "Enable it in CloudStack.",
        )


def _weight(scope: Scope, pair: HostPair) -> Severity:
    """Maintenance that goes well is nobody's trouble until something is to be done to that host."""
    well = pair.cloud.resource_state in ("Maintenance", "PrepareForMaintenance")
    return "warning" if (scope.looking and well) or not scope.touches(pair.pool) else "blocker"


def cluster_state(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """An unmanaged cluster is blind, a disabled one takes no VMs (cloudstack.md 2.9)."""
    cluster = estate.cloud.cluster
    if cluster.name in scope.ours or cluster.id in scope.ours:
        return
    if not cluster.managed:
        yield Finding(
            "cluster_unmanaged",
            "blocker",
            cluster.name,
            f"its state is {cluster.managed_state}, so CloudStack sees none of its hosts",
            "Set it to managed with cloudstack_cluster and wait until its hosts are Up.",
        )
    if not cluster.enabled:
        yield Finding(
            "cluster_disabled",
            "blocker",
            cluster.name,
            f"its allocation state is {cluster.allocation_state}",
            "Enable it with cloudstack_cluster.",
        )


def cloudstack_jobs(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A job on a host or VM of this cluster may move, stop or lock what the plan counts on."""
    names = {host.id: host.name for host in estate.cloud.hosts}
    names |= {instance.id: instance.name for instance in estate.cloud.instances}
    for job in estate.cloud.jobs:
        if job.instance_id in names:
            yield Finding(
                "job_running",
                "blocker",
                names[job.instance_id],
                f"CloudStack's job {job.command} is running on it",
                "Wait until it is over.",
            )


def restarts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """VM HA can be switched off for a whole zone, and then nobody restarts anything (cloudstack.md 5.1)."""
    cluster = estate.cloud.cluster
    if not captains.cloudstack_restarts(estate.facts):
        yield Finding(
            "cloudstack_ha_off",
            "warning",
            cluster.zone or cluster.name,
            "CloudStack's setting vm.ha.enabled is false, so nobody restarts VMs after the crash of a host",
            "Set it to true, unless something else restarts them.",
        )
    if estate.facts.settings is None:
        yield Finding(
            "settings_unread",
            "info",
            cluster.name,
            "this key may not read CloudStack's settings, so what they say about HA is not known",
            "Use the key of a root administrator.",
        )


STANDING: tuple[Check, ...] = (restarts,)
CHECKS: tuple[Check, ...] = (cloudstack_connections, cloudstack_states, cluster_state, cloudstack_jobs)
