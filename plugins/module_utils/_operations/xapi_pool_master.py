# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives the master's role to another host and waits until every member follows it.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, run_spec, waiting_spec, xapi_spec
from .._maintenance.errors import WaitTimeout
from .._maintenance.estate import Host, Pool
from .._maintenance.lookup import find_host
from .._maintenance.mastership import best_candidate, obstacles
from .._maintenance.waiter import NotYet
from .._xapi.errors import XapiError
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse, transient

SPEC = xapi_spec() | waiting_spec(600) | run_spec() | ArgumentSpec(options={"host": {"type": "str"}})

_REMEDY = "Switch HA off (xapi_pool_ha), repair or remove dead hosts and let running operations end."


def run(context: Context) -> Outcome:
    """Designate the host, unless it is the master already."""
    pool = read_pool(context.xapi)
    wanted = context.params["host"]
    target = find_host(pool, wanted) if wanted else best_candidate(pool)
    if not target.is_master:
        refuse(pool.label, obstacles(pool), _REMEDY)
        if not context.check_mode:
            context.journal.confirm()
            _switch(context, pool, target)
    before, after = _brief(pool.master_host), _brief(target)
    return Outcome(
        changed=not target.is_master,
        result={"master": {"before": before, "after": after}},
        before={"master": before["name"]},
        after={"master": after["name"]},
    )


def _switch(context: Context, pool: Pool, target: Host) -> None:
    deadline = Deadline(context)
    what = f"{target.name}: taking over as master of the pool"
    agreed = _designate(context, deadline, target, what)
    try:
        deadline.wait_for_pool(
            what,
            lambda seen: seen.master == target.ref or NotYet(f"{seen.master_host.name} still serves as master"),
            "Ask every host who its master is before anything else is done.",
        )
    except WaitTimeout:
        # They had agreed on another host, or on nothing that came about.
        if agreed is not None:
            raise agreed from None
        raise
    context.report(f"{target.name} is master now, was {pool.master_host.name}")
    _bring_back(context, deadline, pool)


def _designate(context: Context, deadline: Deadline, target: Host, what: str) -> XapiError | None:
    """Ask for the switch; the refusal, when the hosts have agreed already, as after a call of a controller that died.

    Nothing may be written from here until the new master serves: it would be lost (xapi.md 3.1).
    """
    method = "pool.designate_new_master"
    try:
        deadline.insist(
            what,
            lambda: context.xapi.task(method, target.ref, waiter=deadline.waiter(), what=what, about=target.name),
            lambda seen: seen.master == target.ref or "designate_new_master" in seen.current_operations.values(),
            ("DESIGNATE_NEW_MASTER_IN_PROGRESS",),
        )
    except XapiError as error:
        # The hosts have agreed, and their toolstacks restart a few seconds later.
        if error.code != "HA_ABORT_NEW_MASTER":
            raise
        return error
    return None


def _bring_back(context: Context, deadline: Deadline, before: Pool) -> None:
    """The switch restarts every toolstack, which disables each host and forgets who wanted one disabled."""
    settled: set[str] = set()

    def judge(pool: Pool) -> bool | NotYet:
        waiting = []
        for host in before.hosts:
            if host.ref not in settled:
                why = _restored(context, pool.host(host.ref), host.enabled)
                if why:
                    waiting.append(f"{host.name} {why}")
                else:
                    settled.add(host.ref)
        return NotYet(", ".join(waiting)) if waiting else True

    deadline.wait_for_pool(
        f"{before.label}: waiting for every host to follow the new master",
        judge,
        "Look at the hosts that are named; xapi_host enables one and tells why it cannot be.",
    )


def _restored(context: Context, host: Host, enabled: bool) -> str | None:
    """Why a host is not as it was before the switch; None when it is."""
    if not host.live:
        return "is not alive yet"
    if host.enabled and enabled:
        return None
    try:
        # Disabling what is still disabled by the restart would leave no trace in the host's toolstack, and the host
        # would enable itself a moment later (xapi.md 3.1, 5.2): so it is enabled first, which waits for its start.
        context.xapi.call("host.enable", host.ref, about=host.name)
        if not enabled:
            context.xapi.call("host.disable", host.ref, about=host.name)
            context.report(f"{host.name} is disabled again, as it was before")
    except XapiError as error:
        return _still_starting(error, enabled)
    return None


def _still_starting(error: XapiError, enabled: bool) -> str | None:
    if transient(error):
        return "is still starting"
    # Whatever else keeps it disabled suits a host that was disabled before.
    return f"cannot be enabled ({error.code})" if enabled else None


def _brief(host: Host) -> dict[str, t.Any]:
    return {"name": host.name, "uuid": host.uuid, "address": host.address}
