# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for what a dead run had begun: its last call may still be at work, in the pool or in CloudStack.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._cloudstack.picture import read_cloud
from .._maintenance.audit.cloudstack import cloudstack_jobs
from .._maintenance.audit.model import Finding, Scope
from .._maintenance.audit.pool import pool_operations
from .._maintenance.audit.unseen import NO_CLOUD
from .._maintenance.audit.vms import vm_transitions
from .._maintenance.cluster import CloudPicture
from .._maintenance.errors import MaintenanceError, WaitTimeout
from .._maintenance.estate import Pool
from .._maintenance.matching import Estate, match
from .._maintenance.record import RunRecord
from .._maintenance.waiter import NotYet
from .._xapi.apart import stands_apart
from .._xapi.errors import ConnectionLost
from .._xapi.picture import look_again
from .._xapi.updates import epoch_s
from ._context import Context

_AT_WORK = ("pool_busy", "task_running", "job_running", "vm_in_transition")
# Enough for the storage of a host that is well; one that is disabled for longer is disabled for another reason.
_STARTING_S = 300.0
# A host that has not come back by then will not.
_RESTART_S = 1800.0
_CHECKS = (pool_operations, cloudstack_jobs, vm_transitions)


def wait_until_quiet(context: Context, label: str, held: RunRecord) -> None:
    """Until nothing is at work; whatever does not end in time is looked at by what comes next.

    :param label: what people call the pool.
    :param held: the record of the dead run.
    """

    def probe() -> bool | NotYet:
        pool = look_again(context.xapi)
        if isinstance(pool, NotYet):
            return pool
        found = [*_at_work(match(pool, _cloud(context, pool))), *_starting(context, pool, held)]
        return NotYet("; ".join(found)) if found else True

    try:
        context.waiter().wait(f"{label}: waiting until what the last run had begun is over", probe)
    except WaitTimeout as error:
        context.report(error.message)


def _cloud(context: Context, pool: Pool) -> CloudPicture:
    """Without CloudStack the pool alone is waited for."""
    try:
        return read_cloud(context.cloudstack, None, [host.address for host in pool.hosts])
    except MaintenanceError:
        return NO_CLOUD


def _at_work(estate: Estate) -> list[str]:
    scope = Scope("audit")
    found: t.Iterator[Finding] = (each for check in _CHECKS for each in check(estate, scope))
    return [f"{each.object}: {each.text}" for each in found if each.code in _AT_WORK]


def _starting(context: Context, pool: Pool, held: RunRecord) -> list[str]:
    """Hosts that will be back by themselves.

    The run may have restarted one. And a change of master restarts every toolstack, each of which enables its host when
    its storage is back (xapi.md 5.6).
    """
    missing = [host for host in pool.hosts if not (host.live and host.enabled)]
    if not missing:
        return []
    try:
        now = epoch_s(context.xapi.call("host.get_servertime", pool.master))
    except ConnectionLost as error:
        return [error.message]
    restarted = {entry.object for entry in held.undo if now - held.renewed < _RESTART_S}
    away = [
        f"{host.name}: it is restarting"
        for host in missing
        if not host.live and host.address in restarted and not stands_apart(context.xapi, pool, host)
    ]
    young = [host for host in missing if host.live and now - host.agent_start_time < _STARTING_S]
    return away + [f"{host.name}: its toolstack is starting" for host in young]
