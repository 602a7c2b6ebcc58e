# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gets a host back that CloudStack has lost: waits for its own search, then asks it to connect anew.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, cloudstack_spec, waiting_spec
from .._cloudstack.errors import CloudStackError, OutcomeUnknown
from .._cloudstack.picture import read_clusters, read_hosts
from .._maintenance.cloud_views import cs_host_view
from .._maintenance.cluster import Cluster, CsHost, find_cluster, find_host
from .._maintenance.errors import MaintenanceError, WaitTimeout
from .._maintenance.waiter import NotYet
from ._context import Context, Outcome
from ._pool import refuse

SPEC = (
    cloudstack_spec()
    | waiting_spec(900)
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "cluster": {"type": "str"},
            "state": {"type": "str", "choices": ["up"], "default": "up"},
            "search_time": {"type": "float", "default": 300.0},
        }
    )
)

# In every other state CloudStack refuses to let go of a host (cloudstack.md 2.6).
_RECONNECTABLE = ("Alert", "Rebalancing")
_FINAL = ("Error", "Creating", "Removed")
_REMEDY = "Check that the host and the pool's master are enabled in XAPI, then look at the management server's log."


def run(context: Context) -> Outcome:
    """Nothing to do for a host that is Up."""
    before, cluster = _find(context)
    after = before
    if before.state != "Up":
        refuse(before.name, list(_obstacles(before, cluster)), "Solve that first.")
        if not context.check_mode:
            after = _bring_back(context, before)
    return Outcome(
        changed=before.state != "Up",
        result={"host": cs_host_view(after)},
        before={"state": before.state},
        after={"state": "Up"},
    )


def _find(context: Context) -> tuple[CsHost, Cluster]:
    clusters = read_clusters(context.cloudstack)
    wanted = context.params["cluster"]
    where = {"clusterid": find_cluster(clusters, wanted).id} if wanted else {}
    host = find_host(read_hosts(context.cloudstack, **where), context.params["host"])
    return host, next(each for each in clusters if each.id == host.cluster_id)


def _obstacles(host: CsHost, cluster: Cluster) -> t.Iterator[str]:
    if not cluster.managed:
        yield f"its cluster {cluster.name} is {cluster.managed_state}, so CloudStack does not look at it"
    if host.state in _FINAL:
        yield f"CloudStack has it in state {host.state}, from which no connection leads back"


def _bring_back(context: Context, host: CsHost) -> CsHost:
    end = context.clock.now() + float(context.params["wait_timeout"])
    refused = ""
    try:
        return _wait(context, host, min(context.params["search_time"], context.params["wait_timeout"]))
    except WaitTimeout:
        refused = _reconnect(context, host)
    try:
        return _wait(context, host, max(0.0, end - context.clock.now()))
    except WaitTimeout as timeout:
        raise MaintenanceError(f"{timeout.message}{refused}") from None


def _wait(context: Context, host: CsHost, timeout_s: float) -> CsHost:
    def probe() -> CsHost | NotYet:
        now = _now(context, host)
        return now if now.state == "Up" else NotYet(f"it is {now.state}")

    found: CsHost = context.waiter(round(timeout_s, 1)).wait(
        f"{host.name}: waiting until CloudStack has found it again", probe, _REMEDY
    )
    context.report(f"{host.name} is Up in CloudStack")
    return found


def _reconnect(context: Context, host: CsHost) -> str:
    """Ask once; a refusal is no failure, it is told when the host does not come back."""
    if _now(context, host).state not in _RECONNECTABLE:
        return ""
    context.report(f"{host.name} CloudStack is asked to reconnectHost")
    try:
        what = f"{host.name}: reconnectHost"
        context.cloudstack.job("reconnectHost", context.waiter(context.params["api_timeout"]), what, id=host.id)
    except CloudStackError as error:
        return f' reconnectHost was refused with "{error.text}".'
    except (OutcomeUnknown, WaitTimeout):
        context.report(f"{host.name} CloudStack gives no answer, looking again")
    return ""


def _now(context: Context, host: CsHost) -> CsHost:
    return find_host(read_hosts(context.cloudstack, clusterid=host.cluster_id), host.id)
