# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what only matters when pool HA is to be switched on (xapi.md 2.2, steps 8 and 15; 2.6).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._maintenance.estate import Pool
from .._maintenance.ha_ready import HaFacts
from .._maintenance.protection import protected_refs
from .client import XapiClient

# A statefile of at least this size is used again.
_STATEFILE_BYTES = 266_240


def read_ha_facts(client: XapiClient, pool: Pool) -> HaFacts:
    """Three calls; none of them changes anything."""
    return HaFacts(
        unplugged=_unplugged(client, pool),
        statefile_srs=_statefile_srs(client),
        most=most_failures(client, pool),
    )


def most_failures(client: XapiClient, pool: Pool, protected: dict[str, str] | None = None) -> int:
    """For how many host failures XAPI's planner has room, with these VMs protected or with those that are."""
    vms = protected_refs(pool) if protected is None else protected
    method = "pool.ha_compute_hypothetical_max_host_failures_to_tolerate"
    return int(client.call(method, vms, about=pool.label))


def _unplugged(client: XapiClient, pool: Pool) -> tuple[str, ...]:
    """The interfaces that somebody marked as not to be unplugged, and that are unplugged."""
    names = {host.ref: host.name for host in pool.hosts}
    pifs = client.call("PIF.get_all_records").values()
    missing = [pif for pif in pifs if pif["disallow_unplug"] and not pif["currently_attached"]]
    return tuple(sorted(f"{pif['device']} of {names.get(pif['host'], 'a host')}" for pif in missing))


def _statefile_srs(client: XapiClient) -> frozenset[str]:
    vdis = client.call("VDI.get_all_records_where", 'field "type"="ha_statefile"').values()
    return frozenset(vdi["SR"] for vdi in vdis if int(vdi["virtual_size"]) >= _STATEFILE_BYTES)
