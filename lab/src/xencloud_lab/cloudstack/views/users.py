# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users and their logins (``cloudstack.md`` 4.1)."""

from __future__ import annotations

import typing as t

from ..envelope import Body
from ..users import USER, User

if t.TYPE_CHECKING:
    from ..manager import ManagementServer


def login_view(server: ManagementServer, user: User, key: str) -> Body:
    """The answer to a login; its numbers are text."""
    return {
        "username": user.name,
        "userid": user.uuid,
        "domainid": server.domain_uuid,
        "timeout": "1800",
        "account": user.name,
        "firstname": user.name,
        "lastname": user.name,
        "type": account_type(user),
        "timezone": "UTC",
        "registered": "false",
        "sessionkey": key,
    }


def account_type(user: User) -> str:
    """1 is an administrator, 0 a user."""
    return "0" if user.role == USER else "1"


def user_view(server: ManagementServer, user: User) -> Body:
    """A user, without his secret."""
    return {
        "id": user.uuid,
        "username": user.name,
        "firstname": user.name,
        "lastname": user.name,
        "state": "enabled",
        "account": user.name,
        "accountid": user.account_uuid,
        "accounttype": int(account_type(user)),
        "domainid": server.domain_uuid,
        "domain": "ROOT",
        "apikey": user.api_key,
        "rolename": user.role,
        "isdefault": user.role != USER,
    }
