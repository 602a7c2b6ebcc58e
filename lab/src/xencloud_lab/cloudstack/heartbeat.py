# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heartbeat script that CloudStack starts in every dom0 (``cloudstack.md`` 1.5).

This part is physics: it runs in the machines, whoever manages them, until they go down. It writes
a file on shared storage, and resets its machine when it cannot.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .rows import Host

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .manager import ManagementServer


@dataclass(slots=True, eq=False)
class Heartbeat:
    """The script in one machine, and the time in its file."""

    storage: list[str]
    boot_time: float
    written: float


class Heartbeats:
    """All of them, by host uuid."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._scripts: dict[str, Heartbeat] = {}
        self._installed: dict[str, str] = {}

    def install(self, host: Host) -> None:
        """Copy the scripts into its dom0; an upgrade of dom0 wipes them, whatever tags say (``cloudstack.md`` 1.4)."""
        machine = self._machine(host.guid)
        if machine is not None:
            self._installed[host.guid] = _product(machine)

    def launch(self, host: Host, storage: list[str]) -> None:
        """Start the script anew; the old one is killed."""
        machine = self._machine(host.guid)
        if machine is None or not machine.powered:
            return
        if not self.holds_scripts(machine):
            self._server.world.book.note("dom0_scripts_missing", machine.name)
        else:
            self._scripts[host.guid] = Heartbeat(storage, machine.boot_time, self._server.now)

    def holds_scripts(self, machine: Machine) -> bool:
        """Whether what was copied into this dom0 is still there."""
        return self._installed.get(machine.uuid) == _product(machine)

    def beat(self) -> None:
        """Every script that still runs writes its file."""
        for guid, script in list(self._scripts.items()):
            machine = self._machine(guid)
            if machine is not None and machine.powered and machine.boot_time == script.boot_time:
                self._write(machine, script)
        self._server.world.timeline.after(self._server.durations.heartbeat, self.beat)

    def stale(self, host: Host) -> bool:
        """What a neighbour finds in this host's file."""
        script = self._scripts.get(host.guid)
        return script is None or self._server.now - script.written > self._server.durations.heartbeat_stale

    def _write(self, machine: Machine, script: Heartbeat) -> None:
        arrays = [self._server.world.storage.get(uuid) for uuid in script.storage]
        if not script.storage or any(array is not None and array.reaches(machine.name) for array in arrays):
            script.written = self._server.now
        elif self._server.now - script.written >= self._server.durations.heartbeat_stale:
            self._server.world.book.note("heartbeat_fence", machine.name)
            machine.reset()

    def _machine(self, guid: str) -> Machine | None:
        return self._server.world.machine_of(guid)


def _product(machine: Machine) -> str:
    return str(machine.software.running.get("product_version", ""))
