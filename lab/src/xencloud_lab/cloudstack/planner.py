# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a VM may go when CloudStack chooses (``cloudstack.md`` 6)."""

from __future__ import annotations

import typing as t
from random import Random

from .capacity import Capacity
from .errors import NoCapacity
from .profiles import Profile
from .rows import Host, Instance
from .settings import Settings
from .states import ON_A_HOST, Resource, Status
from .tables import Tables


class Planner:
    """Chooses hosts, and judges those that somebody else chose."""

    def __init__(
        self, tables: Tables, capacity: Capacity, settings: Settings, profile: Profile, random: Random
    ) -> None:
        self._tables = tables
        self._capacity = capacity
        self._settings = settings
        self._profile = profile
        self._random = random

    def choose(self, vm: Instance, now: float, avoid: t.Collection[Host] = ()) -> Host:
        """A host for this VM.

        :raises NoCapacity: there is none.
        """
        if self._over_threshold(vm):
            raise NoCapacity(f"Unable to create a deployment for VM instance {vm.name}")
        fitting = [host for host in self.suitable(vm, now) if host not in avoid]
        if not fitting:
            raise NoCapacity(f"Unable to create a deployment for VM instance {vm.name}")
        return self._pick(vm, fitting)

    def suitable(self, vm: Instance, now: float) -> list[Host]:
        """Hosts that the allocator would take, in the order of the database."""
        return [host for host in self._tables.hosts_of(vm.cluster) if self.suits(vm, host, now)]

    def suits(self, vm: Instance, host: Host, now: float) -> bool:
        """Whether a host is up, has room, and affinity allows it."""
        return (
            host.usable
            and host is not vm.host
            and not self.is_for_ha(host)
            and not host.dedicated_to
            and set(vm.offering.host_tags) <= set(host.tags)
            and self.below_guest_limit(host)
            and not self._conflicts(vm, host)
            and self._capacity.fits(host, vm, now)
        )

    def is_for_ha(self, host: Host) -> bool:
        """``listHosts.hahost``."""
        tag = self._settings.text("ha.tag")
        return bool(tag) and tag in host.tags

    def missing_strict_tags(self, vm: Instance, host: Host) -> set[str]:
        """Tags that the offering asks for, this host has not, and ``vm.strict.host.tags`` insists on."""
        strict = {tag.strip() for tag in self._settings.text("vm.strict.host.tags").split(",")}
        return (strict & set(vm.offering.host_tags)) - set(host.tags)

    def below_guest_limit(self, host: Host) -> bool:
        """Whether one more guest is allowed there, system VMs included."""
        return len(self._tables.instances_on(host)) < self._profile.guests_allowed(host.hypervisor_version)

    def _conflicts(self, vm: Instance, host: Host) -> bool:
        if vm.group is None:
            return False
        others = [other for other in self._tables.members_of(vm.group) if other is not vm]
        return any(other.host is host and other.state in ON_A_HOST for other in others)

    def _over_threshold(self, vm: Instance) -> bool:
        memory, cpu = self._capacity.shares(vm.cluster, vm)
        return memory > self._limit("memory", vm) or cpu > self._limit("cpu", vm)

    def _limit(self, kind: str, vm: Instance) -> float:
        return self._settings.number(f"cluster.{kind}.allocated.capacity.disablethreshold", vm.cluster)

    def _last_host(self, vm: Instance, hosts: list[Host]) -> Host | None:
        """Where it ran before is preferred; one version prefers it in maintenance too (issue 12045)."""
        last = vm.last_host
        if last in hosts:
            return last
        if last is None or last is vm.host or not self._profile.offers_last_host_in_maintenance:
            return None
        forgotten = last.status is Status.UP and last.resource is Resource.MAINTENANCE
        return last if forgotten and last.cluster is vm.cluster else None

    def _pick(self, vm: Instance, hosts: list[Host]) -> Host:
        last = self._last_host(vm, hosts)
        if last is not None:
            return last
        algorithm = self._settings.text("vm.allocation.algorithm")
        if algorithm == "random":
            return self._random.choice(hosts)
        if algorithm == "userdispersing":
            return min(hosts, key=lambda host: len(self._tables.instances_on(host)))
        if algorithm == "firstfitleastconsumed":
            return min(hosts, key=lambda host: self._capacity.memory[host.id])
        return hosts[0]
