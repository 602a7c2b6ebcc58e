# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host is deleted from CloudStack, and stays deleted (cloudstack.md 2.5).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._cloudstack.errors import CloudStackError, OutcomeUnknown
from .._cloudstack.picture import read_clusters, read_hosts, read_instances_on
from .._maintenance.cloud_views import cs_host_view
from .._maintenance.cluster import CsHost, find_cluster, find_host
from .._maintenance.errors import MaintenanceError
from .._maintenance.host_states import deletion_obstacle
from .._maintenance.kinds import HOST_IN_SERVICE, HOST_LEAVING, SETTLED
from .._maintenance.leaving import outlives_name
from .._maintenance.waiter import NotYet
from ._context import Context, Outcome

_UNKNOWN_ID = 431


def run(context: Context) -> Outcome:
    """Delete the host, unless CloudStack has it no more."""
    hosts = _hosts(context)
    host = _find(context, hosts)
    if host is not None:
        _require_deletable(context, host)
    if not context.check_mode:
        if host is not None:
            _delete(context, host)
        _watch(context, host)
        _settle(context, host)
    return _told(context, hosts, host)


def _hosts(context: Context) -> list[CsHost]:
    wanted = context.params["cluster"]
    where = {"clusterid": find_cluster(read_clusters(context.cloudstack), wanted).id} if wanted else {}
    return read_hosts(context.cloudstack, **where)


def _find(context: Context, hosts: list[CsHost]) -> CsHost | None:
    wanted = context.params["host"]
    known = any(wanted in (host.id, host.ip_address, host.name) for host in hosts)
    return find_host(hosts, wanted) if known or not outlives_name(wanted) else None


def _require_deletable(context: Context, host: CsHost) -> None:
    """What CloudStack would refuse, or worse: with force it counts VMs that run as stopped."""
    vms = sorted(instance.name for instance in read_instances_on(context.cloudstack, host.id))
    obstacle = deletion_obstacle(host, vms, context.params["forced"])
    if obstacle is not None:
        raise MaintenanceError(obstacle)


def _delete(context: Context, host: CsHost) -> None:
    def probe() -> bool | NotYet:
        if all(each.id != host.id for each in read_hosts(context.cloudstack, clusterid=host.cluster_id)):
            return True
        return _ask(context, host)

    context.waiter().wait(
        f"{host.name}: waiting until CloudStack has deleted it", probe, "Look at the management server's log."
    )
    context.report(f"{host.name} is deleted from CloudStack")


def _ask(context: Context, host: CsHost) -> NotYet:
    try:
        context.cloudstack.call("deleteHost", id=host.id, **({"forced": True} if context.params["forced"] else {}))
    except OutcomeUnknown:
        return NotYet("CloudStack gives no answer")
    except CloudStackError as error:
        if error.code != _UNKNOWN_ID:
            raise
    return NotYet("CloudStack still lists it")


def _watch(context: Context, host: CsHost | None) -> None:
    """CloudStack adds whole pools: a host that is still a member may come back (cloudstack.md 1.3)."""
    limit_s = context.params["watch_for"] if host is not None else 0.0
    if host is None or not limit_s:
        return
    end = context.clock.now() + limit_s

    def probe() -> bool | NotYet:
        back = [each for each in read_hosts(context.cloudstack) if each.ip_address == host.ip_address]
        if any(each.cluster_id == host.cluster_id for each in back):
            raise MaintenanceError(
                f"{host.name}: CloudStack has found it again, so it is still a member of its pool. "
                "Let it leave the pool first (xapi_pool_member), then delete it again."
            )
        return True if context.clock.now() >= end else NotYet("it is still gone")

    waiter = context.waiter(2 * limit_s + 60.0)
    waiter.wait(f"{host.name}: watching that it does not come back", probe)


def _settle(context: Context, host: CsHost | None) -> None:
    """The run has nothing to finish or to put back for this host any more."""
    address = host.ip_address if host else context.params["host"]
    for kind in (HOST_LEAVING, HOST_IN_SERVICE):
        context.journal.strike(kind, address, SETTLED)


def _told(context: Context, hosts: list[CsHost], host: CsHost | None) -> Outcome:
    cluster = host.cluster_id if host else None
    before = [each for each in hosts if context.params["cluster"] or each.cluster_id == cluster]
    after = [each for each in before if host is None or each.id != host.id]
    return Outcome(
        changed=host is not None,
        result={"hosts": [cs_host_view(each) for each in after]},
        before={"hosts": sorted(each.name for each in before)},
        after={"hosts": sorted(each.name for each in after)},
        step=f"{host.name} deleted from CloudStack" if host else "",
    )
