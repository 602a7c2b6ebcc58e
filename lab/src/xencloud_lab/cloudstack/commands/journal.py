# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events and alerts, newest first."""

from __future__ import annotations

from ..call import Call
from ..envelope import date, known
from ..filters import matches
from ..registry import Listing, command
from ..views.instances import owner


@command(
    "listEvents",
    *("id", "type", "level", "startdate", "enddate", "resourceid", "resourcetype", "state", "startid", "listall"),
    *("keyword", "page", "pagesize"),
)
def list_events(call: Call) -> Listing:
    """What an event was about is a field of its own since 4.17 (``cloudstack.md`` 2.16)."""
    shows_resource = call.server.profile.since(4, 17)
    rows = [
        known(
            {
                "id": e.uuid,
                "username": "admin",
                "type": e.name,
                "level": e.level,
                "description": e.description,
                **owner(call.server),
                "created": date(e.created),
                "state": e.state,
                "parentid": e.start_uuid,
                "resourceid": e.resource_uuid if shows_resource else None,
                "resourcetype": e.resource_type if shows_resource else None,
                "archived": False,
            }
        )
        for e in reversed(list(call.server.tables.events))
        if matches(call, id=e.uuid, type=e.name, level=e.level, resourceid=e.resource_uuid, state=e.state)
        and call.text("startid") in ("", e.uuid, e.start_uuid)
        and call.text("keyword").lower() in e.description.lower()
    ]
    return Listing("event", rows)


@command("listAlerts", "id", "type", "name", "keyword", "page", "pagesize")
def list_alerts(call: Call) -> Listing:
    rows = [
        {"id": a.uuid, "type": a.type, "name": a.name, "description": a.description, "sent": date(a.created)}
        for a in reversed(list(call.server.tables.alerts))
        if matches(call, id=a.uuid, type=str(a.type), name=a.name)
        and call.text("keyword").lower() in a.description.lower()
    ]
    return Listing("alert", rows)
