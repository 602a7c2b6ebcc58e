# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts leave a pool: all of them are judged first, then ejected one after the other (xapi.md 4.2).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.kinds import HOST_LEAVING
from .._maintenance.leaving import Leaver, eject_obstacles, leavers
from .._maintenance.waiter import NotYet
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, keep_copies, refuse

_REMEDY = (
    "Switch HA off (xapi_pool_ha), give the master's role to a host that stays (xapi_pool_master), move guests "
    "away, and save virtual disks or set accept_storage_loss; then run this again."
)


def run(context: Context) -> Outcome:
    """Eject every host that the pool still has."""
    pool = read_pool(context.xapi)
    asked = leavers(pool, context.params["hosts"])
    going = [leaver.host for leaver in asked if leaver.host is not None]
    refuse(pool.label, eject_obstacles(pool, going, context.params["accept_storage_loss"]) if going else [], _REMEDY)
    if going and not context.check_mode:
        deadline = Deadline(context)
        for host in going:
            _eject(context, deadline, pool, host)
    return told(pool, asked, going)


def told(pool: Pool, asked: t.Sequence[Leaver], going: t.Sequence[Host]) -> Outcome:
    """The outcome of leaving, the same in check mode and for real."""
    gone = {host.ref for host in going}
    after = [host for host in pool.hosts if host.ref not in gone]
    return Outcome(
        changed=bool(going),
        result={
            "hosts": [leaver.as_dict(leaver.host is not None) for leaver in asked],
            "members": sorted(host.address for host in after),
        },
        before={"hosts": sorted(host.name for host in pool.hosts)},
        after={"hosts": sorted(host.name for host in after)},
        step=_step(pool, going),
    )


def _step(pool: Pool, going: t.Sequence[Host]) -> str:
    return f"{', '.join(host.name for host in going)} left the pool {pool.label}" if going else ""


def _eject(context: Context, deadline: Deadline, before: Pool, host: Host) -> None:
    note_leaving(context, host)
    what = f"{host.name}: leaving the pool"
    deadline.insist(
        what,
        lambda: context.xapi.task("pool.eject", host.ref, waiter=deadline.waiter(), what=what, about=host.name),
        lambda seen: has_left(before, seen, host) is True or "eject" in seen.current_operations.values(),
        ("HANDLE_INVALID", "HOST_OFFLINE"),
    )
    wait_until_gone(deadline, before, host, what)
    keep_copies(context, before.label)
    context.report(f"{host.name} has left the pool; it restarts as a pool of its own")


def note_leaving(context: Context, host: Host, forgotten: bool = False) -> None:
    """What has to be finished in CloudStack, should this run not come that far."""
    before = {
        "name": host.name,
        "uuid": host.uuid,
        "cluster": context.params["cluster"],
        "forgotten": forgotten,
        "ends_pool_ha": context.params["ends_pool_ha"],
    }
    context.journal.note(HOST_LEAVING, host.address, before)


def wait_until_gone(deadline: Deadline, before: Pool, host: Host, what: str) -> None:
    """Until the master's database has the host no more."""
    deadline.wait_for_pool(
        what, lambda seen: has_left(before, seen, host), "Look at /var/log/xensource.log of the host and of the master."
    )


def has_left(before: Pool, seen: Pool, host: Host) -> bool | NotYet:
    """True when the pool that was looked at first has the host no more.

    :raises MaintenanceError: another pool answers; the host that left is one of its own now.
    """
    if seen.uuid != before.uuid:
        raise MaintenanceError(
            f"{before.label}: another pool answers now, with {seen.master_host.name} as its master. "
            "Give a host that stays in the pool as hostname, then run this again."
        )
    if any(other.uuid == host.uuid for other in seen.hosts):
        return NotYet("the pool still has it")
    return True
