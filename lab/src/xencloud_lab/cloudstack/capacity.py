# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is allocated where, as CloudStack counts it (``cloudstack.md`` 6 and 1.9).

Moves behind its back do not change the count until the periodic check.
"""

from __future__ import annotations

from collections import Counter

from .rows import MIB, Cluster, Host, Instance
from .states import VmState
from .tables import Tables

CPU_MHZ = 2400
_RESERVE_BYTES = 128 * MIB


def memory_told(memory_mib: float, dom0_mib: float) -> int:
    """The memory of a host as its agent reports it, in bytes (``cloudstack.md`` 1.4)."""
    return int((memory_mib - dom0_mib) * MIB - _RESERVE_BYTES) * 63 // 64


class Capacity:
    """Allocated memory and CPU by host."""

    def __init__(self, tables: Tables, reserve_s: float) -> None:
        self._tables = tables
        self.reserve_s = reserve_s
        self.memory: Counter[int] = Counter()
        self.cpu: Counter[int] = Counter()

    def charge(self, host: Host, vm: Instance, sign: int = 1) -> None:
        """Count a VM on a host; with ``sign`` -1 no more."""
        self.memory[host.id] += sign * vm.offering.memory_mib * MIB
        self.cpu[host.id] += sign * vm.offering.cpus * vm.offering.cpu_mhz

    def release(self, host: Host, vm: Instance) -> None:
        self.charge(host, vm, -1)

    def recount(self) -> None:
        """The periodic check: from the instances as the database has them."""
        self.memory.clear()
        self.cpu.clear()
        for vm in self._tables.instances:
            if vm.host is not None and vm.on_a_host:
                self.charge(vm.host, vm)
            if vm.state is VmState.MIGRATING and vm.last_host is not None and vm.last_host is not vm.host:
                self.charge(vm.last_host, vm)

    def reserved(self, host: Host, now: float, without: Instance) -> int:
        """Memory kept for VMs that stopped here a short while ago."""
        return sum(
            vm.offering.memory_mib * MIB
            for vm in self._tables.stopped.values()
            if vm.last_host is host and vm is not without and now - vm.changed < self.reserve_s
        )

    def fits(self, host: Host, vm: Instance, now: float) -> bool:
        """Whether this host can take the VM by memory and CPU."""
        memory = self.memory[host.id] + self.reserved(host, now, vm) + vm.offering.memory_mib * MIB
        cpu = self.cpu[host.id] + vm.offering.cpus * vm.offering.cpu_mhz
        return memory <= self.memory_total(host) and cpu <= self.cpu_total(host)

    def memory_total(self, host: Host) -> int:
        """With overcommit."""
        return int(host.memory_bytes * host.cluster.memory_ratio)

    def cpu_total(self, host: Host) -> int:
        return int(host.cpus * CPU_MHZ * host.cluster.cpu_ratio)

    def shares(self, cluster: Cluster, vm: Instance) -> tuple[float, float]:
        """Shares of the cluster's memory and CPU that would be allocated with one more VM."""
        hosts = [host for host in self._tables.hosts_of(cluster) if host.usable]
        memory = sum(self.memory[h.id] for h in hosts) + vm.offering.memory_mib * MIB
        cpu = sum(self.cpu[h.id] for h in hosts) + vm.offering.cpus * vm.offering.cpu_mhz
        totals = sum(self.memory_total(h) for h in hosts), sum(self.cpu_total(h) for h in hosts)
        return memory / max(totals[0], 1), cpu / max(totals[1], 1)
