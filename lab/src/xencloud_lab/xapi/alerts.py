# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages (class ``message``) that the pool leaves for people (``xapi.md`` 11, end)."""

from __future__ import annotations

import typing as t

from .rows import stamp

if t.TYPE_CHECKING:
    from .database import Database

TABLES = {"Host": "host", "Pool": "pool", "VM": "VM", "SR": "SR"}


def create(db: Database, now: float, name: str, priority: int, cls: str, ref: str, body: str = "") -> str:
    """Leave a message about an object; ``cls`` in the spelling of message.cls."""
    uuid = db.row(TABLES[cls], ref)["uuid"]
    return db.create("message", name=name, priority=priority, cls=cls, obj_uuid=uuid, timestamp=stamp(now), body=body)


def vm_started(db: Database, now: float, vm: str, name: str = "VM_STARTED") -> str:
    """A VM runs: the body says which and where (transcript ``wire_wrong_types_xmlrpc``)."""
    row = db.row("VM", vm)
    host = db.row("host", row["resident_on"])
    what = f"VM '{row['name_label']}' (uuid: {row['uuid']})"
    verb = "started" if name == "VM_STARTED" else "resumed"
    body = f"{what} {verb} on host: {host['name_label']} (uuid: {host['uuid']})"
    return create(db, now, name, 5, "VM", vm, body)
