# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may call what where: emergency mode, members, sessions (``xapi.md`` 1.5 to 1.7)."""

from __future__ import annotations

import typing as t

from .errors import XapiError
from .rows import stamp

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack

_LAST_ACTIVE_STEP_S = 600.0

EMERGENCY_CALLS = frozenset(
    {
        ("pool", "emergency_reset_master"),
        ("pool", "emergency_transition_to_master"),
        ("pool", "is_slave"),
        ("session", "slave_local_login"),
        ("session", "slave_local_login_with_password"),
        ("session", "local_logout"),
        ("host", "local_assert_healthy"),
        ("host", "is_in_emergency_mode"),
        ("host", "shutdown_agent"),
        ("host", "local_management_reconfigure"),
        ("host", "management_disable"),
        ("host", "emergency_ha_disable"),
        ("host", "ha_xapi_healthcheck"),
        ("host", "propose_new_master"),
        ("host", "commit_new_master"),
        ("host", "abort_new_master"),
        ("host", "get_system_status_capabilities"),
        ("host", "emergency_reset_server_certificate"),
        ("host", "emergency_disable_tls_verification"),
        ("host", "emergency_reenable_tls_verification"),
        ("host", "emergency_clear_mandatory_guidance"),
    }
)


class EmergencyError(XapiError):
    """The stored error of emergency mode; raised before dispatch, framed differently in JSON-RPC."""


class Hangs(Exception):
    """The call needs a database that nobody can reach: no answer comes (surprise 3)."""


def check_emergency(toolstack: Toolstack, cls: str, name: str) -> None:
    """In emergency mode every other call fails with the stored error, logins included."""
    if toolstack.emergency is not None and (cls, name) not in EMERGENCY_CALLS:
        raise EmergencyError(toolstack.emergency.code, *toolstack.emergency.params)


def is_slave(toolstack: Toolstack) -> XapiError:
    """The redirection; its address is the role file's, so it can be a dead master's."""
    return XapiError("HOST_IS_SLAVE", toolstack.master_address)


def check_session(toolstack: Toolstack, session: str) -> None:
    """The session is good here: a local one, or the pool's on the master.

    :raises XapiError: SESSION_INVALID, or HOST_IS_SLAVE for a good pool session on a member.
    :raises Hangs: a member cannot ask its master.
    """
    if session in toolstack.local_sessions:
        return
    db = toolstack.database()
    if db is None:
        raise Hangs
    _check_row(toolstack, db, session)
    if not toolstack.serves_as_master:
        raise is_slave(toolstack)


def _check_row(toolstack: Toolstack, db: Database, session: str) -> None:
    now, limit = toolstack.world.timeline.now, toolstack.world.durations.idle_session
    if not db.exists("session", session):
        raise XapiError("SESSION_INVALID", session)
    last = db.row("session", session)["last_active"]
    if last < stamp(now - limit):
        db.destroy("session", session)
        raise XapiError("SESSION_INVALID", session)
    if last < stamp(now - _LAST_ACTIVE_STEP_S):
        db.set("session", session, last_active=stamp(now))
