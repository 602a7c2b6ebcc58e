# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that take themselves for members of a pool which does not list them: their join was lost (xapi.md 3.4).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._maintenance.election import Role
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._xapi.login import Credentials
from ._context import Context
from ._starting import look_until_started


def in_limbo(context: Context, door: str, credentials: Credentials, pool: Pool) -> bool:
    """True when a host that this pool does not list follows its master, or is told that its master does not list it."""
    try:
        seen = look_until_started(context, {door: door}, credentials)[door]
    except MaintenanceError:
        return False
    follows = seen.role is Role.MEMBER and any(host.address == seen.follows for host in pool.hosts)
    return follows or seen.code == "HOST_UNKNOWN_TO_MASTER"
