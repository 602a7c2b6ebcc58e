# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events and alerts (``cloudstack.md`` 2.16): what CloudStack tells about itself."""

from __future__ import annotations

from .rows import AlertRow, EventRow, Host, Instance, Row
from .tables import Tables

ALERT_NAMES = {
    7: "ALERT.COMPUTE.HOST",
    8: "ALERT.USERVM",
    9: "ALERT.SERVICE.DOMAINROUTER",
    10: "ALERT.SERVICE.CONSOLEPROXY",
    14: "ALERT.MANAGEMENT",
    15: "ALERT.NETWORK.DOMAINROUTERMIGRATE",
    16: "ALERT.SERVICE.CONSOLEPROXYMIGRATE",
    17: "ALERT.USERVM.MIGRATE",
    27: "ALERT.TYPE.SYNC",
    30: "ALERT.HA.ACTION",
}
HOST_ALERT = 7
SYNC_ALERT = 27
HA_ALERT = 30
_MIGRATION_ALERTS = {"router": 15, "internal_lb": 15, "console_proxy": 16}


def migration_alert(vm: Instance) -> int:
    """The type of the alert about a VM that could not be migrated."""
    return _MIGRATION_ALERTS.get(vm.kind, 17)


class Journal:
    """Writes into the tables of events and alerts."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def event(
        self,
        now: float,
        type_name: str,
        description: str,
        *,
        state: str = "Completed",
        level: str = "INFO",
        about: Row | None = None,
        start: EventRow | None = None,
    ) -> EventRow:
        """Add an event; ``start`` is the first of a series."""
        table = self._tables.events
        row = EventRow(
            table.next_id(),
            self._tables.new_uuid(),
            type_name,
            now,
            level,
            description,
            state,
            about.uuid if about else None,
            type(about).__name__ if about else None,
            start.uuid if start else None,
        )
        return table.add(row)

    def alert(self, now: float, type_number: int, description: str) -> AlertRow:
        """Add an alert."""
        table = self._tables.alerts
        name = ALERT_NAMES[type_number]
        return table.add(AlertRow(table.next_id(), self._tables.new_uuid(), name, now, type_number, description))


def place(host: Host) -> str:
    """How alerts name a host."""
    pod = host.cluster.pod
    return f"name: {host.name} (id:{host.id}), availability zone: {pod.zone.name}, pod: {pod.name}"
