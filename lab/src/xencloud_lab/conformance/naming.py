# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a symbol of a recording means in the lab: objects by their class and name."""

from __future__ import annotations

import typing as t

from ..world import World
from ..xapi.database import Database, Row
from ..xapi.model import load

_OWN_NAME = {
    "host": "name_label",
    "vm": "name_label",
    "sr": "name_label",
    "vdi": "name_label",
    "task": "name_label",
    "network": "bridge",
    "sm": "type",
    "message": "name",
}
_OWNER = {
    "host_metrics": ("host", "metrics"),
    "vm_metrics": ("VM", "metrics"),
    "vm_guest_metrics": ("VM", "guest_metrics"),
}


class Naming:
    """Looks symbols up in the database of the pool that the replay talks to."""

    def __init__(self, world: World, password: str) -> None:
        self._world = world
        self._password = password
        self.sessions: dict[str, str] = {}

    def lookup(self, symbol: str) -> str | None:
        """The value of a symbol, or None when it is no name of anything here."""
        kind, _colon, name = symbol[1:].partition(":")
        match kind:
            case "password":
                return self._password
            case "address":
                return self._address(name)
            case "session":
                return self.sessions.get(name)
            case "uuid":
                return self._uuid(name)
            case "mac":
                return self._first("PIF", "MAC", name)
            case "pool":
                return self._reference("pool", "")
            case "gateway":
                return self._gateway()
            case _:
                return self._reference(kind, name)

    def exists(self, ref: str) -> bool:
        """Whether a reference is one of a row that somebody has."""
        return any(ref in rows for db in self._databases() for rows in db.tables.values())

    def _address(self, name: str) -> str | None:
        if name == "nobody":
            return "127.0.1.250"
        machine = self._world.machines.get(name)
        return machine.address if machine else None

    def _first(self, cls: str, field: str, host: str) -> str | None:
        for db in self._databases():
            for row in db.rows(cls).values():
                if db.row("host", row["host"])["name_label"] == host:
                    return str(row[field])
        return None

    def _gateway(self) -> str | None:
        rows = (row for db in self._databases() for row in db.rows("PIF").values())
        return next((str(row["gateway"]) for row in rows if row["gateway"]), None)

    def _uuid(self, name: str) -> str | None:
        kind, _colon, own = name.partition(":")
        for db in self._databases():
            ref = self._find(db, kind, own)
            if ref is not None:
                return str(db.row(class_of(kind), ref)["uuid"])
        return None

    def _reference(self, kind: str, name: str) -> str | None:
        found = (self._find(db, kind, name) for db in self._databases())
        return next((ref for ref in found if ref is not None), None)

    def _databases(self) -> list[Database]:
        """Those that somebody serves come first, then those of machines that are off."""
        stacks = [machine.toolstack for machine in self._world.machines.values()]
        stacks.sort(key=lambda stack: not stack.serves_as_master)
        return [stack.db for stack in stacks if stack.db is not None]

    def _find(self, db: Database, kind: str, name: str) -> str | None:
        own, _hash, number = name.rpartition("#") if "#" in name else (name, "", "1")
        if class_of(kind) not in load().classes:
            return None
        rows = db.rows(class_of(kind)).items()
        found = [ref for ref, row in rows if _is_named(db, kind, ref, row, own)]
        place = int(number) - 1 if number.isdigit() else 0
        return found[place] if place < len(found) else None


def class_of(kind: str) -> str:
    """The class that a kind of symbols stands for."""
    if kind == "dom0":
        return "VM"
    return next((cls for cls in load().classes if cls.lower() == kind), kind)


def _is_named(db: Database, kind: str, ref: str, row: Row, name: str) -> bool:
    match kind:
        case "pool":
            return True
        case "dom0":
            return bool(row["is_control_domain"]) and _label(db, "host", row["resident_on"]) == name
        case "pbd":
            return f"{_label(db, 'host', row['host'])}:{_label(db, 'SR', row['SR'])}" == name
        case "vbd":
            return f"{_label(db, 'VM', row['VM'])}:{row['userdevice']}" == name
        case "pif":
            return f"{_label(db, 'host', row['host'])}:{row['device']}" == name
        case "pif_metrics":
            return any(p["metrics"] == ref and _is_named(db, "pif", r, p, name) for r, p in db.rows("PIF").items())
        case "console":
            return _console(db, row) == name
        case "certificate":
            return f"{row['type']}:{_label(db, 'host', row['host'])}" == name
        case "host_cpu":
            return f"{_label(db, 'host', row['host'])}:{row['number']}" == name
        case _ if kind in _OWNER:
            cls, field = _OWNER[kind]
            if name.startswith("dom0:"):
                name = f"Control domain on host: {name.removeprefix('dom0:')}"
            return any(owner[field] == ref and owner["name_label"] == name for owner in db.rows(cls).values())
        case _:
            return kind in _OWN_NAME and row[_OWN_NAME[kind]] == name


def _console(db: Database, row: Row) -> str:
    vm = db.row("VM", row["VM"])
    owner = f"dom0:{_label(db, 'host', vm['resident_on'])}" if vm["is_control_domain"] else vm["name_label"]
    return f"{owner}:{row['protocol']}"


def _label(db: Database, cls: str, ref: t.Any) -> str:
    return str(db.row(cls, ref)["name_label"]) if db.exists(cls, ref) else ""
