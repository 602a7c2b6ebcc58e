# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts join a pool: both sides are asked first, then one host joins after the other (xapi.md 4.1).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import socket
import typing as t
from dataclasses import dataclass, replace

from .._maintenance.audit.model import Finding, refuse_blocked, sort_findings
from .._maintenance.errors import MaintenanceError, WaitTimeout
from .._maintenance.estate import Host, Pool
from .._maintenance.joining import (
    Side,
    cannot_enter,
    cannot_look,
    join_findings,
    member_elsewhere,
    member_of_nobody,
    missing_storage,
)
from .._maintenance.kinds import HOST_JOINING
from .._maintenance.waiter import NotYet
from .._xapi.client import XapiClient
from .._xapi.errors import ConnectionLost, Unreachable, XapiError
from .._xapi.login import WRONG_PASSWORD, Credentials, beside, has_port, plain_address
from .._xapi.picture import look_again, read_pool
from .._xapi.sides import read_side
from ._context import Context, Outcome
from ._limbo import in_limbo
from ._pool import Deadline, keep_copies
from ._settling import member, network_warnings, plug_storage, wait_until_alive, wait_until_member

# A join takes some five seconds (xapi_observed.md), and a second one meanwhile doubles the host's interfaces.
_LOOKS_FOR_A_LOST_JOIN = 12


@dataclass(frozen=True)
class Joiner:
    """A host that is to join, and the session on it."""

    client: XapiClient
    side: Side


def run(context: Context) -> Outcome:
    """Let every host join that is no member yet; members are brought to what a member should be."""
    pool = read_pool(context.xapi)
    members, strangers = _sorted_out(pool, context.params["hosts"])
    with contextlib.ExitStack() as doors:
        joiners, advice = _look(context, doors, pool, strangers)
        bare = [host for host in members if missing_storage(pool, host.uuid)]
        if context.check_mode:
            return replace(_told(pool, members, joiners, bare), warnings=advice)
        deadline = Deadline(context)
        for host in members:
            wait_until_alive(deadline, host)
            plug_storage(context, deadline, host.uuid, host.name)
        for joiner in joiners:
            _join(context, deadline, pool, joiner)
    outcome = _told(pool, members, joiners, bare)
    outcome.warnings = advice or _network_warnings(context, outcome)
    return outcome


def _sorted_out(pool: Pool, hosts: t.Iterable[str]) -> tuple[list[Host], list[str]]:
    """Members of the pool, and the others as they were given."""
    members: dict[str, Host] = {}
    strangers: list[str] = []
    for text in dict.fromkeys(plain_address(each) for each in hosts):
        names = _addresses(text)
        found = [host for host in pool.hosts if names & {host.address, host.uuid, host.name}]
        if found:
            members[found[0].uuid] = found[0]
        else:
            strangers.append(text)
    return list(members.values()), strangers


def _addresses(text: str) -> set[str]:
    """The text, and the addresses that it stands for when it is a name."""
    name = text.rpartition(":")[0] if has_port(text) else text
    try:
        found = socket.getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return {text, name}
    return {text, name, *(str(each[4][0]) for each in found)}


def _look(
    context: Context, doors: contextlib.ExitStack, pool: Pool, addresses: t.Sequence[str]
) -> tuple[list[Joiner], list[str]]:
    """Ask both sides and refuse with everything that stands in the way; what only deserves a warning is returned.

    :raises MaintenanceError: somebody may not join; the findings are in its details.
    """
    known = [Finding(**each) for each in context.params["findings"]]
    found: list[Finding] = []
    joiners = []
    for address in addresses:
        joiner = _visit(context, doors, pool, address)
        if isinstance(joiner, Joiner):
            joiners.append(joiner)
        else:
            found.append(joiner)
    if addresses:
        found += join_findings(
            read_side(context.xapi, pool.label),
            [joiner.side for joiner in joiners],
            force=context.params["force"],
            ha_will_be_off=context.params["assume_ha_off"] and context.check_mode,
        )
    refuse_blocked(pool.label, sort_findings([*known, *found]))
    return joiners, [each.sentence for each in found if each.severity == "warning"]


def _visit(context: Context, doors: contextlib.ExitStack, pool: Pool, given: str) -> Joiner | Finding:
    address = given if has_port(given) else beside(given, context.xapi.address)
    params = context.params
    door = {
        "hostname": address,
        "username": params["joiner_username"] or params["username"],
        "password": params["joiner_password"] or params["password"],
        "members": [],
    }
    try:
        client = XapiClient.connect({**params, **door})
        doors.callback(client.close)
        side = read_side(client)
    except Unreachable as error:
        lost = in_limbo(context, address, Credentials.from_params({**params, **door}), pool)
        return member_of_nobody(given) if lost else cannot_look(address, error.message)
    except MaintenanceError as error:
        wrong = isinstance(error, XapiError) and error.code == WRONG_PASSWORD
        return cannot_enter(address) if wrong else cannot_look(address, error.message)
    if client.address == address:
        return Joiner(client, side)
    return member_of_nobody(given) if side.uuid == pool.master_host.uuid else member_elsewhere(given, side.address)


def _join(context: Context, deadline: Deadline, pool: Pool, joiner: Joiner) -> None:
    side = joiner.side
    # Its toolstack restarts some seconds after the call; whoever takes this over has to wait for that as well.
    before = {"name": side.name, "uuid": side.uuid, "since": side.agent_start_time}
    context.journal.note(HOST_JOINING, side.address, before)
    context.report(f"{side.name} joins the pool {pool.label}")
    if not _asked_to_join(context, pool, joiner) and not _appeared(context, joiner):
        _ask_once_more(context, pool, joiner)
    wait_until_member(context, deadline, side.uuid, side.name, since=side.agent_start_time)
    plug_storage(context, deadline, side.uuid, side.name)
    keep_copies(context, pool.label)
    context.report(f"{side.name} is a member of the pool {pool.label}")


def _asked_to_join(context: Context, pool: Pool, joiner: Joiner) -> bool:
    """False when the answer was lost. The call is made on the host that joins, with the pool's own credentials."""
    method = "pool.join_force" if context.params["force"] else "pool.join"
    door = (pool.master_host.address, context.params["username"], context.params["password"])
    try:
        joiner.client.call(method, *door, about=joiner.side.name)
    except ConnectionLost:
        return False
    return True


def _appeared(context: Context, joiner: Joiner) -> bool:
    """The answer was lost: the pool's list tells whether the call was heard."""

    def probe() -> bool | NotYet:
        pool = look_again(context.xapi)
        if isinstance(pool, NotYet):
            return pool
        return True if member(pool, joiner.side.uuid) else NotYet("the pool does not list it")

    try:
        waiter = context.waiter(_LOOKS_FOR_A_LOST_JOIN * context.params["poll_interval"])
        return waiter.wait(f"{joiner.side.name}: looking whether it has joined", probe)
    except WaitTimeout:
        return False


def _ask_once_more(context: Context, pool: Pool, joiner: Joiner) -> None:
    joiner.client.reconnect()
    try:
        _asked_to_join(context, pool, joiner)
    except XapiError:
        # Whoever is a member by now is refused as its own master would be.
        if not _appeared(context, joiner):
            raise


def _told(pool: Pool, members: t.Sequence[Host], joiners: t.Sequence[Joiner], bare: t.Sequence[Host]) -> Outcome:
    """The outcome, the same in check mode and for real."""
    sides = [joiner.side for joiner in joiners]
    now = sorted(host.name for host in pool.hosts)
    return Outcome(
        changed=bool(sides or bare),
        result={
            "hosts": [*(_view(host, host in bare) for host in members), *(_view(side, True) for side in sides)],
            "members": sorted([*(host.address for host in pool.hosts), *(side.address for side in sides)]),
        },
        before={"hosts": now},
        after={"hosts": sorted([*now, *(side.name for side in sides)])},
        step=f"{', '.join(side.name for side in sides)} joined the pool {pool.label}" if sides else "",
    )


def _view(host: Host | Side, changed: bool) -> dict[str, t.Any]:
    return {"name": host.name, "uuid": host.uuid, "address": host.address, "changed": changed}


def _network_warnings(context: Context, outcome: Outcome) -> list[str]:
    uuids = {each["uuid"] for each in outcome.result["hosts"]}
    return network_warnings(context, [host for host in read_pool(context.xapi).hosts if host.uuid in uuids])
