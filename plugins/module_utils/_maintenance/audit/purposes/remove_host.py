# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``remove_host``; what is to be done is in ``removal``.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...estate import Host
from ...ha_ready import FINISH_PATCH_RUN, SMALLEST_POOL
from ...leaving import losses, outlives_name
from ...matching import Estate
from ...schedule import Task, schedule
from ..hosts import here
from ..model import Check, Finding, Scope
from ..pool import ha_was_on
from ..purpose import Hosts
from ..removal import (
    drained,
    ejected,
    fate_of_ha,
    in_cloudstack_alone,
    members,
    needs_successor,
    plan,
    staying_hosts,
    successor_of,
)

__all__ = ["CHECKS", "HOSTS", "excused", "plan"]

HOSTS: Hosts = "leaving"

# What is no obstacle for a host that leaves; of a host that stays it is one. A dead one has a check of its own here.
_ON_THE_WAY = frozenset({"host_unknown_to_pool", "host_unknown_to_cloudstack", "storage_unplugged"})
_DEAD = frozenset(
    {"host_dead", "host_apart", "host_silent", "host_in_maintenance", "host_not_up", "host_not_enabled", "no_target"}
)
# The pool, and then the cluster, may go altogether.
_LAST = frozenset({"no_target"})


def excused(estate: Estate, scope: Scope, finding: Finding) -> bool:
    """What is wrong with a host that leaves need not be repaired."""
    leaving = {host.name: host for host in members(estate, scope)}
    names = {*leaving, *(cloud.name for cloud in in_cloudstack_alone(estate, scope))}
    if finding.object not in names:
        return False
    host = leaving.get(finding.object)
    if host is not None and not here(estate, host):
        return finding.code in _ON_THE_WAY | _DEAD
    if host is not None and not estate.pool.guests_on(host):
        return finding.code in _ON_THE_WAY | _LAST
    return finding.code in _ON_THE_WAY


def known(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A name that nobody knows may be a mistake, unless an earlier run knew it; an address or a UUID is none."""
    heard = {name for host in estate.pool.hosts for name in (host.name, host.address, host.uuid)}
    heard |= {name for cloud in estate.cloud.hosts for name in (cloud.name, cloud.ip_address, cloud.id)}
    heard |= set(scope.asked.get("gone", ()))
    for given in scope.asked["hosts"]:
        if given not in heard and not outlives_name(given):
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
    """An ejected host is the master of a pool of its own: through it, nobody reaches this pool any more.

    Should the controller die then, resume would find no run, and nobody would switch pool HA on again.
    """
    through = frozenset(scope.asked.get("through", ()))
    ways = {*through, *scope.asked.get("beside", ())}
    another = any(ways & {host.name, host.address} for host in staying_hosts(estate, scope))
    for host in (host for host in ejected(estate, scope) if here(estate, host)):
        if through & {host.name, host.address}:
            yield Finding(
                "way_through_leaver",
                "warning" if another else "blocker",
                host.name,
                "the connection to the pool (hostname) goes through this host, which will be a pool of its own",
                "Give a host that stays as hostname from now on."
                if another
                else "Give a host that stays as hostname, or name those that stay in members, so that a run that is "
                "broken off can be found.",
            )


def successor(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """The master's role goes to a host that stays; every host has to agree, so none may be dead (xapi.md 3.1)."""
    pool = estate.pool
    if not needs_successor(estate, scope):
        return
    if successor_of(estate, scope) is None:
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
            f"{FINISH_PATCH_RUN} first.",
        )


def death(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A dead host is forgotten only by those who say so, and a living one is not."""
    for host in members(estate, scope):
        for text, remedy in _doubts(estate, scope, host):
            yield Finding("death_in_doubt", "blocker", host.name, text, remedy)


def _typed_names(scope: Scope) -> list[str]:
    """As a list, or as typed into a form: words with commas between them."""
    given = scope.asked.get("confirm_dead", [])
    return [word.strip() for word in (given.split(",") if isinstance(given, str) else given)]


def _doubts(estate: Estate, scope: Scope, host: Host) -> t.Iterator[tuple[str, str]]:
    confirmed = host.name in _typed_names(scope)
    if host.ref in estate.facts.apart:
        # It says itself that it has left, and has restarted since: no guest of this pool is on it (xapi.md 4.2).
        yield from _counted_on(estate, host)
        return
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
    yield from _counted_on(estate, host)
    cloud = estate.cloud_host(host)
    if estate.pool.guests_on(host) and (cloud is None or cloud.power != "Off"):
        yield (
            "the pool's database still has guests on it, and there is no proof that it is off",
            "Set them to halted when it is certain that they do not run.",
        )


def _counted_on(estate: Estate, host: Host) -> t.Iterator[tuple[str, str]]:
    cloud = estate.cloud_host(host)
    if cloud is not None and any(instance.host == cloud.id for instance in estate.cloud.instances):
        yield "CloudStack still counts VMs on it", "Let CloudStack restart or stop them first."


def local_disks(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """An ejected host wipes its local storage (xapi.md 4.2)."""
    accepted = bool(scope.asked.get("accept_storage_loss"))
    # What was on a host that has left already is lost already.
    leaving = [host for host in ejected(estate, scope) if host.ref not in estate.facts.apart]
    for loss in losses(estate.pool, leaving):
        yield Finding(
            "storage_loss",
            "warning" if accepted else "blocker",
            estate.pool.label,
            f"{loss} would be lost",
            "This was accepted." if accepted else "Save what is needed, then accept the loss.",
        )


def strangers(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that CloudStack does not know is not emptied by it, and the last one has nowhere to put its guests."""
    for host in members(estate, scope):
        guests = estate.pool.guests_on(host)
        unknown = estate.cloud_host(host) is None
        last = not staying_hosts(estate, scope)
        if here(estate, host) and guests and (unknown or last):
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
    yield from schedule(estate, Task("drain", tuple(drained(estate, scope)))).findings()


def small_pool(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """With two hosts, one failure can make the other fence itself as well (origins.md O3)."""
    number = len(staying_hosts(estate, scope))
    if number < SMALLEST_POOL and ejected(estate, scope) and ha_was_on(estate, scope):
        text, remedy = fate_of_ha(estate, scope)
        yield Finding("small_pool", "warning", estate.pool.label, text, remedy)


CHECKS: tuple[Check, ...] = (known, way_to_the_pool, successor, death, local_disks, strangers, room, small_pool)
