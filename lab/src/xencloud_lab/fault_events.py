# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault does to the world when it strikes."""

from __future__ import annotations

import typing as t

from .fault_spec import THE_MASTER, FaultSpec
from .xapi import guests

if t.TYPE_CHECKING:
    from .domains import Domain
    from .machines import Machine
    from .world import World

TAKES_AWAY: frozenset[str] = frozenset({"crash", "reset", "toolstack_stop", "network_cut", "controller_cut"})
"""Faults after which the host that was called cannot answer."""


def check_names(world: World, spec: FaultSpec) -> None:
    """What the fault names is there.

    :raises ValueError: it is not.
    """
    if spec.host is not None and spec.host not in (THE_MASTER, *world.machines):
        remedy = "Use the name of a host of the estate."
        raise ValueError(f"fault {spec.kind}: host {spec.host} does not exist. {remedy}")
    if spec.sr is not None and all(storage.name != spec.sr for storage in world.storage.values()):
        raise ValueError(f"fault {spec.kind}: storage {spec.sr} does not exist. Use a name of the estate.")


def strike(world: World, spec: FaultSpec, host: str | None) -> None:
    """Let it happen, to this host where it is about one."""
    match spec.kind:
        case "vm_never_migrates":
            _pin(world, spec.vm or "")
        case "guest_shutdown":
            _shut_down(world, spec.vm or "")
        case "cloudstack_restart":
            if world.cloudstack is not None:
                world.cloudstack.restart()
        case "kill_task":
            pools = [world.pool_of(world.machines[host])] if host else list(world.pools.values())
            for pool in pools:
                for machine in pool.masters():
                    _kill_tasks(machine)
        case _:
            _to_machine(world, spec, world.machines[host or ""])


def kill_task(world: World, host: str, task: t.Any) -> None:
    """One task vanishes from the database of this host; its work goes on."""
    db = world.machines[host].toolstack.database()
    if db is not None and isinstance(task, str):
        db.destroy("task", task)


def _to_machine(world: World, spec: FaultSpec, machine: Machine) -> None:
    match spec.kind:
        case "crash":
            machine.power_cut()
        case "reset":
            machine.reset()
        case "power_on":
            machine.never_boots = False
            machine.boot()
        case "host_never_boots":
            machine.never_boots = True
        case "toolstack_stop":
            machine.toolstack.killed()
        case "toolstack_start":
            machine.toolstack.start()
        case "network_cut" | "network_back":
            machine.connected = spec.kind == "network_back"
        case "controller_cut" | "controller_back":
            machine.reachable = spec.kind == "controller_back"
        case "storage_cut" | "storage_back":
            _cable(world, spec.sr or "", machine.name, cut=spec.kind == "storage_cut")
        case "expire_sessions":
            _expire_sessions(machine)


def _pin(world: World, vm: str) -> None:
    """The guest's memory changes faster than any network: its migrations never end."""
    for _machine, domain in _domains(world, vm):
        domain.never_migrates = True


def _shut_down(world: World, vm: str) -> None:
    """The guest halts by itself; XAPI was not asked, so a protected VM goes on being one that always runs."""
    for machine, domain in _domains(world, vm):
        machine.stop_domain(domain.vm_uuid, "shut down from inside")
        for master in world.pool_of(machine).masters():
            guests.halted_inside(master, domain.vm_uuid)


def _domains(world: World, vm: str) -> list[tuple[Machine, Domain]]:
    """The instances of a VM, by its internal name, its name in CloudStack or its uuid."""
    cloudstack = world.cloudstack
    names = {vm} | {row.name for row in cloudstack.tables.instances if row.display_name == vm} if cloudstack else {vm}
    domains = [(machine, domain) for machine in world.machines.values() for domain in machine.domains.values()]
    return [(machine, domain) for machine, domain in domains if domain.name in names or domain.vm_uuid == vm]


def _cable(world: World, sr: str, host: str, *, cut: bool) -> None:
    for storage in world.storage.values():
        if storage.name == sr and host in storage.machines:
            (storage.cut.add if cut else storage.cut.discard)(host)


def _kill_tasks(master: Machine) -> None:
    db = master.toolstack.db
    assert db is not None
    for ref, row in list(db.rows("task").items()):
        if row["status"] == "pending":
            db.destroy("task", ref)


def _expire_sessions(machine: Machine) -> None:
    toolstack = machine.toolstack
    toolstack.local_sessions.clear()
    if toolstack.serves_as_master and toolstack.db is not None:
        for ref in list(toolstack.db.rows("session")):
            toolstack.db.destroy("session", ref)
