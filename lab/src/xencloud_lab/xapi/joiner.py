# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The effect of pool.join: rows copied, PBDs for shared storage, a new member (``xapi.md`` 4.1).

References change, uuids stay; the host is in the pool's list at once and lives some seconds later.
"""

from __future__ import annotations

import typing as t

from . import operations
from .role import Role
from .rows import host_ref, set_live

if t.TYPE_CHECKING:
    from .database import Database, Row
    from .join import Join

CLASSES = (
    "host",
    "host_metrics",
    "host_cpu",
    "PIF",
    "PIF_metrics",
    "network",
    "SR",
    "PBD",
    "VDI",
    "VM",
    "VM_metrics",
    "VM_guest_metrics",
    "VBD",
    "VIF",
)
AGAIN = ("PIF", "PIF_metrics")  # a join that is repeated doubles these (xapi_observed.md, surprise 10)


class Joiner:
    """One host on its way into a pool."""

    def __init__(self, join: Join) -> None:
        self._join = join
        self._refs: dict[str, str] = {}

    def submit(self) -> None:
        """The call is about to answer: the pool knows the host; the switch comes with the fuse."""
        joiner, durations = self._join.joiner, self._join.joiner.world.durations
        self._copy_rows()
        host = host_ref(self._join.pool_db, joiner.machine)
        self._connect_storage(host)
        operations.refresh_host(self._join.pool_db, host)
        joiner.moves_to = self._join.master.pool_name
        joiner.committed = (Role.SLAVE, self._join.master.machine.address)
        self._join.master.heard[joiner.machine.uuid] = joiner.world.timeline.now
        joiner.later(durations.join + durations.join_live, self._lives, host)
        joiner.later(durations.join + durations.fuse, joiner.restart)

    def _lives(self, host: str) -> None:
        if self._join.pool_db.exists("host", host):
            set_live(self._join.pool_db, host, True, self._join.joiner.world.timeline.now)

    # rows ---------------------------------------------------------------------------------

    def _copy_rows(self) -> None:
        source, target = self._join.db, self._join.pool_db
        own = source.row("host", host_ref(source, self._join.joiner.machine))["uuid"]
        known = target.find("host", uuid=own)
        classes = AGAIN if known else CLASSES
        for ref in source.rows("host"):
            self._refs[ref] = known[0] if known else f"OpaqueRef:{target.new_uuid()}"
        self._map_networks(source, target)
        rows = [(cls, ref) for cls in classes for ref in source.rows(cls) if cls != "network" or ref not in self._refs]
        for _cls, ref in rows:
            self._refs.setdefault(ref, f"OpaqueRef:{target.new_uuid()}")
        for cls, ref in rows:
            self._copy(cls, source.row(cls, ref), self._refs[ref])

    def _map_networks(self, source: Database, target: Database) -> None:
        """Networks of the same bridge become one."""
        for ref, row in source.rows("network").items():
            same = target.find("network", bridge=row["bridge"])
            if same:
                self._refs[ref] = same[0]

    def _copy(self, cls: str, row: Row, ref: str) -> None:
        values = {name: self._mapped(value) for name, value in row.items()}
        if cls == "host":
            values |= {"enabled": False, "current_operations": {}}
        if cls == "host_metrics":
            values["live"] = False
        if cls == "PBD":
            values["currently_attached"] = False
        if cls in AGAIN and "uuid" in values and self._join.pool_db.find(cls, uuid=values["uuid"]):
            values["uuid"] = self._join.pool_db.new_uuid()
        self._join.pool_db.create(cls, ref=ref, **values)

    def _mapped(self, value: t.Any) -> t.Any:
        """The value with references to copied rows."""
        if isinstance(value, str):
            return self._refs.get(value, value)
        if isinstance(value, list):
            return [self._mapped(item) for item in value]
        if isinstance(value, dict):
            return {self._mapped(key): self._mapped(item) for key, item in value.items()}
        return value

    # storage ------------------------------------------------------------------------------

    def _connect_storage(self, host: str) -> None:
        """Every shared SR gets a PBD on the newcomer, and its array a cable."""
        db, machine = self._join.pool_db, self._join.joiner.machine
        there = {db.row("PBD", pbd)["SR"] for pbd in db.related("host", host, "PBDs")}
        for sr, row in db.rows("SR").items():
            if not row["shared"] or sr in there:
                continue
            config = [db.row("PBD", pbd)["device_config"] for pbd in db.related("SR", sr, "PBDs")]
            db.create(
                "PBD", SR=sr, host=host, device_config=dict(config[0]) if config else {}, currently_attached=False
            )
            array = machine.world.storage.get(row["uuid"])
            if array is not None:
                array.machines.add(machine.name)
