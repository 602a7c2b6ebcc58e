# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XenServerFencer: a stale heartbeat file is proof enough (``cloudstack.md`` 1.5, 5.4).

It looks at the file only. A VM of that name that XAPI runs elsewhere by now is declared halted
while it runs: whoever starts it next runs it twice.
"""

from __future__ import annotations

import typing as t

from . import agent
from .errors import AgentUnavailable
from .rows import Host, Instance
from .states import Status
from .xen import FAILURES, Session

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class Fencer:
    """Makes sure, as it sees it, that a VM is dead."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server

    def fence(self, vm: Instance, host: Host) -> bool:
        """Whether a neighbour could do it."""
        for neighbour in self._neighbours(host):
            try:
                pool = self._server.hosts.reach(neighbour)[0]
                if not self._server.heartbeats.stale(host):
                    return False
                self._reset(pool, vm)
            except (*FAILURES, AgentUnavailable):
                continue
            return True
        return False

    def _neighbours(self, host: Host) -> list[Host]:
        beside = self._server.tables.hosts_of(host.cluster)
        return [h for h in beside if h is not host and h.status is Status.UP and h.attached]

    def _reset(self, pool: Session, vm: Instance) -> None:
        for ref, record in agent.find_vms(pool, vm.name):
            if record["power_state"] != "Halted":
                pool.ask("VM.power_state_reset", ref)
                self._tell_the_truth(vm)

    def _tell_the_truth(self, vm: Instance) -> None:
        """Two captains: the book knows when the fenced VM lives."""
        for machine in self._server.world.machines.values():
            if machine.powered and any(domain.name == vm.name for domain in machine.domains.values()):
                self._server.world.book.note("fenced_alive", vm.name, machine.name)
