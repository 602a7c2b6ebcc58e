# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the facts of a host to the rungs that lead it back into service; no I/O.

Each function looks at one layer, from the power up to CloudStack, and names what is wrong there.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..keeping import cloud_marks
from .facts import CloudSide, HostFacts, PoolSide
from .rungs import ORDER, Rung

Rungs = t.Iterator[Rung]

_WAITED_FOR = {
    "HOST_STILL_BOOTING": "starting",
    "HOST_UNKNOWN_TO_MASTER": "not_a_member",
    "HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR": "newer_than_master",
    "HA_POOL_IS_ENABLED_BUT_HOST_IS_DISABLED": "rearm_ha",
    # A member that cannot greet its master keeps what it ran into, whatever that was (xapi.md 1.7).
    "INTERNAL_ERROR": "master_lost",
    "HOST_MASTER_CANNOT_TALK_BACK": "master_lost",
}
_HA_CODES = {"HA_HOST_CANNOT_ACCESS_STATEFILE": "heartbeat_storage", "HA_HEARTBEAT_DAEMON_STARTUP_FAILED": "ha_daemon"}
_SHOWN = 5
_DEAD = "the pool counts it as dead"


def ladder(facts: HostFacts) -> list[Rung]:
    """What the host needs, the bottom rung first; empty when nothing is wrong."""
    found = {rung.code: rung for layer in _LAYERS for rung in layer(facts)}
    return sorted(found.values(), key=lambda rung: ORDER.index(rung.code))


def _run(facts: HostFacts) -> Rungs:
    if facts.run is not None and facts.run.lives:
        yield Rung("run_in_flight", f"{facts.run.text} holds its pool")


def _master(facts: HostFacts) -> Rungs:
    if facts.no_pool:
        yield Rung("master_unreachable", facts.no_pool)
    elif facts.pool is None:
        yield Rung("not_a_member", "its pool does not know it any more, and CloudStack still does")


def _power(facts: HostFacts) -> Rungs:
    pool, voice = facts.pool, facts.voice
    if pool is None or voice.is_there:
        return
    if pool.live:
        # A controller may have no way to the host's own address; then only a second sign makes it a fault.
        if not pool.enabled or (facts.cloud is not None and facts.cloud.state != "Up"):
            yield Rung("quiet", f"it does not answer ({voice.text}), and the pool still counts it as alive")
        return
    cause = f"{_DEAD}, and it does not answer ({voice.text})"
    if _kept_off(facts):
        # Somebody may have his hands in it; what keeps it is told on its own rung.
        return
    if pool.power_on_mode:
        yield Rung("power_on", f"{cause}. Its power-on mode is {pool.power_on_mode}")
    else:
        yield Rung("power_by_hand", f"{cause}. It has no power-on mode")


def _vms(facts: HostFacts) -> Rungs:
    dead = facts.pool is not None and not facts.pool.live
    names = sorted({*(facts.cloud.running if facts.cloud else ()), *(facts.pool.guests if facts.pool else ())})
    if dead and names:
        yield Rung("vms_on_dead_host", f"{len(names)} VMs are still believed to run on it ({_some(names)})")


def _emergency(facts: HostFacts) -> Rungs:
    """What a host in emergency mode answers to every call (xapi.md 1.7, 2.8)."""
    voice, pool = facts.voice, facts.pool
    if voice.state != "emergency":
        return
    cause = f"it refuses every call: {voice.text}"
    if voice.code in _HA_CODES:
        if pool is None or pool.ha_enabled:
            yield Rung(_HA_CODES[voice.code], cause)
        else:
            yield Rung("disarm_ha", f"{cause}, although pool HA is off")
        return
    yield Rung(_WAITED_FOR.get(voice.code, "emergency"), cause)


def _membership(facts: HostFacts) -> Rungs:
    """A toolstack that runs, but not as a member of this pool's master."""
    voice, pool = facts.voice, facts.pool
    if pool is None or pool.is_master:
        return
    if voice.state == "master":
        yield Rung("second_master", f"it calls itself a master, while {pool.master} serves the pool")
    elif voice.state == "member" and voice.follows != pool.master_address:
        yield Rung("wrong_master", f"it follows {voice.follows}, while {pool.master} is the pool's master")
    elif voice.state == "member" and not pool.live:
        yield Rung("starting", f"its toolstack runs, and {pool.master} has no news of it yet")
        if pool.ha_enabled:
            # Under HA only hosts of the liveset count as alive (xapi.md 2.8).
            yield Rung("rearm_ha", f"it follows {pool.master} and stays out of the liveset: HA is not armed on it")
    elif voice.state == "strange" and not pool.live:
        yield Rung("unclear", f"the pool counts it as dead, and something answers in its place: {voice.text}")


def _kept_off(facts: HostFacts) -> bool:
    """Out of service by somebody's will; what a run has left off is what the run itself would switch on again."""
    return bool(_marks(facts.pool, facts.cloud)) and not (facts.pool is not None and facts.pool.left_by_run)


def _storage(facts: HostFacts) -> Rungs:
    """What was unplugged on a host that somebody works on is part of that work."""
    if _kept_off(facts):
        return
    if _greeted(facts) and facts.pool is not None and facts.pool.pluggable:
        yield Rung("plug_storage", f"storage is not plugged that other hosts have ({', '.join(facts.pool.pluggable)})")


def _enabled(facts: HostFacts) -> Rungs:
    marks = _marks(facts.pool, facts.cloud)
    if marks:
        code = "held_by_run" if facts.pool is not None and facts.pool.left_by_run else "held"
        yield Rung(code, "; ".join([_DEAD, *marks] if facts.seems_off else marks))
    elif _greeted(facts) and facts.pool is not None and not facts.pool.enabled:
        yield Rung("enable", "it is disabled in the pool, and nothing says that somebody wants it so")


def _marks(pool: PoolSide | None, cloud: CloudSide | None) -> list[str]:
    """Signs that somebody wants the host out of service (xapi.md 5.7, cloudstack.md 2.2)."""
    marks = list(pool.marks) if pool else []
    # What failed is ended on its own rung; so is a preparation, as long as the pool still uses the host.
    if cloud is None or cloud.resource_state == "ErrorInMaintenance":
        return marks
    if cloud.preparing and (pool is None or pool.enabled):
        return marks
    return [*cloud_marks(cloud.resource_state), *marks]


def _greeted(facts: HostFacts) -> bool:
    """The pool has it, and it is no emergency."""
    return facts.pool is not None and facts.pool.live and facts.voice.state != "emergency"


def _connection(facts: HostFacts) -> Rungs:
    cloud, pool = facts.cloud, facts.pool
    if cloud is None and pool is not None:
        yield Rung("unknown_to_cloudstack", "CloudStack does not know it")
    if cloud is None or cloud.state == "Up":
        return
    if not cloud.managed:
        yield Rung(
            "cluster_unmanaged", f"its cluster {cloud.cluster} is not Managed, so CloudStack does not look at it"
        )
    elif pool is not None and not pool.is_master and not pool.master_enabled:
        yield Rung(
            "master_disabled", f"CloudStack has it in state {cloud.state}, and the master {pool.master} is disabled"
        )
    elif cloud.state in ("Error", "Creating", "Removed"):
        yield Rung("cloudstack_state", f"CloudStack has it in state {cloud.state}")
    else:
        yield Rung("cloudstack_connection", f"CloudStack has it in state {cloud.state}")


def _cloud_maintenance(facts: HostFacts) -> Rungs:
    cloud = facts.cloud
    if cloud is None:
        return
    left = f"VMs on it: {_some(cloud.running) or 'none'}"
    if cloud.resource_state == "ErrorInMaintenance":
        yield Rung("cancel_maintenance", f"CloudStack could not empty it and left it in ErrorInMaintenance, {left}")
    elif cloud.preparing and (facts.pool is None or facts.pool.enabled):
        moving = f", on their way: {_some(cloud.on_the_way)}" if cloud.on_the_way else ""
        yield Rung("preparing", f"CloudStack has it in {cloud.resource_state}, {left}{moving}")
        yield Rung("cancel_preparation", f"CloudStack does not come to an end with {cloud.resource_state}, {left}")


def _some(names: t.Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


_LAYERS = (_run, _master, _power, _vms, _emergency, _membership, _storage, _enabled, _connection, _cloud_maintenance)
