# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clocks: HA, certificates, leases and logs are about time (peers.md I05).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..matching import Estate
from .hosts import looked_at, spoken
from .model import Check, Finding, Scope


def clocks(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Every host against the master; what could be the time of a call is not counted."""
    for host in estate.pool.hosts:
        ahead_s = estate.facts.ahead_s.get(host.ref, 0)
        if abs(ahead_s) > scope.policy.max_clock_skew_s:
            yield Finding(
                "clock_skew",
                "warning",
                host.name,
                f"its clock is {abs(ahead_s):.0f} seconds {'ahead of' if ahead_s > 0 else 'behind'} the master's",
                "Give all hosts the same time servers, and look why this one does not follow them.",
            )


def silent_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Without HA the master takes ten minutes to see that a host is dead (xapi.md 5.1)."""
    for ref, why in estate.facts.silent.items():
        if ref not in estate.facts.apart:
            voice = estate.facts.voices.get(ref)
            yield Finding(
                "host_silent",
                "blocker",
                estate.pool.host(ref).name,
                f"the master believes that it is alive, but it does not answer ({why}){spoken(voice)}",
                looked_at(voice),
            )


STANDING: tuple[Check, ...] = (clocks, silent_hosts)
