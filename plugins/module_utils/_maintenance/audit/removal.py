# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removing hosts: who leaves, who stays, who is master afterwards, and what is to be done for each.

Hosts may be on any step of the way out already: in both systems, in one of them, in none.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cluster import CsHost
from ..estate import Host
from ..gates import expected_of
from ..ha_ready import SMALLEST_POOL
from ..mastership import candidates_of
from ..matching import Estate, HostPair
from .hosts import here
from .model import Scope


def plan(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    """What is to be done, host by host: the dead first, because all others must agree to a new master."""
    staying = staying_hosts(estate, scope)
    # The dead first; then the master, or last of all when it is the one that the pool ends with.
    order = sorted(members(estate, scope), key=lambda host: (here(estate, host), host.is_master != bool(staying)))
    steps = [
        _member(estate, scope, host, order[number:]) for number, host in enumerate(order, 1) if _has_work(estate, host)
    ]
    steps += [_outsider(cloud) for cloud in in_cloudstack_alone(estate, scope)]
    ha_returns = _ha_returns(estate, scope)
    return {
        "hosts": _with_end_of_ha(estate, steps, ha_returns),
        "lines": [_line(step) for step in steps] or ["nothing is left to be done"],
        "asked_hosts": _asked_hosts(estate, scope),
        "leaving": [host.address for host in ejected(estate, scope)],
        "staying": sorted(host.address for host in staying),
        "ready": sorted(pair.pool.address for pair in estate.hosts if pair.pool in staying and _serves(pair)),
        "ha_returns": ha_returns,
        "ha_text": f"{estate.pool.label}: {'. '.join(fate_of_ha(estate, scope))}",
        # By the way that was given, unless it leads through a host that leaves.
        "hostname": _way(estate, scope),
        "expected": _expected(estate, scope),
    }


def _serves(pair: HostPair) -> bool:
    return pair.cloud.ready and pair.pool.enabled


def _way(estate: Estate, scope: Scope) -> str:
    """Where the pool is reached while hosts leave: at the master that stays, or that is going to be."""
    pool = estate.pool
    host = successor_of(estate, scope) if needs_successor(estate, scope) else pool.master_host
    address = (host or pool.master_host).address
    return str(scope.asked.get("ways", {}).get(address, address))


def _expected(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    """What the gate compares with afterwards; guests of a host that is dead run no more."""
    dead = {host.ref for host in members(estate, scope) if not here(estate, host)}
    lost = {vm.name for vm in estate.pool.vms if vm.host in dead}
    expected = expected_of(estate.pool, estate.cloud)
    for kind in ("pool_vms", "cloudstack_vms"):
        expected[kind] = [name for name in expected[kind] if name not in lost]
    return expected


def _member(estate: Estate, scope: Scope, host: Host, later: list[Host]) -> dict[str, t.Any]:
    cloud = estate.cloud_host(host)
    new_master = successor_of(estate, scope) if host.is_master and staying_hosts(estate, scope) else None
    leaves, present = host in ejected(estate, scope), here(estate, host)
    return {
        "name": host.name,
        "address": host.address,
        "uuid": host.uuid,
        "new_master": new_master.address if new_master else "",
        "new_master_name": new_master.name if new_master else "",
        "drain": present and cloud is not None and leaves,
        "maintenance": present and cloud is not None and not leaves,
        "eject": present and leaves,
        "forget": not present,
        # Also when CloudStack does not know it: then there is nothing to be finished any more.
        "delete": True,
        "known": cloud is not None,
        # Those that go next take VMs only when nobody else can; those that went before are no members any more.
        "avoid": [other.address for other in later],
    }


def _outsider(cloud: CsHost) -> dict[str, t.Any]:
    """Out of the pool already, still in CloudStack."""
    no = dict.fromkeys(("drain", "maintenance", "eject", "forget"), False)
    return {
        "name": cloud.name,
        "address": cloud.ip_address,
        "uuid": "",
        "new_master": "",
        "new_master_name": "",
        **no,
        "delete": True,
        "known": True,
        "avoid": [],
    }


_WORDS = {
    "drain": "emptied and in maintenance",
    "maintenance": "in CloudStack's maintenance",
    "eject": "out of the pool",
    "forget": "forgotten by the pool",
    "known": "deleted from CloudStack",
}


def _line(step: dict[str, t.Any]) -> str:
    """The way of a host for people."""
    way = [f"{step['new_master_name']} becomes master"] if step["new_master"] else []
    return f"{step['name']}: {', then '.join(way + [text for key, text in _WORDS.items() if step[key]])}"


def _with_end_of_ha(estate: Estate, steps: list[dict[str, t.Any]], ha_returns: bool) -> list[dict[str, t.Any]]:
    """The step that makes the pool too small for HA is the one after which HA is no longer to be restored."""
    number = len(estate.pool.hosts)
    told = []
    for step in steps:
        number -= step["eject"] or step["forget"]
        told.append({**step, "ends_ha": not ha_returns and number < SMALLEST_POOL})
    return told


def members(estate: Estate, scope: Scope) -> list[Host]:
    return [estate.pool.host(ref) for ref in scope.named]


def staying_hosts(estate: Estate, scope: Scope) -> list[Host]:
    return [host for host in estate.pool.hosts if host.ref not in scope.named]


def ejected(estate: Estate, scope: Scope) -> list[Host]:
    """Those that leave the pool: when none stays, the pool lives on as its master alone."""
    staying = staying_hosts(estate, scope)
    return [host for host in members(estate, scope) if staying or not host.is_master]


def _has_work(estate: Estate, host: Host) -> bool:
    return len(estate.pool.hosts) > 1 or estate.cloud_host(host) is not None


def drained(estate: Estate, scope: Scope) -> list[Host]:
    return [host for host in members(estate, scope) if here(estate, host) and estate.cloud_host(host) is not None]


def in_cloudstack_alone(estate: Estate, scope: Scope) -> list[CsHost]:
    asked = frozenset(scope.asked["hosts"])
    return [cloud for cloud in estate.cloud_only if asked & {cloud.name, cloud.ip_address, cloud.id}]


def _asked_hosts(estate: Estate, scope: Scope) -> list[str]:
    """Who is meant, so that it is still clear when they are gone."""
    known = {name: host.address for host in estate.pool.hosts for name in (host.name, host.address, host.uuid)}
    known |= {
        name: cloud.ip_address for cloud in estate.cloud_only for name in (cloud.name, cloud.ip_address, cloud.id)
    }
    return list(dict.fromkeys(known.get(given, given) for given in scope.asked["hosts"]))


def needs_successor(estate: Estate, scope: Scope) -> bool:
    return estate.pool.master in scope.named and bool(staying_hosts(estate, scope))


def successor_of(estate: Estate, scope: Scope) -> Host | None:
    return next(iter(candidates_of(estate.pool, without=frozenset(scope.named))), None)


def _ha_returns(estate: Estate, scope: Scope) -> bool:
    return len(staying_hosts(estate, scope)) >= SMALLEST_POOL or bool(scope.asked.get("ha_in_small_pool"))


def fate_of_ha(estate: Estate, scope: Scope) -> tuple[str, str]:
    number = len(staying_hosts(estate, scope))
    hosts = "1 host remains" if number == 1 else f"{number} hosts remain"
    if _ha_returns(estate, scope):
        return f"{hosts}, but pool HA is switched on again as was insisted", "One failure may then stop all of them."
    return f"{hosts}, so pool HA stays off", "Nobody elects a master until a third host has joined and HA is on again."
