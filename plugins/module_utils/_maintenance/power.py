# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarting and switching hosts off and on: what forbids it, and what proves that it has happened.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .estate import Host, Pool

# No server boots within this time, while the boot time that xapi computes may shift by a second or two.
SAME_BOOT_S = 10.0


def obstacles(pool: Pool, host: Host, state: str) -> list[str]:
    """Everything that would harm guests or the pool; XAPI itself checks only the first (xapi.md 5.5)."""
    if state == "on":
        return ["it is alive, but has not booted since booted_after"] if host.live else []
    if state == "toolstack_restarted":
        return ["a toolstack restart while HA is on can fence the host"] if pool.ha.enabled else []
    found = ["it is enabled"] if host.enabled else []
    guests = [vm.name for vm in pool.guests_on(host)]
    coming = sorted(vm.name for vm in pool.vms if vm.bound_for == host.ref and vm.host != host.ref)
    if guests:
        found.append(f"{len(guests)} guests would be stopped ({', '.join(guests)})")
    if coming:
        found.append(f"VMs are on their way to it ({', '.join(coming)})")
    if state == "shutdown" and host.is_master and len(pool.hosts) > 1:
        found.append("it is the pool's master")
    return found


def already_there(host: Host, state: str, booted_after: float | None) -> bool:
    """True when nothing has to be done."""
    match state:
        case "rebooted":
            return booted_after is not None and host.live and host.boot_time > booted_after
        case "shutdown":
            return not host.live
        case "on":
            return host.live and (booted_after is None or host.boot_time > booted_after)
        case _:
            return False


def storage_to_await(pool: Pool, host: Host) -> frozenset[str]:
    """The SRs that the host must have plugged again: its own, or those of all others when it is off."""
    if host.live:
        return frozenset(host.plugged_srs)
    others = [set(other.plugged_srs) for other in pool.hosts if other.live]
    everywhere = set.intersection(*others) if others else set()
    return frozenset(everywhere & {*host.plugged_srs, *host.unplugged_srs})


def missing_after_boot(pool: Pool, before: Host, booted_at: float, storage: frozenset[str]) -> str | None:
    """What the host still lacks after its restart, for people; None when it is back."""
    host = pool.host(before.ref)
    if host.boot_time <= booted_at + SAME_BOOT_S:
        return "it has not booted yet"
    return missing(pool, before, storage)


def missing(pool: Pool, before: Host, storage: frozenset[str]) -> str | None:
    """What a host lacks to be as alive as it was."""
    host = pool.host(before.ref)
    if not host.live:
        return "it is not alive yet"
    names = sorted(pool.sr(ref).name for ref in storage - set(host.plugged_srs) if _known(pool, ref))
    return f"its storage is not plugged yet ({', '.join(names)})" if names else None


def absent(pool: Pool, alive_before: frozenset[str]) -> list[str]:
    """The hosts that were alive before and are not seen now."""
    return sorted(host.name for host in pool.hosts if host.ref in alive_before and not host.live)


def _known(pool: Pool, ref: str) -> bool:
    return any(sr.ref == ref for sr in pool.srs)
