# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts: whether both captains know them, whether they serve, whether others can stand in for them.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..estate import Host
from ..ladder.facts import Voice
from ..matching import Estate, HostPair
from .model import Check, Finding, Scope

_GONE = "When it is gone for good, remove it with remove_host."


def unmatched_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Both systems must know the same hosts, or one of them would be surprised (cloudstack.md, appendix C 1)."""
    for host in estate.pool_only:
        yield Finding(
            "host_unknown_to_cloudstack",
            "blocker",
            host.name,
            f"the pool has it at {host.address}, but cluster {estate.cloud.cluster.name} has no host of this address",
            "Add it to CloudStack, take it out of the pool, or name the right cluster.",
        )
    for cloud in estate.cloud_only:
        yield Finding(
            "host_unknown_to_pool",
            "blocker",
            cloud.name,
            f"CloudStack has it at {cloud.ip_address}, but pool {estate.pool.label} has no host of this address",
            "Delete it from CloudStack, join it to the pool, or name the right cluster.",
        )


def dead_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """With a dead member, HA cannot be enabled again (xapi.md 2.4)."""
    for host in estate.pool.hosts:
        if host.ref in estate.facts.apart:
            continue
        voice = estate.facts.voices.get(host.ref)
        if voice is not None and voice.state == "master":
            yield _second_master(estate, host)
        if not host.live:
            text = f"XAPI does not see it alive{_left_out(estate, voice) or spoken(voice)}"
            yield Finding("host_dead", "blocker", host.name, text, f"{looked_at(voice)} {_GONE}")


def _second_master(estate: Estate, host: Host) -> Finding:
    """A master that comes back after an election and reaches nobody stays what it was (peers.md I16)."""
    return Finding(
        "second_master",
        "blocker",
        host.name,
        f"it says that it is master, and so does {estate.pool.master_host.name}; each may start the VMs of the other",
        "Switch one of them off at its console, or let elect_master make it a member of the one that is named.",
    )


def _left_out(estate: Estate, voice: Voice | None) -> str:
    """Under HA only hosts of the liveset count as alive, and one that was disarmed by hand is none (xapi.md 2.8)."""
    member = voice is not None and voice.state == "member" and voice.follows == estate.pool.master_host.address
    if not (member and estate.pool.ha.enabled):
        return ""
    return ", but it answers as a member: it is starting, or HA was disarmed on it and it stays out of the liveset"


def spoken(voice: Voice | None) -> str:
    """What answers at a host's own address tells the power cable from that of the storage (S8 to S10)."""
    if voice is None:
        return ""
    if voice.state == "emergency":
        return f", and it refuses every call: {voice.text}"
    if voice.is_there:
        return f", and at its own address {voice.text}"
    return f", and nothing serves at its own address ({voice.text})"


def looked_at(voice: Voice | None) -> str:
    """Where to look first."""
    if voice is not None and voice.is_there:
        return "The role recover_host tells what it waits for, and repairs what can be repaired."
    return "Look at its power, its network cable and its console; the role recover_host repairs what can be repaired."


def ejected_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A master that loses power without HA may forget its last minutes, an eject among them (xapi.md 3.4)."""
    for host in estate.pool.hosts:
        if host.ref in estate.facts.apart:
            yield Finding(
                "host_apart",
                "blocker",
                host.name,
                "the pool lists it, but it is a pool of its own: it was ejected, and the master has forgotten that",
                "Run remove_host for it: the pool forgets it then.",
            )


def here(estate: Estate, host: Host) -> bool:
    """Alive, and a member: one that was ejected may be listed still, and lives elsewhere."""
    return host.live and host.ref not in estate.facts.apart


def disabled_hosts(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that somebody else disabled is somebody else's work in progress."""
    for host in estate.pool.hosts:
        if here(estate, host) and not host.enabled and not scope.caused(host) and not out_already(estate, scope, host):
            # Every connection of CloudStack's goes through an enabled master (cloudstack.md 1.2).
            cut_off = "; as it is the master, CloudStack reaches no host of the pool" if host.is_master else ""
            yield Finding(
                "host_disabled",
                "blocker" if scope.touches(host) else "warning",
                host.name,
                f"it is disabled in XAPI, and not by this run{cut_off}",
                "Find out who works on it, then enable it with xapi_host.",
            )


def out_already(estate: Estate, scope: Scope, host: Host) -> bool:
    """An empty host that is to be emptied is where it shall be: asking for it twice is no error."""
    return scope.local and host.ref in scope.work and not estate.pool.guests_on(host)


def usable_targets(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """CloudStack stops VMs for which there is no other usable host (cloudstack.md 3.3)."""
    for pair in estate.hosts:
        if pair.pool.ref in scope.work and not has_target(estate, pair.pool, scope):
            yield Finding(
                "no_target",
                "blocker",
                pair.pool.name,
                "there is no other host that is enabled in XAPI and usable for CloudStack",
                "Bring another host of the pool into service first.",
            )


def has_target(estate: Estate, emptied: Host, scope: Scope) -> bool:
    """Some other host may take VMs while this one is emptied."""
    away = scope.work if scope.local else frozenset({emptied.ref})
    return any(usable(pair) for pair in estate.hosts if pair.pool.ref not in away and pair.pool.ref != emptied.ref)


def usable(pair: HostPair) -> bool:
    """A host that may take VMs now: both systems agree, and it is not kept free for CloudStack's own HA."""
    return pair.pool.live and pair.pool.enabled and pair.cloud.ready and not pair.cloud.for_ha_only


POOL_CHECKS: tuple[Check, ...] = (dead_hosts, ejected_hosts, disabled_hosts)
CHECKS: tuple[Check, ...] = (unmatched_hosts, usable_targets)
