# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enables or disables a host.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import ArgumentSpec, run_spec, waiting_spec, xapi_spec
from .._maintenance.estate import Host, Pool
from .._maintenance.kinds import HOST_IN_SERVICE, service_before
from .._maintenance.lookup import find_host
from .._maintenance.views import host_view
from .._maintenance.waiter import NotYet
from .._xapi.errors import XapiError
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse, transient

SPEC = (
    xapi_spec()
    | waiting_spec(300)
    | run_spec()
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["enabled", "disabled"], "required": True},
        }
    )
)

_MASTER_DISABLED = (
    "%s is the pool's master: while it is disabled CloudStack cannot work with any host of the pool. "
    "Keep that time short, or give the role to another host first."
)


def run(context: Context) -> Outcome:
    """Bring the host to the wished state, unless it is there."""
    pool = read_pool(context.xapi)
    host = find_host(pool, context.params["host"])
    wanted = context.params["state"] == "enabled"
    changed = host.enabled != wanted
    after = pool
    if changed:
        refuse(host.name, [] if host.live else ["it is not alive"], "Look at its console and its management network.")
        if not wanted:
            context.journal.note(HOST_IN_SERVICE, host.address, service_before(host.name, host.enabled))
        if not context.check_mode:
            after = _set(context, host, wanted)
    return Outcome(
        changed=changed,
        result={"host": host_view(after, after.host(host.ref))},
        before={"enabled": host.enabled},
        after={"enabled": wanted},
        # CloudStack's connections to any host need an enabled master (xapi.md 5.9).
        warnings=[_MASTER_DISABLED % host.name] if host.is_master and changed and not wanted else [],
    )


def _set(context: Context, host: Host, wanted: bool) -> Pool:
    state = "enabled" if wanted else "disabled"

    def judge(pool: Pool) -> Pool | NotYet:
        if pool.host(host.ref).enabled == wanted:
            return pool
        return _try(context, host, wanted)

    pool = Deadline(context).wait_for_pool(
        f"{host.name}: waiting until it is {state}", judge, "Look at /var/log/xensource.log of the host."
    )
    context.report(f"{host.name} is {state}")
    return pool


def _try(context: Context, host: Host, wanted: bool) -> NotYet:
    try:
        context.xapi.call("host.enable" if wanted else "host.disable", host.ref, about=host.name)
    except XapiError as error:
        if not transient(error):
            raise
        return NotYet(error.message.removeprefix(f"{host.name}: ").rstrip("."))
    return NotYet("XAPI has accepted it")
