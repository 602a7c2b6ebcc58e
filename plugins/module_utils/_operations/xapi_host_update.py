# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installs what a host lacks; the restart that this calls for is ``xapi_host_power``.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, run_spec, waiting_spec, xapi_spec
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.lookup import find_host
from .._maintenance.patches import Update, complaint, only, require_supported
from .._xapi import updates
from .._xapi.errors import ConnectionLost
from .._xapi.picture import read_pool
from ._context import Context, Outcome
from ._pool import Deadline, refuse

SPEC = (
    xapi_spec()
    | waiting_spec(3600)
    | run_spec()
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["latest"], "default": "latest"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "repositories": {"type": "list", "elements": "str", "default": []},
        }
    )
)


def run(context: Context) -> Outcome:
    """Install what is missing on a disabled host, the master first."""
    pool = read_pool(context.xapi)
    host = find_host(pool, context.params["host"])
    require_supported(host)
    deadline = Deadline(context)
    missing = _missing(context, deadline, pool, host)
    wanted = missing[host.ref]
    if wanted:
        _require_possible(pool, host, missing)
        if not context.check_mode:
            context.journal.confirm()
            _install(context, deadline, host, wanted)
    return Outcome(
        changed=bool(wanted),
        result={"updates": [u.as_dict() for u in wanted], "reboot_required": bool(wanted) or host.reboot_required},
        before={"packages": _lines(wanted), "missing": len(wanted)},
        after={"packages": [], "missing": 0},
    )


def _missing(context: Context, deadline: Deadline, pool: Pool, host: Host) -> dict[str, list[Update]]:
    """What the host lacks, and the master, which must never be older than a member (xapi.md 6.5)."""
    hosts = [host] if host.is_master else [host, pool.master_host]
    found = updates.missing_updates_of(context.xapi, hosts, deadline.waiter(), context.params["repositories"])
    return {ref: only(missing, context.params["packages"]) for ref, missing in found.items()}


def _require_possible(pool: Pool, host: Host, missing: t.Mapping[str, list[Update]]) -> None:
    problems = ["it is enabled"] if host.enabled else []
    if not host.is_master and missing[pool.master]:
        problems.append(f"the master {pool.master_host.name} still lacks {len(missing[pool.master])} updates itself")
    refuse(host.name, problems, "Drain and disable the host first, and update the master before its members.")


def _install(context: Context, deadline: Deadline, host: Host, wanted: list[Update]) -> None:
    arguments = updates.update_arguments(context.params["packages"], context.params["repositories"])
    context.report(f"{host.name} {len(wanted)} updates are being installed")
    words = _update(context, deadline, host, arguments)
    left = _left(context, deadline, host)
    if left:
        raise MaintenanceError(
            f"{host.name}: {len(left)} updates are still missing ({words or 'the updater does not say why'}). "
            "Look at yum's log on the host, then run this again.",
            updates=[update.as_dict() for update in left],
        )
    updates.note_patched(context.xapi, host)
    context.report(f"{host.name} {len(wanted)} updates are installed, a restart is due")


def _update(context: Context, deadline: Deadline, host: Host, arguments: dict[str, str]) -> str | None:
    try:
        return complaint(updates.install(context.xapi, host, deadline.waiter(), arguments))
    except ConnectionLost:
        # Packages may restart the toolstack under the call's feet; what is installed then decides (xapi.md 6.5).
        deadline.wait_for_pool(f"{host.name}: waiting for the pool to answer again", lambda pool: pool)
        return "the connection broke meanwhile"


def _left(context: Context, deadline: Deadline, host: Host) -> list[Update]:
    found = updates.missing_updates_of(context.xapi, [host], deadline.waiter(), context.params["repositories"])
    return only(found[host.ref], context.params["packages"])


def _lines(wanted: list[Update]) -> list[str]:
    return [f"{update.name}-{update.version}-{update.release}" for update in wanted]
