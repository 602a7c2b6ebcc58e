# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the estate of a recording to a world in the same state."""

from __future__ import annotations

import re
import typing as t

from ..build import build
from ..estate import Estate
from ..world import World
from ..xapi.operations import refresh_all
from .refinement import Refinement, Rows, is_wide, storage_name
from .transcript import Transcript

PASSWORD = "a-password-of-nobody"  # of servers that do not exist
PRODUCT = "xcp-ng-next"
GIB_IN_MIB = 1024
SR_GIB = 1024  # of the recorder's storage driver
NOBODY = "nobody"  # @address:nobody is an address that no host has
LONG_DEAD_S = 240.0
# The recorder's own settings: heartbeat and dead interval shortened, restarts of a process fast.
DURATIONS = {
    "heartbeat": 10.0,
    "assumed_dead": 30.0,
    "toolstack_start": 1.0,
    "toolstack_restart_delay": 0.5,
    "storage_start": 5.0,
    "reconnect": 1.0,
    "hello": 0.5,
    "fuse_extra_new_master": 0.4,
    "master_retry": 1.0,
    "boot": 3.0,
    "ha_preconfigure_host": 0.5,
    "ha_join_liveset": 5.0,
    "ha_disable": 0.3,
    "vm_start": 0.1,
    "vm_hard_shutdown": 0.1,
}
_KILLED = re.compile(r"(\w+),? (?:the )?(?:master|slave)?,? ?was killed before")


def build_setting(transcript: Transcript) -> World:
    """The world of a recording before its first step."""
    source = transcript.estate
    hosts: Rows = source["hosts"]
    noted = _noted_guests(transcript.notes)
    pools = [_pool("pool", hosts, {**source, "vms": [*source.get("vms", []), *noted]})]
    pools += [_pool(name, [{"name": name}], {}) for name in standalone_hosts(transcript)]
    _number_addresses(pools)
    estate = Estate.model_validate({"seed": 7, "pools": pools, "durations": DURATIONS})
    world = build(estate)
    for pool in world.pools.values():
        own = pool.name == "pool"
        Refinement(world, pool, source if own else {}, noted if own else []).apply()
    _kill(world, [host for host in hosts if host.get("live") is False])
    for name in _KILLED.findall(str(source.get("other", ""))):
        world.machines[name].power_cut()
    return world


def standalone_hosts(transcript: Transcript) -> list[str]:
    """Pools of one host: those the estate names, and hosts that only the steps know."""
    named = list(transcript.estate.get("standalone_hosts", []))
    own = {host["name"] for host in transcript.estate["hosts"]}
    met = {name for step in transcript.steps for name in re.findall(r"@address:(\w+)", str(step))}
    met |= {step["on"] for step in transcript.steps if "on" in step}
    return [*named, *sorted(met - own - {NOBODY} - set(named))]


def _noted_guests(notes: str) -> Rows:
    """Halted guests that only the words of a recording mention: one on each host, ``p1..p3``."""
    found = re.search(r"one protected VM of (\d+) GiB on each \((\D+)(\d+)\.\.\D+(\d+)\)", notes)
    if found is None:
        return []
    first, last = int(found[3]), int(found[4])
    common = {"memory_mib": int(found[1]) * GIB_IN_MIB, "domain_type": "pv", "ha_restart_priority": "restart"}
    return [{**common, "name": f"{found[2]}{n}"} for n in range(first, last + 1)]


def _kill(world: World, hosts: Rows) -> None:
    """Hosts that are dead when the recording begins, and known to be."""
    for host in hosts:
        world.machines[host["name"]].power_cut()
    if not hosts:
        return
    world.timeline.run_until(world.timeline.now + LONG_DEAD_S)
    master = world.pools["pool"].master()
    db = master.toolstack.db if master else None
    if db is None:
        return
    for host in hosts:
        for ref in db.find("host", name_label=host["name"]):
            db.set("host", ref, enabled=bool(host["enabled"]))
    refresh_all(db)


def _pool(name: str, hosts: Rows, source: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "name": name,
        "product": PRODUCT,
        "password": PASSWORD,
        "hosts": [_host(host) for host in hosts],
        "storage": [_storage(sr, number) for number, sr in enumerate(source.get("srs", []))],
        "vms": [_vm(vm, source.get("srs", [])) for vm in source.get("vms", [])],
        "ha": _ha(source.get("ha", {}), source.get("srs", [])),
    }


def _host(host: dict[str, t.Any]) -> dict[str, t.Any]:
    dead = str(host.get("role", "")).startswith("dead")
    return {
        "name": host["name"],
        "address": "127.0.0.1",
        "memory_gib": host.get("memory_mib", 16384) / GIB_IN_MIB,
        "dom0_gib": 1,
        "cpus": 8,
        "master": host.get("role") == "master",
        "enabled": host.get("enabled") is not False or host.get("live") is False,
        "power": "off" if dead else "on",
    }


def _number_addresses(pools: Rows) -> None:
    hosts = sorted((host for pool in pools for host in pool["hosts"]), key=lambda host: str(host["name"]))
    for number, host in enumerate(hosts, start=11):
        host["address"] = f"127.0.1.{number}"


def _storage(sr: dict[str, t.Any], number: int) -> dict[str, t.Any]:
    name, hosts = storage_name(sr, number), list(sr["pbds"])
    return {"name": name, "type": sr["type"], "shared": is_wide(sr), "hosts": hosts, "size_gib": SR_GIB}


def _vm(vm: dict[str, t.Any], srs: Rows) -> dict[str, t.Any]:
    running = vm.get("power_state") == "Running"
    disks = [(storage_name(sr, n), sr) for n, sr in enumerate(srs) if sr["name"] in vm.get("disks_on", [])]
    where = [vm["on"]] if vm.get("on") else [next(iter(sr["pbds"])) for _name, sr in disks[:1]]
    priority = vm.get("ha_restart_priority", "")
    return {
        "name": vm["name"],
        "owner": "pool",
        "memory_gib": vm["memory_mib"] / GIB_IN_MIB,
        "disk_gib": 1,
        "on": where or None,
        "disk_sr": disks[0][0] if disks else None,
        "power": "running" if running else "halted",
        "priority": priority if priority in ("restart", "best-effort") else "",
    }


def _ha(ha: dict[str, t.Any], srs: Rows) -> dict[str, t.Any]:
    if not ha.get("enabled"):
        return {}
    heartbeat = [storage_name(sr, n) for n, sr in enumerate(srs) if sr["shared"] and sr["type"] != "iso"]
    timeout = ha.get("configuration", {}).get("timeout")
    return {
        "enabled": True,
        "heartbeat_sr": heartbeat[0] if heartbeat else None,
        "timeout": int(timeout) if timeout else None,
        "host_failures_to_tolerate": int(ha.get("host_failures_to_tolerate", 0)),
    }
