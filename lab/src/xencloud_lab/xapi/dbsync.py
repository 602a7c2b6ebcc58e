# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a starting toolstack writes about its own host (``xapi.md`` 5.1, 6.6)."""

from __future__ import annotations

import typing as t

from . import generations
from .rows import MIB, guests_on, host_ref, is_guest, merged, set_halted, set_live, set_running

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .database import Database
    from .toolstack import Toolstack


def host_started(toolstack: Toolstack, db: Database) -> None:
    """Versions, start times, life and guests of this host, as they really are."""
    machine, host = toolstack.machine, host_ref(db, toolstack.machine)
    times = {"agent_start_time": f"{int(toolstack.start_time)}.", "boot_time": f"{int(machine.boot_time)}."}
    before = db.row("host", host)
    db.set(
        "host",
        host,
        software_version=dict(machine.software.running),
        other_config=merged(before["other_config"], **times),
        address=machine.address,
    )
    db.set("host_metrics", before["metrics"], memory_total=machine.memory_mib * MIB)
    generations.host_started(toolstack, db, booted=before["other_config"].get("boot_time") != times["boot_time"])
    host_lives(toolstack)
    domains_of(machine, db)


def host_lives(toolstack: Toolstack) -> None:
    """The master has news of this host; under HA the liveset alone says who lives."""
    master = toolstack.master()
    if master is None or master.db is None:
        return
    now = toolstack.world.timeline.now
    master.heard[toolstack.machine.uuid] = now
    if not toolstack.pool.xhad.active or toolstack.machine.name in toolstack.pool.xhad.liveset:
        set_live(master.db, host_ref(master.db, toolstack.machine), True, now)


def return_of_domains(master: Toolstack, db: Database) -> None:
    """A master that starts from a database brings it up to what those who follow it say runs."""
    for machine in master.pool.machines:
        follows = machine.answers() and machine.toolstack.master() is master
        if follows and db.find("host", uuid=machine.uuid):
            domains_of(machine, db)


def domains_of(machine: Machine, db: Database) -> None:
    """Make the database say what runs on this machine."""
    host = host_ref(db, machine)
    by_uuid = {row["uuid"]: ref for ref, row in db.rows("VM").items() if is_guest(row)}
    running = {by_uuid[uuid]: domain for uuid, domain in machine.domains.items() if uuid in by_uuid}
    for vm, domain in running.items():
        set_running(db, vm, host, domid(db, vm))
        if domain.paused:
            db.set("VM", vm, power_state="Paused")
    for vm in guests_on(db, host):
        if vm not in running:
            set_halted(db, vm)


def domid(db: Database, vm: str) -> int:
    """A domain id: the old one while the VM runs, else one that nobody has."""
    known = int(db.row("VM", vm)["domid"])
    return known if known > 0 else db.generation % 65000 + 1


def plug_storage(toolstack: Toolstack, db: Database) -> None:
    """Attach every SR of this host that it physically reaches."""
    world, machine = toolstack.world, toolstack.machine
    for pbd in db.related("host", host_ref(db, machine), "PBDs"):
        array = world.storage.get(db.row("SR", db.row("PBD", pbd)["SR"])["uuid"])
        reached = array is None or array.reaches(machine.name)
        db.set("PBD", pbd, currently_attached=reached)


def unplug_storage(toolstack: Toolstack, db: Database) -> None:
    """Detach every SR of this host, as a clean shutdown does."""
    for pbd in db.related("host", host_ref(db, toolstack.machine), "PBDs"):
        db.set("PBD", pbd, currently_attached=False)
