# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How things stand, without the time: what machines, pools and CloudStack are and do at this moment."""

from __future__ import annotations

import re
import typing as t

from .pools import Pool
from .report import pool_state
from .world import World

if t.TYPE_CHECKING:
    from .machines import Machine
    from .xapi.database import Database

Json = dict[str, t.Any]

# A client's own key that only says when it was there last.
_TIMES = re.compile(r"\d{9,}")


def situation(world: World) -> Json:
    """Two moments with the same situation are the same to whoever comes next."""
    summary = getattr(world.cloudstack, "summary", None)
    return {
        "machines": {name: _machine(machine) for name, machine in world.machines.items()},
        "pools": {name: _pool(pool) for name, pool in world.pools.items()},
        "cloudstack": summary() if summary is not None else None,
        "jobs": _jobs(world),
        "to come": _to_come(world),
    }


def _to_come(world: World) -> list[str]:
    """What is going to happen, whenever: a toolstack about to restart looks like any other."""
    return sorted(getattr(event.action, "__qualname__", "") for event in world.timeline.pending())


def _machine(machine: Machine) -> list[t.Any]:
    toolstack, software = machine.toolstack, machine.software
    return [
        str(machine.power),
        machine.answers(),
        str(toolstack.role),
        toolstack.emergency.code if toolstack.emergency else None,
        software.level,
        [package.name for package in software.pending()],
        sorted(domain.name for domain in machine.domains.values()),
    ]


def _pool(pool: Pool) -> Json:
    master = pool.master()
    db = master.toolstack.db if master else None
    if db is None:
        return {"master": None}
    told = pool_state(pool)
    notes = sorted({_TIMES.sub("", key) for key in told["other_config"]})
    return {**told, "other_config": notes, **_busy(db)}


def _busy(db: Database) -> Json:
    """What is being worked on, and what is plugged."""
    working = {
        f"{cls} {row.get('name_label', '')}": sorted(row["current_operations"].values())
        for cls in ("pool", "host", "VM")
        for row in db.rows(cls).values()
        if row["current_operations"]
    }
    tasks = sorted(row["name_label"] for row in db.rows("task").values() if row["status"] == "pending")
    plugged = sorted(row["uuid"] for row in db.rows("PBD").values() if row["currently_attached"])
    return {"working": working, "tasks": tasks, "plugged": plugged, "networks": len(db.rows("network"))}


def _jobs(world: World) -> list[str]:
    jobs = getattr(world.cloudstack, "jobs", None)
    return sorted(job.name for job in jobs.pending()) if jobs is not None else []
