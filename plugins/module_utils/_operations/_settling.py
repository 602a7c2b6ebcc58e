# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that has joined becomes a full member: alive, enabled, with the storage that the other hosts have.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._argspec import ArgumentSpec, waiting_spec, xapi_spec
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.joining import missing_networks, missing_storage
from .._maintenance.lookup import find_host
from .._maintenance.waiter import NotYet
from .._xapi.errors import XapiError
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, transient

SPEC = (
    xapi_spec()
    | waiting_spec(900)
    | ArgumentSpec(
        options={"host": {"type": "str", "required": True}, "since": {"type": "float", "default": 0.0}},
    )
)


def run(context: Context) -> Outcome:
    """Settle a host that an earlier run let join."""
    host = find_host(read_pool(context.xapi), context.params["host"])
    deadline = Deadline(context)
    wait_until_member(context, deadline, host.uuid, host.name, since=context.params["since"])
    plug_storage(context, deadline, host.uuid, host.name)
    return Outcome()


def wait_until_member(context: Context, deadline: Deadline, uuid: str, name: str, since: float = 0.0) -> None:
    """Until the master sees the host alive and enabled.

    :param since: when its toolstack was started before it joined, if it has to restart yet.
    """

    def judge(pool: Pool) -> bool | NotYet:
        host = member(pool, uuid)
        if host is None:
            return NotYet("the pool does not list it yet")
        if not host.live:
            return NotYet("it is not alive yet")
        if since and host.agent_start_time == since:
            return NotYet("its toolstack has not restarted yet")
        return True if host.enabled else _enabled(context, host)

    deadline.wait_for_pool(
        f"{name}: waiting until it is a member", judge, "Look at /var/log/xensource.log of the host, then run again."
    )


def wait_until_alive(deadline: Deadline, host: Host) -> None:
    """Until the master sees a member alive, whether it is in service or not."""

    def judge(pool: Pool) -> bool | NotYet:
        seen = member(pool, host.uuid)
        return True if seen is not None and seen.live else NotYet("it is not alive")

    deadline.wait_for_pool(f"{host.name}: waiting for the member", judge, "Look at its console, then run this again.")


def member(pool: Pool, uuid: str) -> Host | None:
    """The host with this uuid; a host keeps it when it joins, its references change (xapi.md 4.1)."""
    return next((host for host in pool.hosts if host.uuid == uuid), None)


def _enabled(context: Context, host: Host) -> bool | NotYet:
    """It enables itself when its start is over; the question tells why when it does not (xapi.md 5.6)."""
    try:
        context.xapi.call("host.enable", host.ref, about=host.name)
    except XapiError as error:
        if not transient(error):
            raise
        return NotYet("it is still starting")
    return NotYet("it is being enabled")


def plug_storage(context: Context, deadline: Deadline, uuid: str, name: str) -> bool:
    """Plug every shared SR that another host has plugged; what XAPI has plugged itself is fine."""
    plugged: list[str] = []

    def judge(pool: Pool) -> bool | NotYet:
        host = member(pool, uuid)
        if host is None:
            raise MaintenanceError(f"{name}: the pool has this host no more. Look who removed it.")
        missing = missing_storage(pool, uuid)
        for ref in missing:
            _plug(context, host, ref, pool.sr(ref).name)
            plugged.append(pool.sr(ref).name)
        return NotYet("its storage is being plugged") if missing else True

    deadline.wait_for_pool(
        f"{name}: plugging the pool's storage", judge, "Repair the host's path to the storage, then run this again."
    )
    if plugged:
        context.report(f"{name} has {', '.join(dict.fromkeys(plugged))} plugged")
    return bool(plugged)


def plug_again(context: Context) -> None:
    """Plug the shared storage of every host in service: a master that lost power has forgotten its last minutes.

    A host that was started within them has its storage, but XAPI says that it has not (xapi.md 3.4), and refuses HA.
    To plug what is plugged does no harm. What cannot be plugged is told by the next audit, with its cause.
    """
    with _told(context):
        for host in read_pool(context.xapi).hosts:
            if host.live and host.enabled and host.unplugged_srs:
                with _told(context):
                    plug_storage(context, Deadline(context), host.uuid, host.name)


@contextlib.contextmanager
def _told(context: Context) -> t.Iterator[None]:
    """A line instead of an error."""
    try:
        yield
    except MaintenanceError as error:
        context.report(error.message)


def _plug(context: Context, host: Host, sr: str, name: str) -> None:
    pbds = context.xapi.call("PBD.get_all_records")
    links = {ref: pbd for ref, pbd in pbds.items() if pbd["SR"] == sr}
    own = [ref for ref, pbd in links.items() if pbd["host"] == host.ref]
    about = f"{host.name}, shared storage {name}"
    if not own:
        pattern = next(pbd for pbd in links.values() if pbd["currently_attached"])
        record = {"host": host.ref, "SR": sr, "device_config": pattern["device_config"], "other_config": {}}
        own = [context.xapi.call("PBD.create", record, about=about)]
    context.xapi.call("PBD.plug", own[0], about=about)


def network_warnings(context: Context, hosts: t.Iterable[Host]) -> list[str]:
    """Networks on which the other hosts have an interface and these have not: CloudStack's VMs may need them."""
    pifs = context.xapi.call("PIF.get_all_records")
    networks = context.xapi.call("network.get_all_records")
    warnings = []
    for host in hosts:
        names = sorted(networks[ref]["name_label"] for ref in missing_networks(pifs, host.ref))
        if names:
            warnings.append(
                f"{host.name}: it has no interface on {', '.join(names)}, where all other hosts have one. "
                "Connect it before VMs need these networks."
            )
    return warnings
