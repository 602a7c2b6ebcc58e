# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts on which CloudStack's own maintenance has come to a halt.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cluster import PREPARING
from ..matching import Estate, HostPair
from .model import Check, Finding, Scope

# A hanging migration alone may take an hour (cloudstack.md 3.4, appendix C 4).
_PATIENCE_S = 3600
_REMEDY = {
    True: "host_diagnosis tells which VMs are left; recover_host with recover_host_allow cancel_preparation ends it.",
    False: "It does not try again by itself: recover_host ends it, host_maintenance empties the host and begins anew.",
}


def halted(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Preparing for longer than a migration may take, or given up; without an event nobody knows since when."""
    for pair in estate.hosts:
        preparing = pair.cloud.resource_state in PREPARING
        if scope.caused(pair.pool) or not (preparing or pair.cloud.resource_state == "ErrorInMaintenance"):
            continue
        age_s = _age_s(estate, pair)
        if preparing and (age_s is None or age_s < _PATIENCE_S):
            continue
        ended = "has not come to an end with it" if preparing else "could not empty it"
        yield Finding(
            "maintenance_stuck",
            "warning",
            pair.pool.name,
            f"CloudStack began {_ago(age_s)} to prepare it for maintenance, and {ended} ({pair.cloud.resource_state})",
            _REMEDY[preparing],
        )


def _age_s(estate: Estate, pair: HostPair) -> float | None:
    since = estate.facts.preparing_since.get(pair.cloud.id)
    return None if since is None else max(0.0, estate.facts.now - since)


def _ago(age_s: float | None) -> str:
    if age_s is None:
        return "at a time that its events do not tell"
    minutes = round(age_s / 60)
    return f"{minutes} minutes ago" if minutes < 120 else f"{round(minutes / 60)} hours ago"


STANDING: tuple[Check, ...] = (halted,)
