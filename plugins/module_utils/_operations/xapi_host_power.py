# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts a host or its toolstack, switches it off or on, and waits for the proof.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, run_spec, waiting_spec, xapi_spec
from .._maintenance import power
from .._maintenance.estate import Host, Pool
from .._maintenance.lookup import find_host
from .._maintenance.views import host_view
from .._maintenance.waiter import NotYet
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse

SPEC = (
    xapi_spec()
    | waiting_spec(1800)
    | run_spec()
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "choices": ["rebooted", "shutdown", "on", "toolstack_restarted"],
                "required": True,
            },
            "booted_after": {"type": "float"},
        }
    )
)

_METHODS = {
    "rebooted": "host.reboot",
    "shutdown": "host.shutdown",
    "on": "host.power_on",
    "toolstack_restarted": "host.restart_agent",
}
_EMPTY_FIRST = "Move the guests away and disable the host first; a master gives its role away before it is off."
_REMEDIES = {
    "rebooted": _EMPTY_FIRST,
    "shutdown": _EMPTY_FIRST,
    "on": "Restart it instead, or leave booted_after out.",
    "toolstack_restarted": "Switch HA off first (xapi_pool_ha).",
}


def run(context: Context) -> Outcome:
    """Act unless the host is there already, and never on a host that still has guests."""
    pool = read_pool(context.xapi)
    host = find_host(pool, context.params["host"])
    state = context.params["state"]
    changed = not power.already_there(host, state, context.params["booted_after"])
    after = pool
    if changed:
        _require_possible(context, pool, host, state)
        if not context.check_mode:
            context.journal.confirm()
            after = _act(context, pool, host, state)
    boots = {"before": host.boot_time, "after": after.host(host.ref).boot_time}
    return Outcome(
        changed=changed,
        result={"host": host_view(after, after.host(host.ref)), "boot_time": boots},
        before={"live": host.live, **_restarted(state, not changed)},
        after={"live": state != "shutdown", **_restarted(state, True)},
    )


def _restarted(state: str, done: bool) -> dict[str, bool]:
    """What a diff shows of a restart, after which the host is as live as before."""
    return {state: done} if state in ("rebooted", "toolstack_restarted") else {}


def _require_possible(context: Context, pool: Pool, host: Host, state: str) -> None:
    refuse(host.name, power.obstacles(pool, host, state), _REMEDIES[state])
    if state == "on" and not host.live:
        mode = context.xapi.call("host.get_power_on_mode", host.ref, about=host.name)
        refuse(
            host.name,
            [] if mode else ["it has no power-on mode, so XAPI cannot switch it on"],
            "Set host.power_on_mode (IPMI or wake-on-lan), or press its button.",
        )
    elif state != "shutdown" and not host.live:
        refuse(host.name, ["it is not alive"], "Look at its console and its management network.")


def _act(context: Context, pool: Pool, host: Host, state: str) -> Pool:
    deadline = Deadline(context)
    call = _METHODS[state]
    context.report(f"{host.name} {call} is called")
    deadline.insist(
        f"{host.name}: looking what became of {call}",
        lambda: context.xapi.call(call, host.ref, about=host.name),
        lambda seen: _is_moving(seen.host(host.ref), host),
        ("OTHER_OPERATION_IN_PROGRESS", "HOST_IS_LIVE"),
    )
    proof = _proof(pool, host, state)

    def judge(seen: Pool) -> Pool | NotYet:
        why = proof(seen)
        return NotYet(why) if why else seen

    after = deadline.wait_for_pool(_WAITING[state].format(host.name), judge, "Look at the host's console.")
    context.report(f"{host.name} {_DONE[state]}")
    return after


_WAITING = {
    "rebooted": "{0}: waiting for its restart",
    "shutdown": "{0}: waiting until it is off",
    "on": "{0}: waiting until it is up",
    "toolstack_restarted": "{0}: waiting for its toolstack",
}
_DONE = {
    "rebooted": "has restarted, its storage is plugged",
    "shutdown": "is off",
    "on": "is up, its storage is plugged",
    "toolstack_restarted": "has a fresh toolstack",
}


def _is_moving(now: Host, before: Host) -> bool:
    """True for a host that is going down or up, or has done so, since it was looked at."""
    restarted = now.agent_start_time > before.agent_start_time
    return now.live != before.live or bool(now.current_operations) or restarted


def _proof(pool: Pool, host: Host, state: str) -> t.Callable[[Pool], str | None]:
    storage = power.storage_to_await(pool, host)
    others = frozenset(other.ref for other in pool.hosts if other.live and other.ref != host.ref)

    def proof(seen: Pool) -> str | None:
        match state:
            case "shutdown":
                return "it is still alive" if seen.host(host.ref).live else None
            case "toolstack_restarted":
                started = seen.host(host.ref).agent_start_time > host.agent_start_time
                why = power.missing(seen, host, storage) if started else "its toolstack has not restarted yet"
            case "rebooted":
                why = power.missing_after_boot(seen, host, host.boot_time, storage)
            case _:
                why = power.missing(seen, host, storage)
        gone = power.absent(seen, others)
        # A master's restart takes the whole pool's news with it: the others must have greeted it again.
        return why or (f"waiting for {', '.join(gone)}" if gone else None)

    return proof
