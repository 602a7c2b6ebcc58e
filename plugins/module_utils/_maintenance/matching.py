# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host of the pool is which host of CloudStack, and which VM is which instance.

Neither side names the other's ids: hosts are matched by address, VMs by their internal name (cloudstack.md 2.10, 1.8).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .cluster import CloudPicture, CsHost, Instance
from .estate import Host, Pool, Vm
from .facts import Facts

# i-2-7-VM, r-4-VM, s-1-VM, v-2-VM, b-9-VM; an installation may end them otherwise than in VM.
_CLOUDSTACK_NAME = re.compile(r"(i-\d+|[rsvb])-\d+-\S+")


@dataclass(frozen=True, slots=True)
class HostPair:
    """One host as both see it."""

    pool: Host
    cloud: CsHost


@dataclass(frozen=True, slots=True)
class VmPair:
    """A guest that is on a host now; ``instance`` is None when CloudStack does not know it."""

    vm: Vm
    instance: Instance | None

    @property
    def looks_like_cloudstack(self) -> bool:
        """It is named as CloudStack names its VMs, whether CloudStack knows it or not."""
        return _CLOUDSTACK_NAME.fullmatch(self.vm.name) is not None

    @property
    def label(self) -> str:
        """What people call it."""
        return self.vm.name if self.instance is None else self.instance.name


@dataclass(frozen=True, slots=True)
class Estate:
    """A pool and its cluster, brought together."""

    pool: Pool
    cloud: CloudPicture
    hosts: tuple[HostPair, ...]
    pool_only: tuple[Host, ...]
    cloud_only: tuple[CsHost, ...]
    vms: tuple[VmPair, ...]
    ghosts: tuple[Instance, ...]
    facts: Facts = field(default_factory=Facts)

    def cloud_host(self, host: Host) -> CsHost | None:
        """CloudStack's side of a host."""
        return next((pair.cloud for pair in self.hosts if pair.pool.ref == host.ref), None)

    def vms_on(self, host: Host) -> tuple[VmPair, ...]:
        """The guests that are on a host."""
        return tuple(pair for pair in self.vms if pair.vm.host == host.ref)


def match(pool: Pool, cloud: CloudPicture) -> Estate:
    """Bring both pictures together; whatever has no counterpart is kept, to be complained of."""
    by_address = {each.ip_address: each for each in cloud.hosts}
    known = {each.address for each in pool.hosts}
    ordered = sorted(pool.hosts, key=lambda each: (each.name, each.uuid))
    by_name = {each.instance_name: each for each in cloud.instances}
    guests = sorted((vm for vm in pool.vms if vm.is_guest), key=lambda vm: (vm.name, vm.uuid))
    present = {vm.name for vm in guests}
    return Estate(
        pool=pool,
        cloud=cloud,
        hosts=tuple(HostPair(each, by_address[each.address]) for each in ordered if each.address in by_address),
        pool_only=tuple(each for each in ordered if each.address not in by_address),
        cloud_only=tuple(each for each in cloud.hosts if each.ip_address not in known),
        vms=tuple(VmPair(vm, by_name.get(vm.name)) for vm in guests),
        ghosts=tuple(each for each in cloud.instances if each.state == "Running" and each.instance_name not in present),
    )
