# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``vm_protection``: priorities can be set whatever else is going on, but not while HA is switched.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...matching import Estate
from ...protection import HA_OFF
from ..bystanders import NOBODY_TOUCHED, only_warned_of
from ..model import Check, Finding, Scope

# What this role repairs, and what ``pool_ha_is_on`` says itself.
DROPS = ("two_captains", "native_ha", "vm_protected_halted", "ha_off")
# A priority is set in the database, which a dead host does not hold up.
SEVERITIES = only_warned_of(NOBODY_TOUCHED | {"host_dead"})


def pool_ha_is_on(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Without pool HA nobody restarts a VM that is protected by the pool."""
    if scope.asked.get("mode") == "xenserver" and not estate.pool.ha.enabled:
        yield Finding(
            "native_without_ha",
            "blocker",
            estate.pool.label,
            HA_OFF,
            "Switch it on with pool_ha first.",
        )


CHECKS: tuple[Check, ...] = (pool_ha_is_on,)
