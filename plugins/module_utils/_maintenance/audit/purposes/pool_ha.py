# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``pool_ha``: what the pool needs, CloudStack is only asked for advice.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...errors import MaintenanceError
from ...ha import desired_from_options, ha_steps
from ...ha_ready import HaFacts, busy, ha_problems
from ...matching import Estate
from ..bystanders import NOBODY_TOUCHED, only_warned_of
from ..model import Check, Finding, Scope

# Said by ``possible`` itself where they matter: HA can be switched off whatever has happened to a host. Others are what
# this role is run for.
DROPS = (
    "cloudstack_fences_first",
    "ha_default_timeout",
    "ha_no_sr",
    "ha_not_licensed",
    "ha_off",
    "ha_timeout_not_pinned",
    "ha_timeout_short",
    "host_dead",
    "interface_unplugged",
    "mixed_versions",
    "pool_busy",
    "too_few_hosts",
)
# Nothing of this stands in the way of HA.
SEVERITIES = only_warned_of(NOBODY_TOUCHED | {"cloudstack_unseen", "two_captains", "vm_runs_twice"})
_UNASKED = {
    "ha_timeout": 180,
    "pin_timeout": True,
    "heartbeat_sr": None,
    "host_failures_to_tolerate": None,
    "allow_small_pool": False,
    "restore": None,
}


def possible(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """All at once what XAPI would refuse one by one, or what is dangerous."""
    if not scope.asked.get("state"):
        return
    pool = estate.pool
    asked = {**_UNASKED, **{key: value for key, value in scope.asked.items() if value not in (None, "")}}
    try:
        # A template may have made a text of the number.
        desired = desired_from_options(pool, {**asked, "ha_timeout": int(asked["ha_timeout"])})
    except MaintenanceError as error:
        thing, _colon, rest = error.message.partition(": ")
        text, _stop, remedy = rest.partition(". ")
        yield Finding("ha_impossible", "blocker", thing, text, remedy)
        return
    steps = ha_steps(pool.ha, desired)
    problems: list[str] = []
    if steps.enable and desired.sr is not None:
        problems = ha_problems(pool, desired.sr, bool(asked["allow_small_pool"]), _facts(estate))
        # XAPI takes such a host for alive and waits for it without end (xapi_observed.md, enable_ha).
        problems += [f"{pool.host(ref).name} does not answer" for ref in estate.facts.silent]
    elif steps.disable:
        problems = busy(pool)
    for problem in problems:
        yield Finding("ha_impossible", "blocker", pool.label, problem, "HA cannot be switched before.")


def _facts(estate: Estate) -> HaFacts:
    """Where a statefile is left from an earlier time, nothing more has to fit."""
    unplugged = tuple(f"{device} of {estate.pool.host(ref).name}" for ref, device in estate.facts.unplugged_interfaces)
    used = frozenset(sr.ref for sr in estate.pool.srs if sr.uuid == estate.pool.ha.heartbeat_sr)
    return HaFacts(unplugged=unplugged, statefile_srs=used)


CHECKS: tuple[Check, ...] = (possible,)
