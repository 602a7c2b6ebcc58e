# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pool as a whole: what it is busy with, its versions, its HA.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..estate import Host, Pool
from ..ha import PIN_KEY
from ..ha_ready import FINISH_PATCH_RUN
from ..kinds import POOL_HA
from ..matching import Estate
from ..record import read_record
from .hosts import here
from .model import Check, Finding, Scope, Severity
from .runs import under_way

# Tasks of these classes change what a plan is made of. CloudStack's own plugin calls come and go every minute.
_RELEVANT_TASKS = ("VM.", "VDI.", "SR.", "PBD.", "pool.", "host.")
# What software_version tells of packages beyond those that make a pool mixed (xapi.md 6.1, 6.6).
_LEVELS = ("product_version", "build_number", "xapi_build", "xen", "linux")
_HARMLESS_TASKS = ("host.call_plugin", "host.call_extension")


def pool_operations(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Whatever the pool is busy with comes first."""
    for operation in sorted(set(estate.pool.current_operations.values())):
        yield Finding(
            "pool_busy", "blocker", estate.pool.label, f"the pool is busy with {operation}", "Wait until it is over."
        )
    for task in estate.pool.tasks:
        name = task.name.removeprefix("Async.")
        if task.status == "pending" and name.startswith(_RELEVANT_TASKS) and not name.startswith(_HARMLESS_TASKS):
            yield Finding(
                "task_running",
                "blocker",
                estate.pool.label,
                f"the task {task.name} is running ({task.progress:.0%})",
                "Wait until it is over.",
            )


def versions(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A mixed pool is normal in the middle of a patch run, and degraded at any other time (xapi.md 6.6)."""
    pool = estate.pool
    if not pool.rolling_upgrade:
        return
    why = "so VMs move to equal or newer hosts only and HA cannot be enabled"
    severity: Severity = "info" if under_way(estate, scope) else "warning"
    if ha_was_on(estate, scope) and _changes_members(estate, scope):
        why, severity = "so pool HA, which has to be off for this, could not be restored meanwhile", "blocker"
    yield Finding(
        "mixed_versions", severity, pool.label, f"its hosts run different versions, {why}", f"{FINISH_PATCH_RUN}."
    )


def ha_was_on(estate: Estate, scope: Scope) -> bool:
    """Pool HA is on, or will be when somebody restores what an earlier run left off."""
    return estate.pool.ha.enabled or scope.ha_left_off


def _changes_members(estate: Estate, scope: Scope) -> bool:
    """A living host is to leave, or one to join. A dead one may be in the way of the patch run itself."""
    pool = estate.pool
    if scope.purpose == "add_host":
        return not {host.address for host in pool.hosts}.issuperset(scope.asked["hosts"])
    return scope.purpose == "remove_host" and any(here(estate, pool.host(ref)) for ref in scope.named)


def levels(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A pool that was patched in part (peers.md I27): updates with names, and what XAPI shows of the rest."""
    pool = estate.pool
    named = {host.ref: host.updates | estate.facts.hotfixes.get(host.ref, frozenset()) for host in pool.hosts}
    everywhere = frozenset[str]().union(*named.values())
    for host in pool.hosts:
        text = _lacking(len(everywhere - named[host.ref])) or _unlike(pool, host)
        if text:
            yield Finding("mixed_levels", "warning", host.name, text, "Finish the patch run.")


def _lacking(missing: int) -> str:
    updates = "1 update" if missing == 1 else f"{missing} updates"
    return f"it lacks {updates} that other hosts of the pool have" if missing else ""


def _unlike(pool: Pool, host: Host) -> str:
    """What differs from the master though it makes no mixed pool: a kernel or hypervisor from other packages."""
    if pool.rolling_upgrade:
        return ""
    own, of_master = host.software_version, pool.master_host.software_version
    differing = [
        f"{key} is {own[key]} and there {of_master[key]}"
        for key in _LEVELS
        if key in own and key in of_master and own[key] != of_master[key]
    ]
    hashes = {host.update_hash, pool.master_host.update_hash} - {""}
    if len(hashes) > 1:
        differing.append("its last updates came from another state of the repository")
    return f"its software is not the master's: {', '.join(differing)}" if differing else ""


def high_availability(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """What the run will find, and leave, as it is."""
    ha = estate.pool.ha
    if not ha.enabled and scope.ha_left_off:
        yield Finding(
            "ha_left_off",
            "warning",
            estate.pool.label,
            "an earlier run left pool HA off, so nobody elects a master",
            _way_back(estate.pool),
        )
    elif not ha.enabled and (run := _holder_of_ha(estate)):
        yield Finding(
            "ha_off",
            "info",
            estate.pool.label,
            f"pool HA is off for {run}, so nobody elects another master meanwhile",
            "The run puts it back. If it is dead, the playbook resume does.",
        )
    elif not ha.enabled:
        yield Finding(
            "ha_off",
            "info",
            estate.pool.label,
            "pool HA is off, so nobody elects another master when this one fails",
            "Enable it with xapi_pool_ha, or elect one by hand when it comes to that.",
        )
    elif ha.timeout_s is None:
        yield _default_timeout(estate, scope)


def _way_back(pool: Pool) -> str:
    """Taking back is refused while versions are mixed, so it is no advice then."""
    if pool.rolling_upgrade:
        return f"{FINISH_PATCH_RUN}, which puts it back at its end; before, XAPI refuses it."
    return "The next run that ends well puts it back; the playbook resume with resume_action=take_back does at once."


def _default_timeout(estate: Estate, scope: Scope) -> Finding:
    """Enabled without a time-out, the pool's own default counted at that moment, if there was one (xapi.md 2.3)."""
    pinned = estate.pool.ha.pinned_timeout or ""
    long_enough = pinned.isdecimal() and int(pinned) >= scope.policy.min_ha_timeout_s
    severity: Severity = "info" if long_enough else "warning"
    default = (
        f"the {pinned} seconds of {PIN_KEY} hold if it was set by then" if pinned else "the 60 seconds of XAPI hold"
    )
    return Finding(
        "ha_default_timeout",
        severity,
        estate.pool.label,
        f"pool HA was enabled without an explicit time-out, so {default}; a storage outage of that length fences hosts",
        "Enable it again with xapi_pool_ha and a ha_timeout of 120 to 180 seconds.",
    )


def _holder_of_ha(estate: Estate) -> str:
    """The run that has switched pool HA off and owes it; whoever enabled HA now would break into its work."""
    held = read_record(estate.pool.other_config)
    return held.lock.name if held is not None and held.entry_for(POOL_HA, "") else ""


POOL_STANDING: tuple[Check, ...] = (levels,)
POOL_CHECKS: tuple[Check, ...] = (pool_operations, versions, high_availability)
