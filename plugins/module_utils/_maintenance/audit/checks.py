# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks, and how a purpose uses them.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..matching import Estate
from ..record import read_record
from . import alarms, clocks, cloudstack, expiry, ha, hardware, hosts, others, pool, runs, storage, stuck, vms, wires
from .model import Check, Finding, Scope, sort_findings
from .purpose import Purpose

# These need the pool alone, so they also speak when CloudStack or its cluster is not to be seen.
POOL_CHECKS: tuple[Check, ...] = (*hosts.POOL_CHECKS, *pool.POOL_CHECKS, *storage.POOL_CHECKS)
CHECKS: tuple[Check, ...] = (*POOL_CHECKS, *hosts.CHECKS, *cloudstack.CHECKS, *vms.CHECKS)

# How an estate stands, whatever is going to be done with it. A plan has no use for these, an audit tells them.
POOL_STANDING: tuple[Check, ...] = (
    *runs.POOL_STANDING,
    *pool.POOL_STANDING,
    *ha.STANDING,
    *clocks.STANDING,
    *expiry.STANDING,
    *hardware.STANDING,
    *wires.STANDING,
    *alarms.STANDING,
)
STANDING: tuple[Check, ...] = (*POOL_STANDING, *others.STANDING, *cloudstack.STANDING, *stuck.STANDING, *vms.STANDING)


def checks_for(purpose: Purpose, cloud_seen: bool) -> tuple[Check, ...]:
    """Without CloudStack the pool's own checks are left, and those of a purpose that says it can do without."""
    if cloud_seen:
        return (*CHECKS, *STANDING, *purpose.checks)
    alone = "cloudstack_unseen" in purpose.drops or "cloudstack_unseen" in purpose.severities
    return (*POOL_CHECKS, *POOL_STANDING, *(purpose.checks if alone else ()))


def preflight(estate: Estate, scope: Scope, checks: t.Iterable[Check] = CHECKS) -> list[Finding]:
    """All findings, the worst first."""
    return sort_findings(finding for check in checks for finding in check(estate, scope))


def weighed(purpose: Purpose, findings: t.Iterable[Finding]) -> list[Finding]:
    """The findings as they matter for a purpose, the worst first."""
    kept = (finding for finding in findings if finding.code not in purpose.drops)
    return sort_findings(
        replace(finding, severity=purpose.severities.get(finding.code, finding.severity)) for finding in kept
    )


def ours(other_config: t.Mapping[str, str]) -> tuple[frozenset[str], bool]:
    """What the run that holds this pool has changed itself and will take back itself, and whether HA is part of it."""
    record = read_record(other_config)
    entries = record.undo if record else ()
    left_off = record is not None and record.ended and any(entry.kind == "pool_ha" for entry in entries)
    return frozenset(entry.object for entry in entries), left_off
