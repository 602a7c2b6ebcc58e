# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an estate file to a world: machines, arrays, guests that run, and the pools' databases."""

from __future__ import annotations

import typing as t

from .cloudstack.build import build_cloudstack
from .cloudstack.names import instance_names
from .domains import Domain
from .durations import Durations
from .estate import Estate, HostSpec, PoolSpec, StorageSpec, VmSpec
from .machines import Machine
from .pools import Pool
from .power import Power
from .software import Software
from .storage import Storage
from .updates import package
from .world import World
from .xapi import equipment, generations, liveness, operations, pool_ha, roles
from .xapi.database import Database, uuid_text
from .xapi.populate import Populate
from .xapi.profiles import profile
from .xapi.role import Role
from .xapi.rows import host_ref, pool_ref

GIB_IN_MIB = 1024
GIB = 1024**3
UPTIME_S = 30 * 86400.0


def build(estate: Estate) -> World:
    """The world of an estate at its first moment, long after everything was set up."""
    world = World(estate.seed, estate.start_time, Durations(**estate.durations))
    names = instance_names(estate)
    for spec in estate.pools:
        PoolBuilder(world, spec, names).build()
    build_cloudstack(world, estate)
    for fault in estate.faults:
        world.faults.add(fault)
    return world


class PoolBuilder:
    """One pool of the estate."""

    def __init__(self, world: World, spec: PoolSpec, names: t.Mapping[tuple[str, str], str]) -> None:
        self._world = world
        self._spec = spec
        self._names = names
        self._pool = Pool(world, spec.name, profile(spec.product), spec.password)
        self._db = Database(world.random, self._pool.profile.release)
        self._rows = Populate(self._db, self._pool.profile, world.timeline.now, spec.edition)

    def build(self) -> Pool:
        """Everything of this pool, in an order in which each part finds what it refers to."""
        self._world.pools[self._spec.name] = self._pool
        self._pool.cluster = self._spec.cluster.name if self._spec.cluster else None
        self._rows.pool(self._spec.name)
        for host in self._spec.hosts:
            self._host(host)
        for sr in self._spec.storage:
            self._storage(sr)
        for vm in self._spec.vms:
            self._guests(vm)
        self._roles()
        self._start()
        return self._pool

    # machines -----------------------------------------------------------------------------

    def _host(self, spec: HostSpec) -> None:
        machine = Machine(self._world, spec.name, spec.address, self._uuid(), self._software(spec))
        machine.toolstack.pool_name = self._pool.name
        machine.memory_mib = round(spec.memory_gib * GIB_IN_MIB)
        machine.dom0_mib = round(spec.dom0_gib * GIB_IN_MIB)
        machine.cpus = spec.cpus
        machine.clock_ahead_s = spec.clock_ahead_s
        machine.power = Power(spec.power)
        machine.boot_time = self._world.timeline.now - UPTIME_S
        machine.toolstack.start_time = machine.boot_time + 60
        self._world.add_machine(machine)
        self._pool.machines.append(machine)
        host = self._rows.host(machine, enabled=spec.enabled, live=machine.powered, tags=list(spec.tags))
        equipment.furnish(self._db, host, spec, self._spec.licence_days, self._world.timeline.now)

    def _software(self, spec: HostSpec) -> Software:
        software = Software(dict(self._pool.profile.software_version))
        software.repository = [package(update) for update in self._spec.updates]
        if spec.updated:
            software.install()
            software.booted()
        return software

    # storage ------------------------------------------------------------------------------

    def _storage(self, spec: StorageSpec) -> None:
        names = list(spec.hosts or [host.name for host in self._spec.hosts])
        if spec.shared:
            self._array(spec, spec.name, names)
            return
        for name in names:
            self._array(spec, f"{spec.name}-{name}", [name])

    def _array(self, spec: StorageSpec, label: str, names: list[str]) -> None:
        size = round(spec.size_gib * GIB)
        storage = Storage(self._uuid(), spec.name, spec.type, spec.shared, size, set(names), server=spec.server)
        self._world.storage[storage.uuid] = storage
        self._rows.sr(storage, label, [self._world.machines[name] for name in names])

    def _sr_for(self, spec: VmSpec, host: str) -> str | None:
        default = self._spec.shared_storage()
        name = spec.disk_sr or (default.name if default else None)
        if name is None:
            return None
        found = self._db.find("SR", name_label=name) or self._db.find("SR", name_label=f"{name}-{host}")
        return found[0] if found else None

    # guests -------------------------------------------------------------------------------

    def _guests(self, spec: VmSpec) -> None:
        hosts = self._spec.hosts_of(spec)
        for number, name in enumerate(spec.names()):
            host = hosts[number % len(hosts)]
            running = spec.power == "running" and self._world.machines[host].powered
            self._guest(spec, self._names[self._spec.name, name], host, running=running)

    def _guest(self, spec: VmSpec, label: str, host: str, *, running: bool) -> None:
        machine, memory_mib = self._world.machines[host], round(spec.memory_gib * GIB_IN_MIB)
        vm_uuid = self._uuid()
        vm = self._rows.vm(vm_uuid, label, memory_mib, spec.vcpus, tools=spec.guest_tools)
        self._db.set("VM", vm, tags=list(spec.tags), ha_restart_priority=spec.priority)
        sr = self._sr_for(spec, host)
        if sr is not None:
            self._rows.disk(vm, sr, round(spec.disk_gib * GIB))
        if running:
            self._db.set("VM", vm, ha_always_run=spec.priority == "restart")
            self._rows.runs(vm, host_ref(self._db, machine))
            machine.domains[vm_uuid] = Domain(vm_uuid, label, memory_mib, host, self._world.timeline.now)
            self._world.book.domain_started(vm_uuid, label, host, at_start_of_world=True)

    # life ---------------------------------------------------------------------------------

    def _roles(self) -> None:
        master = self._world.machines[self._spec.master.name]
        self._db.set("pool", pool_ref(self._db), master=host_ref(self._db, master))
        for machine in self._pool.machines:
            toolstack = machine.toolstack
            toolstack.running = toolstack.storage_started = machine.powered
            toolstack.role, toolstack.master_address = Role.SLAVE, master.address
        roles.become_master(master.toolstack, self._db)

    def _start(self) -> None:
        master, ha = self._world.machines[self._spec.master.name].toolstack, self._spec.ha
        book = self._world.book
        n = ha.host_failures_to_tolerate
        self._db.set("pool", pool_ref(self._db), ha_host_failures_to_tolerate=n)
        if ha.enabled:
            configuration = {} if ha.timeout is None else {"timeout": str(ha.timeout)}
            pool_ha.arm_at_start(master, self._db, self._heartbeat_sr(), configuration)
        book.ha_changed(self._pool.name, ha.enabled)
        for host in self._spec.hosts:
            machine = self._world.machines[host.name]
            machine.toolstack.user_disabled = not host.enabled
            book.level_seen(self._pool.name, host.name, self._pool.levels())
            master.heard[machine.uuid] = self._world.timeline.now
        generations.begin(self._pool, self._db)
        operations.refresh_all(self._db)
        if master.running:
            liveness.begin_with_the_world(master)
        master.tell_masters()

    def _heartbeat_sr(self) -> str:
        """The SR that the file means; a member that is down since before had it once."""
        shared = self._spec.shared_storage()
        name = self._spec.ha.heartbeat_sr or (shared.name if shared else "")
        labels = [name, *(f"{name}-{host.name}" for host in self._spec.hosts)]
        return next(ref for label in labels for ref in self._db.find("SR", name_label=label))

    def _uuid(self) -> str:
        return uuid_text(self._world.random)
