# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what an audit wants to know beside the picture of a pool.

Three tables, two looks at clocks for each member that is alive, and, while HA is off, what would not leave each host. A
release that does not know a class yet has none of its records.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict

from .._maintenance.cluster import version_key
from .._maintenance.estate import Host, Pool
from .._maintenance.facts import Bond, Certificate, Facts, Interface, Refusal
from .client import XapiClient
from .errors import ConnectionLost, XapiError
from .tables import Record, Table
from .updates import epoch_s

_UPDATES_SINCE = (7, 1)


def read_facts(client: XapiClient, pool: Pool) -> Facts:
    """Everything but CloudStack's settings."""
    interfaces = client.call("PIF.get_all_records")
    hosts = _Hosts(client, pool)
    hosts.ask()
    return Facts(
        now=hosts.now,
        ahead_s=hosts.ahead_s,
        silent=hosts.silent,
        hotfixes=_hotfixes(client, pool),
        refusals=tuple(hosts.refusals),
        certificates=tuple(_certificate(record) for record in client.records("Certificate").values()),
        bonds=_bonds(client.records("Bond"), interfaces),
        interfaces=tuple(_addressed(interfaces)),
        unplugged_interfaces=tuple(_needed_but_unplugged(interfaces)),
    )


class _Hosts:
    """Asks the hosts one after another, each between two looks at the master's clock."""

    def __init__(self, client: XapiClient, pool: Pool) -> None:
        self._client = client
        self._pool = pool
        self.now = 0.0
        self.ahead_s: dict[str, float] = {}
        self.silent: dict[str, str] = {}
        self.refusals: list[Refusal] = []

    def ask(self) -> None:
        """Every host that is alive; one that does not answer is remembered with the reason."""
        self.now = self._clock(self._pool.master)
        for host in self._pool.hosts:
            if host.live:
                try:
                    self._ask(host)
                except XapiError as error:
                    self.silent[host.ref] = error.code
                except ConnectionLost:
                    self.silent[host.ref] = "no answer in time"
                    self._client.reconnect()

    def _ask(self, host: Host) -> None:
        before = self.now
        if not host.is_master:
            at = self._clock(host.ref)
            self.now = self._clock(self._pool.master)
            self.ahead_s[host.ref] = _outside(at, before, self.now)
        # Under HA every VM that CloudStack owns is refused, which hides whatever else may be wrong (xapi.md 5.4).
        if not self._pool.ha.enabled:
            stuck = self._client.call("host.get_vms_which_prevent_evacuation", host.ref, about=host.name)
            self.refusals += [self._refusal(host, vm, details) for vm, details in stuck.items()]

    def _clock(self, ref: str) -> float:
        return epoch_s(self._client.call("host.get_servertime", ref))

    def _refusal(self, host: Host, vm: str, details: t.Sequence[str]) -> Refusal:
        error = self._client.error(details)
        text = error.message if isinstance(error, XapiError) else str(details[0])
        return Refusal(host.ref, vm, str(details[0]), text.partition(": ")[2].partition(". ")[0])


def _outside(at: float, before: float, after: float) -> float:
    """How far a clock certainly is outside these two moments; all three are whole seconds."""
    if at < before - 1:
        return at - before
    return max(0.0, at - after - 1)


def _hotfixes(client: XapiClient, pool: Pool) -> dict[str, frozenset[str]]:
    """By host; from 7.1 on its updates are a field of the host (xapi.md 6.1)."""
    if all(version_key(host.software_version.get("product_version", "")) >= _UPDATES_SINCE for host in pool.hosts):
        return {}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for record in client.records("host_patch").values():
        if record["applied"]:
            found[record["host"]].add(record["name_label"])
    return {host: frozenset(names) for host, names in found.items()}


def _certificate(record: Record) -> Certificate:
    return Certificate(record["host"], record.get("type", "host"), epoch_s(record["not_after"]))


def _bonds(bonds: Table, interfaces: Table) -> tuple[Bond, ...]:
    cards = Counter(interface["bond_slave_of"] for interface in interfaces.values())
    return tuple(
        Bond(
            host=interfaces[bond["master"]]["host"],
            device=interfaces[bond["master"]]["device"],
            cards=cards[ref],
            # Releases before 6.1 do not count.
            links_up=int(bond.get("links_up", cards[ref])),
        )
        for ref, bond in bonds.items()
        if bond["master"] in interfaces
    )


def _addressed(interfaces: Table) -> t.Iterator[Interface]:
    for interface in interfaces.values():
        if interface["currently_attached"] and interface["IP"]:
            yield Interface(
                interface["host"],
                interface["device"],
                interface["IP"],
                interface["netmask"],
                interface["management"],
            )


def _needed_but_unplugged(interfaces: Table) -> t.Iterator[tuple[str, str]]:
    """Host and device of every interface that HA insists on and that is not attached (xapi.md 2.2, step 8)."""
    for interface in interfaces.values():
        if interface["disallow_unplug"] and not interface["currently_attached"]:
            yield interface["host"], interface["device"]
