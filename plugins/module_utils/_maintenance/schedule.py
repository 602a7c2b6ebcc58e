# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an estate to the planner's question, and from its answer to the plan that people and roles read.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .audit.hosts import has_target, usable
from .audit.model import Finding, Mode, Scope
from .cluster import version_key
from .estate import Host
from .mastership import candidates_of
from .matching import Estate, HostPair, VmPair
from .moves import gib
from .packing import Level, Load, Seat
from .planner import Plan, Rules, Shortage, Step, make_plan

# What XAPI needs beside a VM's memory: shadow pages, 1 MiB a vCPU and a little more (xapi.md 7.2). The number of vCPUs
# is not in the picture; 32 of them are allowed for.
_OVERHEAD_MIB = 34
_OVERHEAD_SHARE = 128


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked: which hosts are to be emptied, in which mode.

    ``avoid`` are references of hosts that take VMs only when no other can; ``due`` those that need work at all.
    """

    mode: Mode
    work: tuple[Host, ...]
    avoid: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()
    updates: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def scope(self, ours: t.Iterable[str] = (), ha_left_off: bool = False) -> Scope:
        """The same for the findings."""
        refs = tuple(host.ref for host in self.work)
        return Scope(self.mode, frozenset(refs), frozenset(ours), ha_left_off, refs)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The planner's answer with what it was about."""

    estate: Estate
    task: Task
    plan: Plan

    def findings(self) -> t.Iterator[Finding]:
        """Why there is no plan, VM by VM, and members that would be updated before their master."""
        for short in self.plan.shortages:
            # Without any host to go to, that is a finding of its own, once for all VMs.
            if has_target(self.estate, self.estate.pool.host(short.seat), self.task.scope()):
                yield _shortage(self.estate, short)
        master = self.estate.pool.master_host
        members = [host for host in self.task.work if not host.is_master]
        if self.task.mode == "patch" and members and master.ref in self.task.due and master not in self.task.work:
            yield Finding(
                "master_first",
                "blocker",
                master.name,
                "this master lacks updates, and no member may be newer than its master",
                "Put the master among the hosts, or leave the option out.",
            )

    def as_dict(self) -> dict[str, t.Any]:
        """The plan for results and roles, without HA, which the pool's own picture tells."""
        pool, cluster = self.estate.pool, self.estate.cloud.cluster
        busy = {host.ref for host in self.task.work} | self.task.due
        return {
            "pool": pool.label,
            "cluster": {"id": cluster.id, "name": cluster.name},
            "mode": self.task.mode,
            "hosts": [self._step(number, step) for number, step in enumerate(self.plan.steps)],
            "done": sorted(host.name for host in pool.hosts if host.ref not in busy),
            "moves_total": self.plan.moves_total,
            "lower_bound": self.plan.lower_bound,
            "members": sorted(host.address for host in pool.hosts),
        }

    def _step(self, number: int, step: Step) -> dict[str, t.Any]:
        host = self.estate.pool.host(step.seat)
        cloud = self.estate.cloud_host(host)
        moves = [self._move(step.seat, load, target) for load, target in step.moves]
        heir = self._heir(host)
        return {
            "name": host.name,
            "uuid": host.uuid,
            "address": host.address,
            "cloudstack_id": cloud.id if cloud else None,
            "cloudstack_name": cloud.name if cloud else None,
            "is_master": host.is_master,
            # While the master is away CloudStack has no way to any host of the pool (cloudstack.md 1.2).
            # Where versions stay, it is an ordinary member by then: the role has moved to a host that is done.
            "unmanaged_window": host.is_master and self.task.mode == "patch",
            "new_master": heir.address if heir else "",
            "new_master_name": heir.name if heir else "",
            "updates": list(self.task.updates.get(host.ref, ())),
            "reboot_required": host.reboot_required,
            "still_to_do": [self.estate.pool.host(later.seat).address for later in self.plan.steps[number + 1 :]],
            "moves": moves,
            "cloudstack_moves": _for_module(moves, "cloudstack"),
            "xapi_moves": _for_module(moves, "xapi"),
        }

    def _heir(self, host: Host) -> Host | None:
        """Who becomes master before this host restarts, and stays it; all others are done by then."""
        if not (host.is_master and self.task.mode == "reboot"):
            return None
        return next(iter(candidates_of(self.estate.pool)), None)

    def _move(self, source: str, load: Load, target: str) -> dict[str, t.Any]:
        pair, hosts = _vm(self.estate, load), self.estate.pool
        instance = pair.instance
        return {
            "vm": pair.vm.uuid if instance is None else instance.id,
            "name": pair.label,
            "kind": "pool" if instance is None else instance.kind,
            "captain": "xapi" if instance is None else "cloudstack",
            "source": hosts.host(source).address,
            "source_name": hosts.host(source).name,
            "target": hosts.host(target).address,
            "target_name": hosts.host(target).name,
            "memory_mib": pair.vm.memory_mib,
        }


def schedule(estate: Estate, task: Task) -> Schedule:
    """Plan the task on this estate."""
    return Schedule(estate, task, make_plan(_seats(estate, task), _loads(estate), _rules(estate, task)))


def stuck_by_host(estate: Estate) -> dict[str, list[Shortage]]:
    """For each host, by reference, its VMs that would find no place if it alone were emptied, in order of names."""
    loads = _loads(estate)
    stuck = {}
    for host in estate.pool.hosts:
        task = Task("drain", (host,))
        plan = make_plan(_seats(estate, task), loads, _rules(estate, task))
        stuck[host.ref] = sorted(plan.shortages, key=lambda short: short.load.name)
    return stuck


def order_of(
    mode: Mode, estate: Estate, named: tuple[Host, ...], due: frozenset[str], since: int = 0
) -> tuple[Host, ...]:
    """The hosts that a task is about: those named, else all, without those that have nothing to be done.

    :param since: a host that was restarted after this needs no other restart; 0 for none.
    """
    hosts = named or estate.pool.hosts
    if mode == "patch":
        return tuple(host for host in hosts if host.ref in due)
    if mode == "reboot" and since:
        return tuple(host for host in hosts if host.boot_time < since)
    return tuple(hosts)


def _for_module(moves: t.Iterable[dict[str, t.Any]], captain: str) -> list[dict[str, str]]:
    """The moves of one captain, as the module that makes them takes them."""
    return [{"vm": move["vm"], "host": move["target"]} for move in moves if move["captain"] == captain]


def _seats(estate: Estate, task: Task) -> list[Seat]:
    work = {host.ref for host in task.work}
    avoid = (task.avoid | task.due) - work
    paired = {pair.pool.ref: pair for pair in estate.hosts}
    return [_seat(host, paired.get(host.ref), host.ref in work, host.ref in avoid) for host in estate.pool.hosts]


def _seat(host: Host, pair: HostPair | None, todo: bool, avoid: bool) -> Seat:
    return Seat(
        key=host.ref,
        free_mib=host.memory_free_mib,
        todo=todo,
        target=pair is not None and usable(pair),
        avoid=avoid,
        closed=pair is None or pair.cloud.for_ha_only,
        level=_level(host),
    )


def _level(host: Host) -> Level:
    versions = (host.software_version.get("platform_version", ""), host.software_version.get("xapi", ""))
    return (*version_key(versions[0]), *version_key(versions[1]))


def _loads(estate: Estate) -> list[Load]:
    plugged = {host.ref: frozenset(host.plugged_srs) for host in estate.pool.hosts}
    # Most VMs are on one of few storages, and there are many VMs and hosts.
    needed = {pair.vm.srs for pair in estate.vms}
    reach = {srs: frozenset(ref for ref, there in plugged.items() if there.issuperset(srs)) for srs in needed}
    return [_load(pair, reach[pair.vm.srs]) for pair in estate.vms if pair.vm.host is not None]


def _load(pair: VmPair, reach: frozenset[str]) -> Load:
    vm, groups = pair.vm, () if pair.instance is None else pair.instance.affinity_groups
    apart = [group for group in groups if group.apart]
    return Load(
        key=vm.uuid,
        name=pair.label,
        seat=vm.host or "",
        memory_mib=vm.memory_mib + vm.memory_mib // _OVERHEAD_SHARE + _OVERHEAD_MIB,
        reach=reach,
        apart=frozenset(group.id for group in apart if group.strict),
        rather_apart=frozenset(group.id for group in apart if not group.strict),
        together=frozenset(group.id for group in groups if group.together),
    )


def _rules(estate: Estate, task: Task) -> Rules:
    """A new version reaches the master first (xapi.md 6.5); where versions stay, it goes last, with one move of the
    role at most; a drain keeps the order it was given."""
    master = estate.pool.master
    if task.mode == "drain":
        return Rules(fixed=tuple(host.ref for host in task.work), refill=False)
    if master not in {host.ref for host in task.work}:
        return Rules()
    return Rules(first=master) if task.mode == "patch" else Rules(last=master)


def _vm(estate: Estate, load: Load) -> VmPair:
    return next(pair for pair in estate.vms if pair.vm.uuid == load.key)


def _shortage(estate: Estate, short: Shortage) -> Finding:
    pair = _vm(estate, short.load)
    where = estate.pool.host(short.seat).name
    size = gib(pair.vm.memory_mib)
    if short.missing_mib is None:
        return Finding(
            "no_place",
            "blocker",
            pair.label,
            f"no host may take it from {where}: their storage, versions or its anti-affinity group forbid it",
            "Stop it, or change what forbids it.",
        )
    return Finding(
        "no_memory",
        "blocker",
        pair.label,
        f"no host has room for its {size} when {where} is emptied; {max(short.missing_mib, 1)} MiB are missing",
        "Stop or move VMs, or add a host.",
    )
