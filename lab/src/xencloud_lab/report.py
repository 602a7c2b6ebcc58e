# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The world and its book as plain data, for people and tests."""

from __future__ import annotations

import datetime
import typing as t

from .machines import Machine
from .pools import Pool
from .xapi.database import Row
from .xapi.rows import is_guest

if t.TYPE_CHECKING:
    from .engine import Engine

Json = dict[str, t.Any]


def state(engine: Engine) -> Json:
    """What is true now, and what each pool believes."""
    world = engine.world
    summary = getattr(world.cloudstack, "summary", None)
    return {
        "clock": clock(engine),
        "hosts": {name: _host(machine) for name, machine in world.machines.items()},
        "pools": {name: pool_state(pool) for name, pool in world.pools.items()},
        "cloudstack": summary() if summary is not None else None,
        "faults": [{"at": at, "what": what} for at, what in world.faults.struck],
        "internal_errors": engine.internal_errors,
        "calls": dict(sorted(engine.heard.items())),
    }


def clock(engine: Engine) -> Json:
    """The world's time."""
    now = engine.world.timeline.now
    text = datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="seconds")
    return {"now": now, "text": text, "speed": engine.pacer.speed}


def book(engine: Engine) -> Json:
    """The book with its verdict: what must never happen, and did."""
    pages = engine.world.book.as_dict()
    totals, pools = pages["totals"], engine.world.book.pools.values()
    complaints = [f"{len(engine.internal_errors)} internal errors of the lab"] if engine.internal_errors else []
    complaints += [f"{totals['lost']} VMs lost"] if totals["lost"] else []
    complaints += [f"{totals['twice']} VMs ran twice"] if totals["twice"] else []
    complaints += [f"pool {pool.name} had {pool.most_masters} masters" for pool in pools if pool.most_masters > 1]
    verdict = {"verdict": "bad" if complaints else "good", "complaints": complaints}
    return {**verdict, "clock": clock(engine), "internal_errors": engine.internal_errors, **pages}


def _host(machine: Machine) -> Json:
    return {
        "address": machine.address,
        "uuid": machine.uuid,
        "pool": machine.toolstack.pool_name,
        "power": str(machine.power),
        "answers": machine.answers(),
        "role": str(machine.toolstack.role),
        "emergency": machine.toolstack.emergency.code if machine.toolstack.emergency else None,
        "boot_time": machine.boot_time,
        "missing_updates": [package.name for package in machine.software.pending()],
        "needs_reboot": machine.software.needs_reboot,
        "domains": sorted(domain.name for domain in machine.domains.values()),
    }


def pool_state(pool: Pool) -> Json:
    """What the pool's master believes."""
    master = pool.master()
    db = master.toolstack.db if master else None
    if master is None or db is None:
        return {"master": None}
    row = next(iter(db.rows("pool").values()))
    hosts = db.rows("host")
    guests = [vm for vm in db.rows("VM").values() if is_guest(vm)]
    return {
        "master": master.name,
        "ha_enabled": row["ha_enabled"],
        "ha_configuration": row["ha_configuration"],
        "ha_heartbeat_sr": _heartbeat_sr(db, row),
        "ha_armed_hosts": sorted(h["name_label"] for h in hosts.values() if h["ha_statefiles"]),
        "other_config": row["other_config"],
        "hosts": {h["name_label"]: {"enabled": h["enabled"], "live": _live(db, h)} for h in hosts.values()},
        "ha_plan_exists_for": row["ha_plan_exists_for"],
        "ha_overcommitted": row["ha_overcommitted"],
        "vms": {vm["name_label"]: _vm(hosts, vm) for vm in guests},
    }


def _vm(hosts: t.Mapping[str, Row], vm: Row) -> Json:
    return {
        "power_state": vm["power_state"],
        "on": _name(hosts, vm),
        "ha_restart_priority": vm["ha_restart_priority"],
    }


def _live(db: t.Any, host: Row) -> bool:
    metrics = db.rows("host_metrics").get(host["metrics"])
    return bool(metrics and metrics["live"])


def _heartbeat_sr(db: t.Any, pool: Row) -> str | None:
    """The SR of the statefile; it stays known after HA was disabled (xapi.md 2.1)."""
    for ref in pool["ha_statefiles"]:
        vdi = db.rows("VDI").get(ref)
        sr = db.rows("SR").get(vdi["SR"]) if vdi else None
        if sr:
            return str(sr["name_label"])
    return None


def _name(hosts: t.Mapping[str, Row], vm: Row) -> str | None:
    host = hosts.get(vm["resident_on"])
    return str(host["name_label"]) if host else None
