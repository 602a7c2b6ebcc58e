# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an estate to a management server that has known it for a month."""

from __future__ import annotations

import typing as t

from ..estate import CloudStackSpec, Estate, HostSpec, PoolSpec, VmSpec
from . import agent
from .capacity import CPU_MHZ, memory_told
from .errors import AgentUnavailable
from .manager import ManagementServer
from .names import belongs_to_cloudstack, instance_names
from .rows import AffinityGroup, Cluster, Host, Instance, Offering, Pod, Project, StoragePool, Zone
from .states import Status, VmState
from .users import User
from .xen import FAILURES

if t.TYPE_CHECKING:
    from ..world import World

GIB_IN_MIB = 1024
GIB = 1024**3
_VM_MHZ = 1000
_SYSTEM_OFFERINGS = {
    "router": ("System Offering For Software Router", "domainrouter"),
    "internal_lb": ("System Offering For Internal LB VM", "internalloadbalancervm"),
    "console_proxy": ("System Offering For Console Proxy", "consoleproxy"),
    "secondary_storage": ("System Offering For Secondary Storage VM", "secondarystoragevm"),
}


def build_cloudstack(world: World, estate: Estate) -> ManagementServer | None:
    """The management server of the estate, running; call it when the pools are there."""
    if estate.cloudstack is None:
        return None
    server = Builder(world, estate, estate.cloudstack).build()
    world.cloudstack = server
    return server


class Builder:
    """Fills the tables, and connects what can be connected."""

    def __init__(self, world: World, estate: Estate, spec: CloudStackSpec) -> None:
        self._world = world
        self._estate = estate
        self._spec = spec
        self._server = ManagementServer(world, spec.version, {spec.api_key: spec.api_secret}, dict(spec.settings))
        self._server.address = spec.address
        self._tables = self._server.tables
        self._names = instance_names(estate)
        self._running = {d.name: m.name for m in world.machines.values() for d in m.domains.values()}
        self._offerings: dict[tuple[str, int, int, bool], Offering] = {}
        self._groups: dict[str, AffinityGroup] = {}

    def build(self) -> ManagementServer:
        self._users()
        self._pod(self._spec.zone, self._spec.pod)
        for spec in self._estate.pools:
            if spec.cluster is not None:
                self._cluster(spec, self._pod(spec.cluster.zone or self._spec.zone, spec.cluster.pod or self._spec.pod))
        self._server.start()
        for host in self._tables.hosts:
            self._attach(host)
        self._server.heartbeats.beat()
        return self._server

    def _users(self) -> None:
        for spec in self._spec.users:
            ids = self._tables.new_uuid(), self._tables.new_uuid()
            self._server.users.add(User(spec.name, *ids, spec.api_key, spec.api_secret, spec.role, spec.password))

    def _pod(self, zone_name: str, name: str) -> Pod:
        """The pod with this name in the zone with that one, made on first use."""
        tables = self._tables
        zone = next((z for z in tables.zones if z.name == zone_name), None)
        if zone is None:
            zone = tables.zones.add(Zone(*self._row(tables.zones.next_id(), zone_name)))
        pod = next((p for p in tables.pods if p.name == name and p.zone is zone), None)
        return pod or tables.pods.add(Pod(*self._row(tables.pods.next_id(), name), zone))

    def _project(self, spec: VmSpec) -> Project | None:
        tables = self._tables
        if spec.project is None:
            return None
        found = next((p for p in tables.projects if p.name == spec.project), None)
        return found or tables.projects.add(Project(*self._row(tables.projects.next_id(), spec.project)))

    def _row(self, number: int, name: str) -> tuple[int, str, str, float]:
        return number, self._tables.new_uuid(), name, self._server.long_ago

    # rows ---------------------------------------------------------------------------------

    def _cluster(self, spec: PoolSpec, pod: Pod) -> None:
        assert spec.cluster is not None
        row = self._row(self._tables.clusters.next_id(), spec.cluster.name)
        cluster = Cluster(*row, pod, "", spec.password)
        cluster.cpu_ratio = self._server.settings.number("cpu.overprovisioning.factor")
        cluster.memory_ratio = self._server.settings.number("mem.overprovisioning.factor")
        cluster.allocation_state = spec.cluster.allocation_state
        cluster.managed_state = spec.cluster.managed_state
        self._tables.clusters.add(cluster)
        self._world.book.managed_changed(cluster.name, cluster.managed)
        for host in spec.hosts:
            self._host(host, cluster)
        cluster.guid = self._pool_uuid(cluster)
        self._storage(spec, cluster)
        for vm in spec.vms:
            if belongs_to_cloudstack(spec, vm):
                self._instances(spec, vm, cluster)

    def _host(self, spec: HostSpec, cluster: Cluster) -> None:
        machine = self._world.machines[spec.name]
        memory = memory_told(spec.memory_gib * GIB_IN_MIB, spec.dom0_gib * GIB_IN_MIB)
        row = self._row(self._tables.hosts.next_id(), spec.name)
        version = machine.software.running["product_version"]
        host = Host(*row, cluster, spec.address, machine.uuid, spec.cpus, memory, version, Status.DISCONNECTED)
        self._tables.hosts.add(host)

    def _pool_uuid(self, cluster: Cluster) -> str:
        for host in self._tables.hosts_of(cluster):
            try:
                session = self._server.hosts.connection(cluster).log_in(host)
                return str(next(iter(session.ask("pool.get_all_records").values()))["uuid"])
            except FAILURES:
                continue
        return ""

    def _storage(self, spec: PoolSpec, cluster: Cluster) -> None:
        for sr in spec.storage:
            for owner in [""] if sr.shared else sr.hosts or [h.name for h in spec.hosts]:
                row = self._row(self._tables.storage.next_id(), f"{sr.name}-{owner}" if owner else sr.name)
                host = next((h for h in self._tables.hosts_of(cluster) if h.name == owner), None)
                self._tables.storage.add(StoragePool(*row, cluster, sr.type, sr.shared, round(sr.size_gib * GIB), host))

    def _instances(self, pool: PoolSpec, spec: VmSpec, cluster: Cluster) -> None:
        hosts = {host.name: host for host in self._tables.hosts_of(cluster)}
        for name in spec.names():
            label = self._names[pool.name, name]
            number = self._tables.instances.next_id()
            machine = self._running.get(label)
            host = hosts.get(machine or "")
            row = self._row(number, label)
            kind = str(spec.owner)
            vm = Instance(*row, kind, name if kind == "user" else label, self._offering(spec), cluster)
            vm.host = vm.last_host = host
            vm.state = VmState.RUNNING if host else VmState.STOPPED
            vm.storage = self._storage_of(pool, spec, host, cluster)
            vm.disk_bytes = round(spec.disk_gib * GIB)
            vm.group, vm.project = self._group(spec), self._project(spec)
            vm.changed, vm.reported = self._server.long_ago, self._server.now
            self._tables.add_instance(vm)

    def _storage_of(self, pool: PoolSpec, spec: VmSpec, host: Host | None, cluster: Cluster) -> StoragePool | None:
        shared = pool.shared_storage()
        name = spec.disk_sr or (shared.name if shared else "")
        names = {name, f"{name}-{host.name}" if host else ""}
        return next((s for s in self._tables.storage if s.cluster is cluster and s.name in names), None)

    def _offering(self, spec: VmSpec) -> Offering:
        memory = round(spec.memory_gib * GIB_IN_MIB)
        key = (str(spec.owner), spec.vcpus, memory, spec.ha)
        if key not in self._offerings:
            default = f"{spec.vcpus}c{spec.memory_gib:g}g{'-ha' if spec.ha else ''}", ""
            name, system_type = _SYSTEM_OFFERINGS.get(spec.owner, default)
            row = self._row(self._tables.offerings.next_id(), name)
            ha = spec.ha or bool(system_type)
            self._offerings[key] = Offering(*row, spec.vcpus, min(_VM_MHZ, CPU_MHZ), memory, ha, system_type)
            self._tables.offerings.add(self._offerings[key])
        return self._offerings[key]

    def _group(self, spec: VmSpec) -> AffinityGroup | None:
        if spec.affinity is None:
            return None
        if spec.affinity not in self._groups:
            row = self._row(self._tables.groups.next_id(), spec.affinity)
            self._groups[spec.affinity] = self._tables.groups.add(AffinityGroup(*row))
        return self._groups[spec.affinity]

    # connections --------------------------------------------------------------------------

    def _attach(self, host: Host) -> None:
        """What CloudStack finds as it should be is Up; its pings are spread over the interval."""
        if not host.cluster.managed:
            return
        pool = self._server.hosts.connection(host.cluster)
        try:
            session, ref = pool.connect(host)
            tag = self._server.hosts.scripts_tag(host)
            if not agent.has_tag(session, ref, tag):
                agent.add_tag(session, ref, tag)
            self._server.heartbeats.install(host)
            self._server.heartbeats.launch(host, agent.heartbeat_storage(session, ref))
        except AgentUnavailable:
            host.status = Status.ALERT
            return
        host.status, host.attached, host.last_ping = Status.UP, True, self._server.now
        share = (host.id - 1) / max(len(self._tables.hosts), 1)
        self._server.pings.begin(host, first_after=share * self._server.durations.ping)
