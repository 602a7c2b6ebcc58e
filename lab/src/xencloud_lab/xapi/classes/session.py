# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions: logins, local logins, limits (``xapi.md`` 1.5, 1.6)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from ..errors import XapiError
from ..registry import Call, message
from ..rows import host_ref, stamp

PER_ORIGINATOR = 500
WITHOUT_ORIGINATOR = 400


@message("session", "login_with_password")
def login_with_password(call: Call, uname: str, pwd: str, version: str = "1.0", originator: str = "") -> t.Any:
    """A session of the pool; ``version`` means nothing."""
    if not _password_fits(call, uname, pwd):
        return _refusal(call, uname)
    _drop_surplus(call, originator)
    moment = stamp(call.now)
    return call.db.create(
        "session",
        this_host=host_ref(call.db, call.machine),
        last_active=moment,
        validation_time=moment,
        is_local_superuser=True,
        auth_user_name=uname,
        originator=originator,
    )


@message("session", "slave_local_login_with_password", local=True)
def slave_local_login_with_password(call: Call, uname: str, pwd: str) -> t.Any:
    """A session of this host alone, in its memory; good in emergency mode too."""
    if not _password_fits(call, uname, pwd):
        return _refusal(call, uname)
    ref = f"OpaqueRef:{call.db.new_uuid()}"
    call.toolstack.local_sessions[ref] = call.now
    return ref


@message("session", "logout")
def logout(call: Call) -> None:
    """The end of this session; a local one ends with ``local_logout``."""
    if call.session is not None:
        call.db.destroy("session", call.session)


@message("session", "local_logout", local=True)
def local_logout(call: Call) -> None:
    """The end of a local session; with an ordinary one nothing happens (seen live)."""
    call.toolstack.local_sessions.pop(call.session or "", None)


@message("session", "get_all_subject_identifiers")
def get_all_subject_identifiers(_call: Call) -> list[str]:
    """Nobody comes from a directory service."""
    return []


def _password_fits(call: Call, uname: str, pwd: str) -> bool:
    return uname == "root" and pwd == call.toolstack.pool.password


def _refusal(call: Call, uname: str) -> Completion:
    """PAM takes its time to say no."""
    why = "Authentication failure" if uname else "User not known to the underlying authentication module"
    answer = Completion()
    error = XapiError("SESSION_AUTHENTICATION_FAILED", uname, why)
    call.world.timeline.after(call.world.durations.failed_login, answer.reject, error)
    return answer


def _drop_surplus(call: Call, originator: str) -> None:
    """Above the limit of an originator its oldest sessions go."""
    own = call.db.find("session", originator=originator)
    limit = PER_ORIGINATOR if originator else WITHOUT_ORIGINATOR
    for ref in own[: max(0, len(own) + 1 - limit)]:
        call.db.destroy("session", ref)
