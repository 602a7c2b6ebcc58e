# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pool HA beyond on and off: its limits, its storage, its plan (xapi.md 2, peers.md I01 to I09).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..estate import Pool, Sr
from ..ha import PIN_KEY
from ..matching import Estate
from .model import Check, Finding, Scope

# Statefile and redo log together (xapi.md 2.2, step 15).
_HEARTBEAT_MIB = 4_000_000_000 // 2**20


def limits(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A gap in storage or network that is longer than the limit resets every host at once (S2)."""
    pool, at_least = estate.pool, scope.policy.min_ha_timeout_s
    if not pool.ha.enabled or pool.ha.timeout_s is None:
        return
    if pool.ha.timeout_s < at_least:
        yield Finding(
            "ha_timeout_short",
            "warning",
            pool.label,
            f"pool HA resets hosts after {pool.ha.timeout_s} seconds without storage or network, which is less than "
            f"{at_least}",
            f"Enable it again with xapi_pool_ha and a ha_timeout of at least {at_least} seconds.",
        )
    elif pool.other_config.get(PIN_KEY) != str(pool.ha.timeout_s):
        yield Finding(
            "ha_timeout_not_pinned",
            "info",
            pool.label,
            f"its other_config has no {PIN_KEY} of {pool.ha.timeout_s}, "
            "so another tool that enables HA again shortens it",
            f"Set it: xe pool-param-set uuid={pool.uuid} other-config:{PIN_KEY}={pool.ha.timeout_s}.",
        )


def other_fence(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """CloudStack's script in dom0 resets a host, too, and knows nothing of pool HA (cloudstack.md 1.5)."""
    limit = _whole(_heartbeat_timeout(estate.facts.settings or {}))
    timeout_s = estate.pool.ha.timeout_s
    if limit is not None and estate.pool.ha.enabled and timeout_s is not None and limit < timeout_s:
        yield Finding(
            "cloudstack_fences_first",
            "info",
            estate.pool.label,
            f"CloudStack's heartbeat resets a host after {limit} seconds without primary storage, before the "
            f"{timeout_s} seconds of pool HA, and also while pool HA is off",
            "Count with the shorter one when storage is worked on.",
        )


def _heartbeat_timeout(settings: t.Mapping[str, str]) -> str:
    """The setting lost a part of its name with time: xen. became xenserver. after 4.4."""
    return settings.get("xenserver.heartbeat.timeout") or settings.get("xen.heartbeat.timeout", "")


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def size(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """With two hosts the crash of one makes the other reset itself, too, and both go on doing so (S3)."""
    number, at_least = len(estate.pool.hosts), scope.policy.min_hosts
    if number < at_least:
        hosts = "1 host" if number == 1 else f"{number} hosts"
        yield Finding(
            "too_few_hosts",
            "warning" if estate.pool.ha.enabled else "info",
            estate.pool.label,
            f"it has {hosts}, and pool HA needs {at_least} to tell a crash from its own isolation",
            "Add a host, or leave pool HA off and elect a master by hand.",
        )


def armed(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that does not take part is not watched, and neither elects nor is elected (I09)."""
    for host in estate.pool.hosts:
        if estate.pool.ha.enabled and host.live and not estate.pool.armed(host):
            yield Finding(
                "ha_not_armed",
                "warning",
                host.name,
                "pool HA is on, but this host does not reach the statefile",
                "Look at its way to the heartbeat storage, then enable HA again with xapi_pool_ha.",
            )


def heartbeat_storage(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """The statefile needs a place that every host has plugged (xapi.md 2.2, steps 14 and 15)."""
    pool = estate.pool
    current = next((sr for sr in pool.srs if sr.uuid == pool.ha.heartbeat_sr), None)
    if pool.ha.enabled:
        if current is not None and current.free_mib == 0:
            yield Finding(
                "ha_sr_full",
                "warning",
                current.name,
                "it holds the heartbeat of pool HA and has no space left",
                "Free space on it: HA cannot be enabled again on a storage that is full.",
            )
    elif not any(_can_hold_heartbeat(pool, sr) for sr in pool.srs):
        yield Finding(
            "ha_no_sr",
            "warning",
            pool.label,
            "no shared storage that every host has plugged can hold the heartbeat of pool HA in 4 GB",
            "Give the pool an NFS, iSCSI or Fibre Channel storage, or free space on the one it has.",
        )


def _can_hold_heartbeat(pool: Pool, sr: Sr) -> bool:
    everywhere = {host.ref for host in pool.hosts} <= set(sr.plugged_on)
    used_before = sr.uuid == pool.ha.heartbeat_sr
    return sr.shared and sr.can_hold_statefile and everywhere and (used_before or sr.free_mib >= _HEARTBEAT_MIB)


def plan(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """The figures matter only for VMs that pool HA restarts (origins O3)."""
    ha = estate.pool.ha
    protected = any(vm.ha_restart_priority for vm in estate.pool.vms)
    if ha.enabled and ha.overcommitted:
        yield Finding(
            "ha_overcommitted",
            "warning",
            estate.pool.label,
            f"pool HA is to survive {ha.host_failures_to_tolerate} failures of hosts, but can plan for "
            f"{ha.plan_exists_for} only",
            "Add memory or hosts, protect fewer VMs, or ask for less with host_failures_to_tolerate.",
        )
    if ha.enabled and ha.host_failures_to_tolerate and not protected:
        yield Finding(
            "ha_plan_idle",
            "info",
            estate.pool.label,
            f"pool HA is to survive {ha.host_failures_to_tolerate} failures of hosts, but protects no VM; all that "
            "this does is to refuse that the last hosts are disabled",
            "Set host_failures_to_tolerate to 0 with xapi_pool_ha.",
        )


def licence(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Before 6.2 HA is part of the paid editions (origins O3, xapi.md 2.2, step 7)."""
    if estate.pool.restrictions.get("enable_xha") == "false":
        yield Finding(
            "ha_not_licensed",
            "warning",
            estate.pool.label,
            "its licence does not allow pool HA",
            "Get the licence, or elect a master by hand when this one fails.",
        )


def interfaces(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """HA cannot be enabled while one of these is out (xapi.md 2.2, step 8)."""
    for ref, device in estate.facts.unplugged_interfaces:
        yield Finding(
            "interface_unplugged",
            "warning",
            estate.pool.host(ref).name,
            f"its network interface {device} must not be unplugged, but it is, so pool HA cannot be enabled",
            "Plug it again, or allow that it is unplugged.",
        )


STANDING: tuple[Check, ...] = (
    limits,
    other_fence,
    size,
    armed,
    heartbeat_storage,
    plan,
    licence,
    interfaces,
)
