# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains, accounts, users, roles and projects (``cloudstack.md`` 8): one domain, and who has a key."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body, date
from ..filters import matching
from ..registry import Listing, command
from ..users import READ_ONLY_ADMIN, ROOT, USER, User
from ..views.users import account_type, user_view

_PAGED = ("keyword", "listall", "page", "pagesize")
_ROLE_TYPES = {ROOT: "Admin", READ_ONLY_ADMIN: "Admin", USER: "User"}


@command("listDomains", "id", "name", "level", *_PAGED)
def list_domains(call: Call) -> Listing:
    server = call.server
    root: Body = {"id": server.domain_uuid, "name": "ROOT", "level": 0, "haschild": False, "path": "ROOT"}
    return matching(call, "domain", [{**root, "state": "Active", "created": date(server.long_ago)}], "id", "name")


@command("listAccounts", "id", "name", "domainid", "accounttype", "state", *_PAGED)
def list_accounts(call: Call) -> Listing:
    rows = [
        {
            "id": user.account_uuid,
            "name": user.name,
            "accounttype": int(account_type(user)),
            "rolename": user.role,
            "domainid": call.server.domain_uuid,
            "domain": "ROOT",
            "state": "enabled",
            "user": [user_view(call.server, user)],
        }
        for user in call.server.users
    ]
    return matching(call, "account", rows, "id", "name", "domainid")


@command("listUsers", "id", "username", "account", "domainid", "accounttype", "state", *_PAGED)
def list_users(call: Call) -> Listing:
    rows = [user_view(call.server, user) for user in call.server.users]
    return matching(call, "user", rows, "id", "username", "account", "domainid")


def _user(call: Call) -> User:
    found = next((user for user in call.server.users if user.uuid == call.text("id")), None)
    if found is None:
        raise call.bad("id")
    return found


@command("getUser", "userapikey!")
def get_user(call: Call) -> Body:
    found = next((user for user in call.server.users if user.api_key == call.text("userapikey")), None)
    if found is None:
        raise call.bad("userapikey")
    return {"user": user_view(call.server, found)}


@command("getUserKeys", "id!", since=(4, 10, 0))
def get_user_keys(call: Call) -> Body:
    user = _user(call)
    return {"userkeys": {"apikey": user.api_key, "secretkey": user.secret}}


@command("registerUserKeys", "id!")
def register_user_keys(call: Call) -> Body:
    """New keys; the old ones are void at once."""
    user = _user(call)
    user.api_key, user.secret = call.server.tables.new_uuid(), call.server.tables.new_uuid()
    return {"userkeys": {"apikey": user.api_key, "secretkey": user.secret}}


@command("listRoles", "id", "name", "type", *_PAGED, since=(4, 9, 0))
def list_roles(call: Call) -> Listing:
    rows: list[Body] = [
        {"id": call.server.lasting_uuid(f"role {name}"), "name": name, "type": kind, "isdefault": True}
        for name, kind in _ROLE_TYPES.items()
    ]
    return matching(call, "role", rows, "id", "name", "type")


@command("listProjects", "id", "name", "domainid", "account", "state", *_PAGED)
def list_projects(call: Call) -> Listing:
    rows = [
        {
            "id": project.uuid,
            "name": project.name,
            "displaytext": project.name,
            "domainid": call.server.domain_uuid,
            "domain": "ROOT",
            "state": "Active",
            "created": date(project.created),
        }
        for project in call.server.tables.projects
    ]
    return matching(call, "project", rows, "id", "name", "state")


@command("listRegions", "id", "name", "page", "pagesize")
def list_regions(call: Call) -> Listing:
    return matching(call, "region", [{"id": 1, "name": "Local"}], "name")
