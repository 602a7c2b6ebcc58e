# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands against switching pool HA on: all that XAPI would refuse, one after the other, and what is dangerous.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

from .estate import Pool, Sr

# With two hosts one crash makes the other fence itself as well; with three the rest stays (origins O3).
SMALLEST_POOL = 3
# Statefile and redo log together (xapi.md 2.2, step 15); both are kept and used again.
STATEFILE_MIB = 3808
# Nothing else helps while hosts differ in version, so everybody who is refused for that says the same.
FINISH_PATCH_RUN = "Finish the patch run (playbook resume, or rolling_patch)"


@dataclass(frozen=True, slots=True)
class HaFacts:
    """What only has to be asked when HA is to be switched on.

    ``unplugged`` are required network interfaces, ``statefile_srs`` the SRs that have a statefile from an earlier time,
    ``most`` is how many host failures XAPI's planner has room for; None when nobody asked.
    """

    unplugged: tuple[str, ...] = ()
    statefile_srs: frozenset[str] = frozenset()
    most: int | None = None


def ha_problems(pool: Pool, sr: Sr, allow_small_pool: bool, facts: HaFacts | None = None) -> list[str]:
    """Each cause of a refusal in a few words; empty when HA can be switched on."""
    known = facts or HaFacts()
    unplugged = [f"network interface {each} has to be plugged" for each in known.unplugged]
    return [
        *_pool_problems(pool, allow_small_pool),
        *licence_problems(pool),
        *unplugged,
        *_sr_problems(pool, sr, known),
    ]


def _pool_problems(pool: Pool, allow_small_pool: bool) -> list[str]:
    dead = [host.name for host in pool.hosts if not host.live]
    problems = []
    if len(pool.hosts) < SMALLEST_POOL and not allow_small_pool:
        problems.append(
            f"it has {len(pool.hosts)} of the {SMALLEST_POOL} hosts without which one failure can stop all "
            "(allow_small_pool says otherwise)"
        )
    if dead:
        problems.append(f"not alive: {', '.join(dead)}")
    if pool.rolling_upgrade:
        problems.append("its hosts differ in version until its patch run is finished")
    return problems + busy(pool)


def licence_problems(pool: Pool) -> list[str]:
    """HA is a feature that free editions before 6.2 lack; the pool's own flags decide (xapi.md 2.2, step 7)."""
    if pool.restrictions.get("enable_xha") != "false":
        return []
    editions = ", ".join(sorted({host.edition for host in pool.hosts if host.edition})) or "unknown"
    return [f"its licence does not include HA (edition {editions}; apply a licence with HA to every host)"]


def busy(pool: Pool) -> list[str]:
    """Pool operations that exclude others (xapi.md 2.2)."""
    running = sorted(set(pool.current_operations.values()))
    return [f"it is busy with {', '.join(running)}"] if running else []


def unplugged_on(pool: Pool, sr: Sr) -> list[str]:
    """The hosts that have not plugged this SR."""
    return [host.name for host in pool.hosts if host.ref not in sr.plugged_on]


def _sr_problems(pool: Pool, sr: Sr, facts: HaFacts) -> list[str]:
    problems = []
    unplugged = unplugged_on(pool, sr)
    if unplugged:
        problems.append(f"SR {sr.name} is not plugged on {', '.join(unplugged)}")
    if not sr.can_hold_statefile:
        problems.append(f"SR {sr.name} (type {sr.kind}) cannot hold a statefile")
    if sr.ref not in facts.statefile_srs and sr.free_mib < STATEFILE_MIB:
        problems.append(f"SR {sr.name} has {sr.free_mib} MiB free of the {STATEFILE_MIB} that HA needs")
    return problems


def tolerate_problems(pool: Pool, wanted: int | None, facts: HaFacts, allow_overcommit: bool) -> list[str]:
    """A number of failures that the pool has no room for; XAPI takes any while it has no plan (xapi.md 2.6)."""
    if wanted is None:
        return []
    if wanted < 0:
        return [f"host_failures_to_tolerate is {wanted}"]
    if facts.most is None or wanted <= facts.most or allow_overcommit:
        return []
    return [
        f"host_failures_to_tolerate is {wanted}, and its planner has room for {facts.most} "
        "(allow_overcommit says otherwise)"
    ]
