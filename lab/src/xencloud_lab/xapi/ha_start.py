# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an armed host does about HA when its toolstack starts (``xapi.md`` 2.8, 2.9).

It attaches the statefile and starts xhad, every 10 s, for ever; meanwhile it is in emergency mode.
"""

from __future__ import annotations

import typing as t

from . import ha_monitor, roles
from .errors import XapiError
from .rows import pool_row

if t.TYPE_CHECKING:
    from .toolstack import Toolstack


def ready(toolstack: Toolstack) -> bool:
    """Whether the start-up may go on; otherwise the host says why not, and tries again later."""
    if toolstack.ha_armed and _is_over(toolstack):
        toolstack.ha_armed = False
    toolstack.emergency = _obstacle(toolstack) if toolstack.ha_armed else None
    if not toolstack.ha_armed:
        return True
    if toolstack.emergency is None:
        ha_monitor.begin(toolstack)
        _obey_lock(toolstack)
    return toolstack.emergency is None


def _is_over(toolstack: Toolstack) -> bool:
    """HA was given up meanwhile, as the statefile says, or the master when that is out of reach."""
    xhad = toolstack.pool.xhad
    if xhad.reaches_statefile(toolstack.machine):
        return not xhad.active
    db = toolstack.database()
    return db is not None and not pool_row(db)["ha_enabled"]


def _obstacle(toolstack: Toolstack) -> XapiError | None:
    xhad, name = toolstack.pool.xhad, toolstack.machine.name
    if name in xhad.daemons:
        return None
    if not xhad.active or not xhad.reaches_statefile(toolstack.machine):
        xhad.gathering.forget(name)
        return XapiError("HA_HOST_CANNOT_ACCESS_STATEFILE")
    if xhad.gathering.join(toolstack.machine):
        return None
    timed_out = xhad.gathering.timed_out(name)
    return XapiError("HA_HEARTBEAT_DAEMON_STARTUP_FAILED" if timed_out else "HOST_STILL_BOOTING")


def _obey_lock(toolstack: Toolstack) -> None:
    """Under HA the statefile says who is master, whatever the role file does (``xapi.md`` 2.9, 3.3)."""
    xhad = toolstack.pool.xhad
    if xhad.lock is None and toolstack.db is not None:
        xhad.propose(toolstack.machine)
    holder = xhad.lock_holder()
    if holder is not None and holder is not toolstack.machine:
        roles.become_slave(toolstack, holder.address)
