# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two worlds side by side: an estate with everything in it, calls and mishaps by dice, all that they can differ in."""

from __future__ import annotations

import dataclasses
import enum
import json
import typing as t
from random import Random

from cloudstack_world import KEY, PASSWORD, SECRET

from xencloud_lab.build import build
from xencloud_lab.cloudstack import server, signature
from xencloud_lab.cloudstack.envelope import Response
from xencloud_lab.estate_file import parse
from xencloud_lab.fault_spec import FaultSpec
from xencloud_lab.timeline import Completion
from xencloud_lab.world import World
from xencloud_lab.xapi.errors import Unreachable, XapiError

ESTATE = f"""
cloudstack: {{address: 127.0.1.10, api_key: {KEY}, api_secret: {SECRET}}}
pools:
  - name: pool
    password: {PASSWORD}
    cluster: {{name: cluster}}
    hosts: [{{name: xen, count: 3, address: 127.0.1.11, memory_gib: 32, dom0_gib: 1}}]
    storage: [{{name: nfs1}}, {{name: local, type: ext, shared: false}}]
    ha: {{enabled: true, timeout: 60}}
    vms:
      - {{name: web, count: 6, memory_gib: 2, ha: true, priority: restart}}
      - {{name: batch, count: 3, memory_gib: 1}}
      - {{name: vr, memory_gib: 0.5, owner: router}}
      - {{name: monitoring, owner: pool}}
"""
HOSTS = ("xen-1", "xen-2", "xen-3")
FAULTS = ("crash", "reset", "power_on", "toolstack_stop", "toolstack_start", "network_cut", "network_back")
XAPI = ("VM.get_all_records", "host.get_all_records", "pool.get_all_records", "task.get_all", "PBD.get_all_records")
CLOUDSTACK = ("listHosts", "listVirtualMachines", "listClusters", "listAsyncJobs", "listAlerts", "listSystemVms")
Step = tuple[str, ...]


def world() -> World:
    """The world at its first moment."""
    return build(parse(ESTATE))


def steps(seed: int, count: int) -> list[Step]:
    """What somebody does to the world, by dice of its own."""
    dice = Random(seed)
    return [_step(dice) for _ in range(count)]


def _step(dice: Random) -> Step:
    host = dice.choice(HOSTS)
    choices: list[Step] = [
        ("wait", str(dice.choice((1, 10, 60, 300)))),
        ("xapi", host, dice.choice(XAPI)),
        ("xapi", host, "host.evacuate", dice.choice(HOSTS)),
        ("xapi", host, "Async.host.disable", dice.choice(HOSTS)),
        ("xapi", host, "host.enable", dice.choice(HOSTS)),
        ("cloudstack", dice.choice(CLOUDSTACK)),
        ("cloudstack", "prepareHostForMaintenance", host),
        ("cloudstack", "cancelHostMaintenance", host),
        ("fault", dice.choice(FAULTS), host),
    ]
    return dice.choices(choices, (6, 3, 2, 2, 2, 3, 1, 1, 2))[0]


def take(world: World, step: Step) -> t.Any:
    """Let the step happen; what whoever did it sees."""
    match step:
        case "wait", seconds:
            world.timeline.run_until(world.timeline.now + float(seconds))
            return None
        case "fault", kind, host:
            world.faults.add(FaultSpec.model_validate({"kind": kind, "host": host}))
            return None
        case "cloudstack", command, *about:
            return _cloudstack(world, command, about)
        case _, host, method, *about:
            return _xapi(world, host, method, about)
    raise AssertionError(step)


def _xapi(world: World, host: str, method: str, about: list[str]) -> t.Any:
    """A call with a session of its own, on the master that the host names; what takes long is not waited for."""
    address = world.machines[host].address
    try:
        address, session = _login(world, address)
        refs = [world.call(address, "host.get_by_name_label", [session, name])[0] for name in about]
        outcome = world.call(address, method, [session, *refs])
    except XapiError as error:
        return error.description
    except (Unreachable, TypeError) as error:
        return type(error).__name__
    return "later" if isinstance(outcome, Completion) else outcome


def _login(world: World, address: str) -> tuple[str, t.Any]:
    who = ["root", PASSWORD, "1.3", "twin"]
    try:
        return address, world.call(address, "session.login_with_password", who)
    except XapiError as error:
        if error.code != "HOST_IS_SLAVE":
            raise
        return error.params[0], world.call(error.params[0], "session.login_with_password", who)


def _cloudstack(world: World, command: str, about: list[str]) -> t.Any:
    sent = {"command": command, "apiKey": KEY, "response": "json", "listall": "true"}
    for name in about:
        sent["id"] = next(host.uuid for host in world.cloudstack.tables.hosts if host.name == name)
        del sent["listall"]
    sent["signature"] = signature.signature(sent, SECRET)
    answer = server.handle(world, "GET", list(sent.items()), [])
    return (answer.status, json.loads(answer.body)) if isinstance(answer, Response) else "later"


def everything(world: World) -> t.Any:
    """All that there is in a world, as plain data that two worlds can be compared by."""
    return {
        "now": world.timeline.now,
        "dice": world.random.getstate(),
        "book": world.book.as_dict(),
        "cloudstack": world.cloudstack.summary(),
        "queue": [(event.at, event.order, _name(event.action)) for event in world.timeline.pending()],
        "machines": {name: _machine(machine) for name, machine in world.machines.items()},
    }


def _name(action: t.Any) -> str:
    return f"{type(action.__self__).__name__}.{action.__name__}" if hasattr(action, "__self__") else action.__name__


def _machine(machine: t.Any) -> t.Any:
    toolstack = machine.toolstack
    databases = (toolstack.db, toolstack.flushed, toolstack.db_copy)
    plain = {k: v for k, v in vars(toolstack).items() if isinstance(v, (str, int, float, bool, dict, enum.Enum))}
    return {
        "power": machine.power,
        "domains": [dataclasses.asdict(domain) for domain in machine.domains.values()],
        "toolstack": {k: v for k, v in plain.items() if k not in ("db", "flushed", "db_copy")},
        "databases": [_database(db) for db in databases],
    }


def _database(db: t.Any) -> t.Any:
    if db is None:
        return None
    tables = {cls: [(ref, list(row.items())) for ref, row in rows.items()] for cls, rows in db.tables.items()}
    return db.generation, tables, list(db.modified.items()), db.deleted
