# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``remove_host``, and what is to be done for each host that leaves.

Hosts may be on any step of the way out already: in both systems, in one of them, in none.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...cluster import CsHost
from ...estate import Host
from ...gates import expected_of
from ...ha_ready import SMALLEST_POOL
from ...leaving import losses, outlives_name
from ...mastership import candidates_of
from ...matching import Estate, HostPair
from ...schedule import Task, schedule
from ..model import Check, Finding, Scope
from ..purpose import Hosts

HOSTS: Hosts = "leaving"

# What is no obstacle for a host that leaves; of a host that stays it is one. A dead one has a check of its own here.
_ON_THE_WAY = frozenset({"host_unknown_to_pool", "host_unknown_to_cloudstack", "storage_unplugged"})
_DEAD = frozenset({"host_dead", "host_not_up", "host_not_enabled", "no_target"})
# The pool, and then the cluster, may go altogether.
_LAST = frozenset({"no_target"})


def excused(estate: Estate, scope: Scope, finding: Finding) -> bool:
    """What is wrong with a host that leaves need not be repaired."""
    leaving = {host.name: host for host in _members(estate, scope)}
    names = {*leaving, *(cloud.name for cloud in _in_cloudstack_alone(estate, scope))}
    if finding.object not in names:
        return False
    host = leaving.get(finding.object)
    if host is not None and not host.live:
        return finding.code in _ON_THE_WAY | _DEAD
    if host is not None and not estate.pool.guests_on(host):
        return finding.code in _ON_THE_WAY | _LAST
    return finding.code in _ON_THE_WAY


def known(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A name that nobody knows may be a mistake; an address or a UUID is a host that is gone."""
    here = {name for host in estate.pool.hosts for name in (host.name, host.address, host.uuid)}
    here |= {name for cloud in estate.cloud.hosts for name in (cloud.name, cloud.ip_address, cloud.id)}
    for given in scope.asked["hosts"]:
        if given not in here and not outlives_name(given):
            yield Finding(
                "host_unknown",
                "blocker",
                given,
                "neither the pool nor CloudStack has a host of this name",
                "Correct the name; a host that is gone already is known by its address or UUID only.",
            )
    if not scope.asked["hosts"]:
        yield Finding("no_host", "blocker", estate.pool.label, "no host to be removed was given", "Name it.")


def way_to_the_pool(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """An ejected host is the master of a pool of its own: through it, nobody reaches this pool any more."""
    through = frozenset(scope.asked.get("through", ()))
    for host in _ejected(estate, scope):
        if through & {host.name, host.address}:
            yield Finding(
                "way_through_leaver",
                "warning",
                host.name,
                "the connection to the pool (hostname) goes through this host, which will be a pool of its own",
                "Give a host that stays as hostname from now on.",
            )


def successor(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """The master's role goes to a host that stays; every host has to agree, so none may be dead (xapi.md 3.1)."""
    pool = estate.pool
    if not _needs_successor(estate, scope):
        return
    if _successor(estate, scope) is None:
        yield Finding(
            "no_successor",
            "blocker",
            pool.master_host.name,
            "it is the pool's master, and no host that stays is alive and enabled with all its storage plugged",
            "Repair one, or keep this host.",
        )
    if pool.rolling_upgrade:
        yield Finding(
            "master_cannot_move",
            "blocker",
            pool.master_host.name,
            "it is the pool's master, and XAPI moves the role only between hosts of one version",
            "Finish the patch run first.",
        )


def death(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A dead host is forgotten only by those who say so, and a living one is not."""
    for host in _members(estate, scope):
        for text, remedy in _doubts(estate, scope, host):
            yield Finding("death_in_doubt", "blocker", host.name, text, remedy)


def _typed_names(scope: Scope) -> list[str]:
    """As a list, or as typed into a form: words with commas between them."""
    given = scope.asked.get("confirm_dead", [])
    return [word.strip() for word in (given.split(",") if isinstance(given, str) else given)]


def _doubts(estate: Estate, scope: Scope, host: Host) -> t.Iterator[tuple[str, str]]:
    confirmed = host.name in _typed_names(scope)
    if host.live:
        if confirmed:
            yield "it is said to be dead, but XAPI sees it alive", "Look at the machine again."
        return
    if not scope.asked.get("forget"):
        yield "XAPI does not see it alive, so it cannot be ejected", "Repair it, or let the pool forget it (forget)."
    elif not confirmed:
        yield (
            "XAPI does not see it alive, but nobody has confirmed that it is off for good",
            "Make sure that it is, then type its name into the list of confirmed names.",
        )
    cloud = estate.cloud_host(host)
    if cloud is not None and any(instance.host == cloud.id for instance in estate.cloud.instances):
        yield "CloudStack still counts VMs on it", "Let CloudStack restart or stop them first."
    if estate.pool.guests_on(host) and (cloud is None or cloud.power != "Off"):
        yield (
            "the pool's database still has guests on it, and there is no proof that it is off",
            "Set them to halted when it is certain that they do not run.",
        )


def local_disks(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """An ejected host wipes its local storage (xapi.md 4.2)."""
    accepted = bool(scope.asked.get("accept_storage_loss"))
    for loss in losses(estate.pool, _ejected(estate, scope)):
        yield Finding(
            "storage_loss",
            "warning" if accepted else "blocker",
            estate.pool.label,
            f"{loss} would be lost",
            "This was accepted." if accepted else "Save what is needed, then accept the loss.",
        )


def strangers(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that CloudStack does not know is not emptied by it, and the last one has nowhere to put its guests."""
    for host in _members(estate, scope):
        guests = estate.pool.guests_on(host)
        unknown = estate.cloud_host(host) is None
        last = not _staying(estate, scope)
        if host.live and guests and (unknown or last):
            why = "CloudStack does not know it" if unknown else "no host of the pool stays"
            yield Finding(
                "host_not_empty",
                "blocker",
                host.name,
                f"{why}, and it has guests ({', '.join(vm.name for vm in guests)})",
                "Move them away or stop them first.",
            )


def room(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Every VM needs a host that takes it."""
    yield from schedule(estate, Task("drain", tuple(_drained(estate, scope)))).findings()


def small_pool(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """With two hosts, one failure can make the other fence itself as well (origins.md O3)."""
    number = len(_staying(estate, scope))
    if number >= SMALLEST_POOL or not _ejected(estate, scope) or not _ha_is_on(estate, scope):
        return
    hosts = "1 host remains" if number == 1 else f"{number} hosts remain"
    if _ha_returns(estate, scope):
        text, remedy = "pool HA is switched on again as was insisted", "One failure may then stop all of them."
    else:
        text, remedy = "pool HA stays off", "Nobody elects a master until a third host has joined."
    yield Finding("small_pool", "warning", estate.pool.label, f"{hosts}, so {text}", remedy)


def plan(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    """What is to be done, host by host: the dead first, because all others must agree to a new master."""
    staying = _staying(estate, scope)
    # The dead first; then the master, or last of all when it is the one that the pool ends with.
    order = sorted(_members(estate, scope), key=lambda host: (host.live, host.is_master != bool(staying)))
    steps = [
        _member(estate, scope, host, order[number:]) for number, host in enumerate(order, 1) if _has_work(estate, host)
    ]
    steps += [_outsider(cloud) for cloud in _in_cloudstack_alone(estate, scope)]
    ha_returns = _ha_returns(estate, scope)
    return {
        "hosts": _with_end_of_ha(estate, steps, ha_returns),
        "lines": [_line(step) for step in steps] or ["nothing is left to be done"],
        "asked_hosts": _asked_hosts(estate, scope),
        "leaving": [host.address for host in _ejected(estate, scope)],
        "staying": sorted(host.address for host in staying),
        "ready": sorted(pair.pool.address for pair in estate.hosts if pair.pool in staying and _serves(pair)),
        "ha_returns": ha_returns,
        # By the way that was given, unless it leads through a host that leaves.
        "hostname": _way(estate, scope),
        "expected": _expected(estate, scope),
    }


def _serves(pair: HostPair) -> bool:
    return pair.cloud.ready and pair.pool.enabled


def _way(estate: Estate, scope: Scope) -> str:
    """Where the pool is reached while hosts leave: at the master that stays, or that is going to be."""
    pool = estate.pool
    host = _successor(estate, scope) if _needs_successor(estate, scope) else pool.master_host
    address = (host or pool.master_host).address
    return str(scope.asked.get("ways", {}).get(address, address))


def _expected(estate: Estate, scope: Scope) -> dict[str, t.Any]:
    """What the gate compares with afterwards; guests of a host that is dead run no more."""
    dead = {host.ref for host in _members(estate, scope) if not host.live}
    lost = {vm.name for vm in estate.pool.vms if vm.host in dead}
    expected = expected_of(estate.pool, estate.cloud)
    for kind in ("pool_vms", "cloudstack_vms"):
        expected[kind] = [name for name in expected[kind] if name not in lost]
    return expected


def _member(estate: Estate, scope: Scope, host: Host, later: list[Host]) -> dict[str, t.Any]:
    cloud = estate.cloud_host(host)
    new_master = _successor(estate, scope) if host.is_master and _staying(estate, scope) else None
    leaves = host in _ejected(estate, scope)
    return {
        "name": host.name,
        "address": host.address,
        "uuid": host.uuid,
        "new_master": new_master.address if new_master else "",
        "drain": host.live and cloud is not None and leaves,
        "maintenance": host.live and cloud is not None and not leaves,
        "eject": host.live and leaves,
        "forget": not host.live,
        "delete": cloud is not None,
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
        **no,
        "delete": True,
        "avoid": [],
    }


_WORDS = {
    "drain": "emptied and in maintenance",
    "maintenance": "in CloudStack's maintenance",
    "eject": "out of the pool",
    "forget": "forgotten by the pool",
    "delete": "deleted from CloudStack",
}


def _line(step: dict[str, t.Any]) -> str:
    """The way of a host for people."""
    way = [f"{step['new_master']} becomes master"] if step["new_master"] else []
    return f"{step['name']}: {', then '.join(way + [text for key, text in _WORDS.items() if step[key]])}"


def _with_end_of_ha(estate: Estate, steps: list[dict[str, t.Any]], ha_returns: bool) -> list[dict[str, t.Any]]:
    """The step that makes the pool too small for HA is the one after which HA is no longer to be restored."""
    number = len(estate.pool.hosts)
    told = []
    for step in steps:
        number -= step["eject"] or step["forget"]
        told.append({**step, "ends_ha": not ha_returns and number < SMALLEST_POOL})
    return told


def _members(estate: Estate, scope: Scope) -> list[Host]:
    return [estate.pool.host(ref) for ref in scope.named]


def _staying(estate: Estate, scope: Scope) -> list[Host]:
    return [host for host in estate.pool.hosts if host.ref not in scope.named]


def _ejected(estate: Estate, scope: Scope) -> list[Host]:
    """Those that leave the pool: when none stays, the pool lives on as its master alone."""
    staying = _staying(estate, scope)
    return [host for host in _members(estate, scope) if staying or not host.is_master]


def _has_work(estate: Estate, host: Host) -> bool:
    return len(estate.pool.hosts) > 1 or estate.cloud_host(host) is not None


def _drained(estate: Estate, scope: Scope) -> list[Host]:
    return [host for host in _members(estate, scope) if host.live and estate.cloud_host(host) is not None]


def _in_cloudstack_alone(estate: Estate, scope: Scope) -> list[CsHost]:
    asked = frozenset(scope.asked["hosts"])
    return [cloud for cloud in estate.cloud_only if asked & {cloud.name, cloud.ip_address, cloud.id}]


def _asked_hosts(estate: Estate, scope: Scope) -> list[str]:
    """Who is meant, so that it is still clear when they are gone."""
    known = {name: host.address for host in estate.pool.hosts for name in (host.name, host.address, host.uuid)}
    known |= {
        name: cloud.ip_address for cloud in estate.cloud_only for name in (cloud.name, cloud.ip_address, cloud.id)
    }
    return list(dict.fromkeys(known.get(given, given) for given in scope.asked["hosts"]))


def _needs_successor(estate: Estate, scope: Scope) -> bool:
    return estate.pool.master in scope.named and bool(_staying(estate, scope))


def _successor(estate: Estate, scope: Scope) -> Host | None:
    return next(iter(candidates_of(estate.pool, without=frozenset(scope.named))), None)


def _ha_is_on(estate: Estate, scope: Scope) -> bool:
    return estate.pool.ha.enabled or scope.ha_left_off


def _ha_returns(estate: Estate, scope: Scope) -> bool:
    return len(_staying(estate, scope)) >= SMALLEST_POOL or bool(scope.asked.get("ha_in_small_pool"))


CHECKS: tuple[Check, ...] = (known, way_to_the_pool, successor, death, local_disks, strangers, room, small_pool)
