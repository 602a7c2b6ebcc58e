# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is asked whether a VM lives (``cloudstack.md`` 5.2), in their order.

The agent of its host knows; a router can ping its users' VMs, and hosts can ping system VMs. A
ping is the network's business: it finds what runs, whatever databases say. No answer proves nothing.
"""

from __future__ import annotations

import typing as t

from . import agent
from .errors import AgentUnavailable
from .rows import Host, Instance
from .states import VmState

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .manager import ManagementServer


class Investigators:
    """They say alive, dead, or nothing."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server

    def is_alive(self, vm: Instance, host: Host) -> bool | None:
        """Whether the VM lives; None when nobody can tell."""
        verdict = self._by_agent(vm, host)
        if verdict is not None:
            return verdict
        pinged = self._by_hosts(vm) if vm.is_system else self._by_router(vm)
        return True if pinged else None

    def _by_agent(self, vm: Instance, host: Host) -> bool | None:
        """SimpleInvestigator: what the agent says is believed, dead included."""
        try:
            pool = self._server.hosts.reach(host)[0]
            return agent.running_vm(pool, vm.name) is not None
        except AgentUnavailable:
            return None

    def _by_router(self, vm: Instance) -> bool:
        """UserVmDomRInvestigator: the routers beside it try to ping it."""
        routers = [r for r in self._server.tables.instances if r.kind == "router" and r.state is VmState.RUNNING]
        return any(self._commanded(r.host) and self._on_the_network(r) for r in routers) and self._on_the_network(vm)

    def _by_hosts(self, vm: Instance) -> bool:
        """ManagementIPSysVMInvestigator: other hosts try to ping it."""
        others = [h for h in self._server.tables.hosts_of(vm.cluster) if h is not vm.host]
        return any(self._commanded(h) for h in others) and self._on_the_network(vm)

    def _commanded(self, host: Host | None) -> bool:
        return host is not None and host.attached

    def _on_the_network(self, vm: Instance) -> bool:
        """Whether a ping to it is answered: its machine runs and is connected."""
        return any(_reachable(machine) and _has(machine, vm) for machine in self._server.world.machines.values())


def _reachable(machine: Machine) -> bool:
    return machine.powered and machine.connected


def _has(machine: Machine, vm: Instance) -> bool:
    return any(domain.name == vm.name for domain in machine.domains.values())
