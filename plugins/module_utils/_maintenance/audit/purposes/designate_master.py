# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``designate_master``, and which host it is going to be.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...estate import Host
from ...mastership import candidates_of
from ...matching import Estate
from ..model import Check, Finding, Scope, Severity

# Every toolstack restarts, but no host is emptied: one that is out of service stays so.
# In between versions the role cannot move (xapi.md 3.1).
SEVERITIES: dict[str, Severity] = {
    "host_disabled": "warning",
    "host_in_maintenance": "warning",
    "host_not_enabled": "warning",
    "mixed_versions": "blocker",
}


def excused(estate: Estate, scope: Scope, finding: Finding) -> bool:
    """CloudStack has no connection to a host that is disabled in the pool (cloudstack.md 1.2), which is told itself."""
    out = {host.name for host in estate.pool.hosts if host.live and not host.enabled}
    return finding.code == "host_not_up" and finding.object in out


def candidate(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Somebody has to take the role over, and must be fit for it."""
    pool = estate.pool
    if not scope.named and not candidates_of(pool):
        yield Finding(
            "no_candidate",
            "blocker",
            pool.label,
            "no other host is alive and enabled with all its storage plugged",
            "Repair one, or name the host that shall be master.",
        )
    for host in (pool.host(ref) for ref in scope.named):
        if not host.enabled and not host.is_master:
            yield Finding(
                "candidate_disabled",
                "blocker",
                host.name,
                "it is disabled, and CloudStack has no way to any host of the pool while its master is",
                "Enable it with xapi_host first.",
            )


def one_wish(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A pool has one master."""
    if len(scope.named) > 1:
        names = ", ".join(estate.pool.host(ref).name for ref in scope.named)
        yield Finding("two_masters", "blocker", estate.pool.label, f"{names} cannot all be master", "Name one.")


def plan(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    """The host, whether it is master already, and whom CloudStack has to see afterwards as it sees them now."""
    host = _wanted(estate, scope)
    ready = [pair.pool.address for pair in estate.hosts if pair.cloud.ready and pair.pool.enabled]
    return {
        "host": {"name": host.name, "uuid": host.uuid, "address": host.address} if host else None,
        "needed": host is not None and not host.is_master,
        "text": _text(estate, host),
        "ready": sorted(ready),
    }


def _text(estate: Estate, host: Host | None) -> str:
    master = estate.pool.master_host.name
    if host is None:
        return f"{master} stays master, nobody else can be"
    return f"{host.name} is master already" if host.is_master else f"{host.name} becomes master, now it is {master}"


def _wanted(estate: Estate, scope: Scope) -> Host | None:
    if scope.named:
        return estate.pool.host(scope.named[0])
    return next(iter(candidates_of(estate.pool)), None)


CHECKS: tuple[Check, ...] = (candidate, one_wish)
