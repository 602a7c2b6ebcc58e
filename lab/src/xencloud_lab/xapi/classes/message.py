# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class message: what the pool tells people (``xapi.md`` 1.9, 11)."""

from __future__ import annotations

import typing as t

from .. import alerts
from ..errors import XapiError
from ..generic import record
from ..registry import Call, message

Records = dict[str, dict[str, t.Any]]


@message("message", "create")
def message_create(call: Call, name: str, priority: int, cls: str, obj_uuid: str, body: str) -> str:
    """Leave a message about an object that exists."""
    if cls not in alerts.TABLES:
        raise XapiError("UUID_INVALID", cls, obj_uuid)
    try:
        ref = call.db.by_uuid(alerts.TABLES[cls], obj_uuid)
    except XapiError as error:
        raise XapiError("UUID_INVALID", cls, obj_uuid) from error
    return alerts.create(call.db, call.now, name, priority, cls, ref, body)


@message("message", "destroy")
def message_destroy(call: Call, ref: str) -> None:
    call.db.row("message", ref)
    call.db.destroy("message", ref)


@message("message", "destroy_many")
def message_destroy_many(call: Call, refs: list[str]) -> None:
    for ref in refs:
        message_destroy(call, ref)


@message("message", "get")
def message_get(call: Call, cls: str, obj_uuid: str, since: str) -> Records:
    """Messages about one object since then."""
    rows = call.db.rows("message").items()
    refs = [r for r, m in rows if m["cls"] == cls and m["obj_uuid"] == obj_uuid and m["timestamp"] >= since]
    return {ref: record(call, "message", ref) for ref in refs}


@message("message", "get_since")
def message_get_since(call: Call, since: str) -> Records:
    """All messages since then."""
    refs = [ref for ref, row in call.db.rows("message").items() if row["timestamp"] >= since]
    return {ref: record(call, "message", ref) for ref in refs}
