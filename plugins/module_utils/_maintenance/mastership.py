# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who can become master of a pool, and whether the pool is in a state to change it.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .errors import MaintenanceError
from .estate import Host, Pool
from .ha_ready import busy


def best_candidate(pool: Pool) -> Host:
    """The healthy host with the most free memory that is not master now; the same answer for the same pool."""
    candidates = candidates_of(pool)
    if candidates:
        return candidates[0]
    raise MaintenanceError(
        f"{pool.label}: no other host is alive and enabled with all its storage plugged. Repair one, or give host."
    )


def candidates_of(pool: Pool, without: t.Container[str] = ()) -> list[Host]:
    """Every host that can become master, the best first.

    :param without: references of hosts that shall not.
    """
    healthy = [host for host in pool.hosts if not host.is_master and _healthy(host) and host.ref not in without]
    return sorted(healthy, key=lambda host: (-host.memory_free_mib, host.name, host.uuid))


def _healthy(host: Host) -> bool:
    return host.live and host.enabled and not host.unplugged_srs


def obstacles(pool: Pool) -> list[str]:
    """Everything that makes XAPI refuse a new master, or worse (xapi.md 3.1)."""
    dead = [host.name for host in pool.hosts if not host.live]
    found = []
    if pool.ha.enabled:
        found.append("HA is on")
    if dead:
        found.append(f"every host must agree but {', '.join(dead)} is not alive")
    if pool.rolling_upgrade:
        found.append("its hosts differ in version")
    return found + busy(pool)
