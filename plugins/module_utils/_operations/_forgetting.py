# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool forgets hosts that are dead for good, when nobody knows better (xapi.md 4.3).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import socket
import typing as t
from urllib.parse import urlsplit

from .._cloudstack.picture import cluster_and_hosts
from .._maintenance.cluster import CsHost
from .._maintenance.estate import Host, Pool
from .._maintenance.leaving import Signs, forget_obstacles, leavers
from .._xapi.apart import stands_apart
from .._xapi.login import beside
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._leaving import note_leaving, told, wait_until_gone
from ._pool import Deadline, keep_copies, refuse

_HTTPS = 443
_ANSWER_S = 5.0
_REMEDY = (
    "A host that lives is ejected (state: absent). Otherwise make sure that it is off and stays off, switch HA off "
    "(xapi_pool_ha), and confirm it; guests are set to halted by whoever knows that they do not run."
)


def run(context: Context) -> Outcome:
    """Forget every host that the pool still has."""
    pool = read_pool(context.xapi)
    asked = leavers(pool, context.params["hosts"])
    going = [leaver.host for leaver in asked if leaver.host is not None]
    if going:
        _prove(context, pool, going)
        if not context.check_mode:
            deadline = Deadline(context)
            for host in going:
                _forget(context, deadline, pool, host)
    return told(pool, asked, going)


def _prove(context: Context, pool: Pool, going: t.Sequence[Host]) -> None:
    seen = _cloud_hosts(context, pool)
    signs = {host.ref: _signs(context, pool, host, seen.get(host.address)) for host in going}
    confirmed, accepted = context.params["confirm_dead"], context.params["accept_storage_loss"]
    refuse(pool.label, forget_obstacles(pool, signs, confirmed, accepted), _REMEDY)


def _cloud_hosts(context: Context, pool: Pool) -> dict[str, CsHost]:
    """CloudStack's view by address; nothing when CloudStack is not given."""
    if not context.params["api_url"]:
        return {}
    addresses = [host.address for host in pool.hosts]
    cluster, hosts = cluster_and_hosts(context.cloudstack, context.params["cluster"], addresses)
    return {host.ip_address: host for host in hosts if host.cluster_id == cluster.id}


def _signs(context: Context, pool: Pool, host: Host, seen: CsHost | None) -> Signs:
    return Signs(
        apart=stands_apart(context.xapi, pool, host),
        answers=_answers(beside(host.address, context.xapi.address)),
        cloudstack_state=seen.state if seen else "",
        power=seen.power if seen else "",
    )


def _answers(address: str) -> bool:
    """Somebody accepts connections there, whatever it is."""
    parts = urlsplit(f"//{address}")
    try:
        with socket.create_connection((parts.hostname or address, parts.port or _HTTPS), _ANSWER_S):
            return True
    except OSError:
        return False


def _forget(context: Context, deadline: Deadline, before: Pool, host: Host) -> None:
    note_leaving(context, host, forgotten=True)
    what = f"{host.name}: forgetting it"
    if before.guests_on(host):
        # It is proved to be off, so its guests do not run: XAPI sets them to halted (xapi.md 4.3).
        context.xapi.call("host.declare_dead", host.ref, about=host.name)
        context.report(f"{host.name} is declared dead, its guests are halted")
    deadline.insist(
        what,
        lambda: context.xapi.call("host.destroy", host.ref, about=host.name),
        lambda seen: all(other.uuid != host.uuid for other in seen.hosts),
        ("HANDLE_INVALID",),
    )
    wait_until_gone(deadline, before, host, what)
    keep_copies(context, before.label)
    context.report(f"{host.name} is forgotten by the pool")
