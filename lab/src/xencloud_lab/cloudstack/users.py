# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may call: users with their keys, their logins, and what their roles allow (``cloudstack.md`` 4.1, 4.2, 4.7)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from . import signature

READ_ONLY = re.compile(r"^(get|list|query|find)", re.IGNORECASE)
ROOT, READ_ONLY_ADMIN, USER = "Root Admin", "Read-Only Admin", "User"
_NOT_FOR_USERS = re.compile(
    r"Host|Cluster|Pod|Zone|System|Router|Configuration|Capacity|Alert|ManagementServer|StoragePool|Role|^find|Maint"
)
_FOR_ALL = frozenset({"listApis", "listCapabilities", "queryAsyncJobResult", "listZones"})
_LONGEST_EXPIRY_S = 900


@dataclass(slots=True, eq=False)
class User:
    """Somebody with an account.

    :ivar calls: when the last calls came, for the limit of calls.
    """

    name: str
    uuid: str
    account_uuid: str
    api_key: str
    secret: str
    role: str = ROOT
    password: str = ""
    calls: list[float] = field(default_factory=list)

    def may(self, command: str) -> bool:
        """Whether the role has this command."""
        if self.role == ROOT or command in _FOR_ALL:
            return True
        if self.role == READ_ONLY_ADMIN:
            return READ_ONLY.match(command) is not None
        return _NOT_FOR_USERS.search(command) is None

    def call_within(self, now: float, interval_s: float, most: int) -> float:
        """Count a call; the seconds to wait when there were too many, else 0."""
        self.calls = [moment for moment in self.calls if now - moment < interval_s]
        if len(self.calls) >= most:
            return interval_s - (now - self.calls[0])
        self.calls.append(now)
        return 0.0


class Users:
    """All of them, and the browser sessions that they have."""

    def __init__(self) -> None:
        self._all: list[User] = []
        self._sessions: dict[str, tuple[User, str]] = {}

    def __iter__(self) -> t.Iterator[User]:
        return iter(self._all)

    def add(self, user: User) -> User:
        self._all.append(user)
        return user

    @property
    def first(self) -> User:
        """The administrator."""
        return self._all[0]

    def signed_by(self, params: t.Mapping[str, str], now: float, *, strict: bool) -> User | None:
        """Who signed this, if it is valid; strict wants an expiry in the next quarter of an hour."""
        lower = {name.lower(): value for name, value in params.items()}
        user = next((u for u in self._all if u.api_key == lower.get("apikey")), None)
        if user is None or not signature.verified(params, {user.api_key: user.secret}, now):
            return None
        if strict and not signature.expires_within(lower, now, _LONGEST_EXPIRY_S):
            return None
        return user

    # sessions -----------------------------------------------------------------------------

    def log_in(self, name: str, password: str, session_id: str, key: str) -> User | None:
        """A new session for this cookie and key; nobody without a password logs in."""
        user = next((u for u in self._all if u.name == name and u.password and u.password == password), None)
        if user is not None:
            self._sessions[session_id] = user, key
        return user

    def log_out(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    def with_session(self, session_id: str, key: str) -> User | None:
        """Whose session this is; the cookie alone is not enough."""
        user, expected = self._sessions.get(session_id, (None, ""))
        return user if key and key == expected else None
