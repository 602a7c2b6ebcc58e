# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugs the shared storage that a host lacks and other hosts have.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, waiting_spec, xapi_spec
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool, Sr
from .._maintenance.ladder.storage import pluggable
from .._maintenance.lookup import find_host
from .._maintenance.views import host_view
from .._maintenance.waiter import NotYet
from .._xapi.errors import ConnectionLost, XapiError
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse

SPEC = (
    xapi_spec()
    | waiting_spec(600)
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["plugged"], "default": "plugged"},
        }
    )
)


def run(context: Context) -> Outcome:
    """Plug what is missing, one SR after the other; all are tried before a failure is told."""
    pool = read_pool(context.xapi)
    host = find_host(pool, context.params["host"])
    missing = pluggable(pool, host)
    after = pool
    if missing:
        refuse(host.name, [] if host.live else ["it is not alive"], "Look at its console and its management network.")
        if not context.check_mode:
            after = _plug(context, host, missing)
    names = [sr.name for sr in missing]
    plugged = sorted(pool.sr(ref).name for ref in host.plugged_srs)
    return Outcome(
        changed=bool(missing),
        result={"host": host_view(after, after.host(host.ref)), "plugged": names},
        before={"plugged": plugged},
        after={"plugged": sorted([*plugged, *names])},
    )


def _plug(context: Context, host: Host, missing: t.Sequence[Sr]) -> Pool:
    deadline = Deadline(context)
    failures = [failure for sr in missing if (failure := _plug_one(context, deadline, host, sr))]
    if failures:
        raise MaintenanceError("\n".join(failures))
    wanted = {sr.ref for sr in missing}

    def judge(pool: Pool) -> Pool | NotYet:
        return pool if wanted <= set(pool.host(host.ref).plugged_srs) else NotYet("it is not plugged yet")

    return deadline.wait_for_pool(f"{host.name}: waiting for its storage", judge, "Look at /var/log/SMlog of the host.")


def _plug_one(context: Context, deadline: Deadline, host: Host, sr: Sr) -> str | None:
    """None, or why it failed; a lost answer is looked for in the pool afterwards."""
    condition = f'field "SR"="{sr.ref}" and field "host"="{host.ref}"'
    about = f"{host.name}, SR {sr.name}"
    try:
        pbds = context.xapi.call("PBD.get_all_records_where", condition, about=about)
        for pbd in pbds:
            what = f"{host.name}: plugging SR {sr.name}"
            context.xapi.task("PBD.plug", pbd, waiter=deadline.waiter(), what=what, about=about)
        context.report(f"{host.name} has SR {sr.name} plugged")
    except XapiError as error:
        return error.message
    except ConnectionLost:
        context.report(f"{host.name} the answer for SR {sr.name} was lost, looking again")
    return None
