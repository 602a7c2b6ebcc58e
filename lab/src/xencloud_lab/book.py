# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The book of truth: what physically happened, counted by nobody's API.

Every part of the world reports here; tests and the demo read ``as_dict()``. It records, it never
decides anything.
"""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, field


@dataclass(slots=True)
class Interval:
    """From when until when; still open without an end."""

    start: float
    end: float | None = None


@dataclass(slots=True)
class Entry:
    """One line of the log."""

    at: float
    kind: str
    subject: str
    text: str


@dataclass(slots=True)
class VmPage:
    """What happened to one VM."""

    name: str
    migrations: int = 0
    moved_mib: int = 0
    failed_migrations: int = 0
    started: int = 0
    stopped: int = 0
    lost: int = 0
    running_on: list[str] = field(default_factory=list)
    twice: list[Interval] = field(default_factory=list)


@dataclass(slots=True)
class HostPage:
    """What happened to one machine."""

    name: str
    boots: int = 0
    power_cuts: int = 0
    levels: list[tuple[float, str]] = field(default_factory=list)


@dataclass(slots=True)
class PoolPage:
    """What happened to one pool."""

    name: str
    masters: list[tuple[float, list[str]]] = field(default_factory=list)
    most_masters: int = 0
    ha_on: bool | None = None
    ha_off: list[Interval] = field(default_factory=list)
    mixed: list[Interval] = field(default_factory=list)
    level_order: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ClusterPage:
    """What happened to one CloudStack cluster."""

    name: str
    managed: bool | None = None
    unmanaged: list[Interval] = field(default_factory=list)


class Clock(t.Protocol):
    """Whoever knows the world's time."""

    @property
    def now(self) -> float: ...


class Book:
    """Counters and a log, by VM (uuid), host, pool and cluster (names)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.vms: dict[str, VmPage] = {}
        self.hosts: dict[str, HostPage] = {}
        self.pools: dict[str, PoolPage] = {}
        self.clusters: dict[str, ClusterPage] = {}
        self.log: list[Entry] = []

    def note(self, kind: str, subject: str, text: str = "") -> None:
        """A line in the log."""
        self.log.append(Entry(self._clock.now, kind, subject, text))

    # guests -------------------------------------------------------------------------------

    def vm(self, uuid: str, name: str = "") -> VmPage:
        """The page of a VM, made on first use."""
        return self.vms.setdefault(uuid, VmPage(name or uuid))

    def domain_started(self, uuid: str, name: str, machine: str, *, at_start_of_world: bool = False) -> None:
        """A domain runs on this machine; a second one of the same VM is the worst that can happen."""
        page = self.vm(uuid, name)
        page.started += 0 if at_start_of_world else 1
        page.running_on.append(machine)
        if len(page.running_on) == 2:
            page.twice.append(Interval(self._clock.now))
            self.note("vm_runs_twice", page.name, " and ".join(page.running_on))
        if not at_start_of_world:
            self.note("vm_started", page.name, machine)

    def domain_stopped(self, uuid: str, machine: str, why: str) -> None:
        """Somebody asked for this end (a guest, an operator, a host that shuts down)."""
        self._gone(uuid, machine)
        self.vm(uuid).stopped += 1
        self.note("vm_stopped", self.vm(uuid).name, f"{machine}: {why}")

    def domain_lost(self, uuid: str, machine: str, why: str) -> None:
        """Nobody asked for this end."""
        self._gone(uuid, machine)
        self.vm(uuid).lost += 1
        self.note("vm_lost", self.vm(uuid).name, f"{machine}: {why}")

    def domain_migrated(self, uuid: str, source: str, target: str, memory_mib: int) -> None:
        """A live migration ended well."""
        page = self.vm(uuid)
        page.running_on[page.running_on.index(source)] = target
        page.migrations += 1
        page.moved_mib += memory_mib
        self.note("vm_migrated", page.name, f"{source} to {target}")

    def migration_failed(self, uuid: str, source: str, target: str, why: str) -> None:
        """A live migration ended with the VM where it was, or with none."""
        self.vm(uuid).failed_migrations += 1
        self.note("migration_failed", self.vm(uuid).name, f"{source} to {target}: {why}")

    def _gone(self, uuid: str, machine: str) -> None:
        page = self.vm(uuid)
        page.running_on.remove(machine)
        if len(page.running_on) == 1 and page.twice and page.twice[-1].end is None:
            page.twice[-1].end = self._clock.now

    # machines -----------------------------------------------------------------------------

    def host(self, name: str) -> HostPage:
        """The page of a machine, made on first use."""
        return self.hosts.setdefault(name, HostPage(name))

    def machine_booted(self, name: str) -> None:
        self.host(name).boots += 1
        self.note("host_booted", name)

    def machine_power_cut(self, name: str) -> None:
        self.host(name).power_cuts += 1
        self.note("host_power_cut", name)

    def machine_off(self, name: str) -> None:
        self.note("host_off", name)

    def level_seen(self, pool: str, host: str, levels: t.Mapping[str, str]) -> None:
        """A toolstack has started; ``levels`` is what runs on each machine of its pool."""
        page, history = self.pool(pool), self.host(host).levels
        _switch(page.mixed, len(set(levels.values())) > 1, self._clock.now)
        if history and history[-1][1] == levels[host]:
            return
        if history:
            page.level_order.append(host)
            self.note("host_level", host, levels[host])
        history.append((self._clock.now, levels[host]))

    # pools --------------------------------------------------------------------------------

    def pool(self, name: str) -> PoolPage:
        """The page of a pool, made on first use."""
        return self.pools.setdefault(name, PoolPage(name))

    def masters_changed(self, pool: str, masters: list[str]) -> None:
        """These machines act as master now."""
        page = self.pool(pool)
        if page.masters and page.masters[-1][1] == masters:
            return
        page.masters.append((self._clock.now, masters))
        page.most_masters = max(page.most_masters, len(masters))
        self.note("masters", pool, ", ".join(masters) or "none")

    def ha_changed(self, pool: str, on: bool) -> None:
        """Pool HA is on or off."""
        page = self.pool(pool)
        if page.ha_on == on:
            return
        page.ha_on = on
        _switch(page.ha_off, not on, self._clock.now)
        self.note("pool_ha", pool, "on" if on else "off")

    # CloudStack ---------------------------------------------------------------------------

    def managed_changed(self, cluster: str, managed: bool) -> None:
        """CloudStack manages this cluster, or keeps its hands off."""
        page = self.clusters.setdefault(cluster, ClusterPage(cluster))
        if page.managed == managed:
            return
        page.managed = managed
        _switch(page.unmanaged, not managed, self._clock.now)
        self.note("cluster", cluster, "Managed" if managed else "Unmanaged")

    def as_dict(self) -> dict[str, t.Any]:
        """The whole book as plain data."""
        sections: dict[str, dict[str, t.Any]] = {
            "vms": self.vms,
            "hosts": self.hosts,
            "pools": self.pools,
            "clusters": self.clusters,
        }
        pages = {name: {key: asdict(page) for key, page in section.items()} for name, section in sections.items()}
        return {**pages, "totals": self.totals(), "log": [asdict(entry) for entry in self.log]}

    def totals(self) -> dict[str, int]:
        """Sums over all VMs and hosts."""
        pages = self.vms.values()
        return {
            "migrations": sum(p.migrations for p in pages),
            "moved_mib": sum(p.moved_mib for p in pages),
            "failed_migrations": sum(p.failed_migrations for p in pages),
            "started": sum(p.started for p in pages),
            "stopped": sum(p.stopped for p in pages),
            "lost": sum(p.lost for p in pages),
            "twice": sum(len(p.twice) for p in pages),
            "boots": sum(p.boots for p in self.hosts.values()),
            "power_cuts": sum(p.power_cuts for p in self.hosts.values()),
        }


def _plain(pages: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: asdict(page) for key, page in pages.items()}


def _switch(intervals: list[Interval], open_now: bool, now: float) -> None:
    is_open = bool(intervals) and intervals[-1].end is None
    if open_now and not is_open:
        intervals.append(Interval(now))
    elif is_open and not open_now:
        intervals[-1].end = now
