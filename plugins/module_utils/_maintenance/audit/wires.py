# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two heartbeats of pool HA, and the cables that they hang on.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..estate import Host, Sr
from ..facts import Interface
from ..matching import Estate
from .model import Check, Finding, Scope, Severity

_NAMED = 5


def heartbeats(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that lost its network heartbeat resets itself (S10); one fault should not take both (peers.md I04)."""
    pool = estate.pool
    sr = next((sr for sr in pool.srs if sr.uuid == pool.ha.heartbeat_sr), None)
    alone: dict[tuple[str, bool], list[str]] = {}
    for host in pool.hosts:
        management = _management(estate, host)
        if pool.ha.enabled and host.live and management is not None and _links(estate, management) < 2:
            shared = sr is not None and _only_through(estate, host, sr, management)
            alone.setdefault((management.device, shared), []).append(host.name)
    for (device, shared), names in alone.items():
        yield _single(pool.label, device, names, sr.name if sr and shared else "")


def _single(pool: str, device: str, names: t.Sequence[str], sr: str) -> Finding:
    severity: Severity = "warning" if sr else "info"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    what = f"the network heartbeat and the way to the statefile on {sr} share" if sr else "the network heartbeat has"
    return Finding(
        "heartbeat_single_path",
        severity,
        pool,
        f"{what} one cable ({device}) on {', '.join(names[:_NAMED])}{more}, so one fault resets the host",
        "Bond the management interface over two switches, and give the heartbeat storage a network of its own.",
    )


def _management(estate: Estate, host: Host) -> Interface | None:
    """Where the network heartbeat goes (xapi.md 2.3)."""
    return next((each for each in estate.facts.interfaces if each.host == host.ref and each.management), None)


def _links(estate: Estate, interface: Interface) -> int:
    """The links that are up in a bond; a card by itself is one."""
    bonds = (bond for bond in estate.facts.bonds if (bond.host, bond.device) == (interface.host, interface.device))
    return next((bond.links_up for bond in bonds), 1)


def _only_through(estate: Estate, host: Host, sr: Sr, management: Interface) -> bool:
    """Every way to the storage leads over the management's device; names and multipath cannot be told."""
    servers = [server for server in map(_address, sr.servers) if server is not None]
    if not servers or len(servers) < len(sr.servers) or host.multipathing:
        return False
    own = [each for each in estate.facts.interfaces if each.host == host.ref]
    return all(_way(server, own, management).device == management.device for server in servers)


def _way(server: ipaddress.IPv4Address, own: t.Sequence[Interface], management: Interface) -> Interface:
    """The interface in the server's network; what is in none goes by the gateway, which is the management's."""
    return next((each for each in own if server in _network(each)), management)


def _network(interface: Interface) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(f"{interface.address}/{interface.netmask}", strict=False)
    except ValueError:
        return ipaddress.IPv4Network(f"{interface.address}/32")


def _address(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


STANDING: tuple[Check, ...] = (heartbeats,)
