# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking over and being told whom to follow, by hand (``xapi.md`` 3.2).

None of it asks whether it is wise: on a living pool these calls do harm (``xapi_observed.md``, surprises 1 and 4).
"""

from __future__ import annotations

import typing as t

from .errors import NotModelled, XapiError
from .role import Role
from .rows import machine_of

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack


def transition_to_master(toolstack: Toolstack) -> None:
    """Become master with the copy of the database that is here, after the fuse; a living master just restarts.

    :raises XapiError: HA_IS_ENABLED on an armed host.
    """
    _assert_not_armed(toolstack)
    if toolstack.role is not Role.MASTER and toolstack.db_copy is None:
        raise NotModelled("a master without any copy of the database")
    _burn(toolstack, Role.MASTER, toolstack.machine.address)


def reset_master(toolstack: Toolstack, address: str) -> None:
    """Follow the master at this address (or of this name), after the fuse; it is not asked.

    :raises XapiError: HA_IS_ENABLED on an armed host.
    """
    _assert_not_armed(toolstack)
    named = toolstack.world.machines.get(address)
    _burn(toolstack, Role.SLAVE, named.address if named else address)


def recover_slaves(toolstack: Toolstack, db: Database) -> list[str]:
    """Tell every other known host to follow this one, master or not; those that were reached."""
    reached = []
    for host in db.rows("host"):
        machine = machine_of(toolstack.world, db, host)
        if machine is toolstack.machine or not machine.answers() or not toolstack.machine.reaches(machine):
            continue
        try:
            reset_master(machine.toolstack, toolstack.machine.address)
        except XapiError:
            continue
        reached.append(host)
    return reached


def disable_ha(toolstack: Toolstack, *, soft: bool) -> None:
    """host.emergency_ha_disable: no watchdog, no xhad, excluded; ``soft`` keeps the host armed.

    :raises XapiError: HA_NOT_ENABLED when it is not armed, unless soft.
    """
    if not toolstack.ha_armed and not soft:
        raise XapiError("HA_NOT_ENABLED")
    if toolstack.ha_armed:
        toolstack.pool.xhad.leave(toolstack.machine)
        toolstack.ha_armed = soft


def _assert_not_armed(toolstack: Toolstack) -> None:
    if toolstack.ha_armed:
        raise XapiError("HA_IS_ENABLED")


def _burn(toolstack: Toolstack, role: Role, address: str) -> None:
    toolstack.committed = (role, address)
    toolstack.later(toolstack.world.durations.fuse, toolstack.restart)
