# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that a pool lists, though they are pools of their own: they were ejected, and the master has forgotten it.

A master that loses power without HA may lose its last minutes (xapi.md 3.4), an eject among them. The host does not
lose them: it restarts as its own master, with the same uuid (xapi.md 4.2).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .client import XapiClient


def stands_apart(client: XapiClient, pool: Pool, host: Host) -> bool:
    """True when the host itself says that it is the master of another pool; silence proves nothing."""
    try:
        other = client.at(host.address)
    except MaintenanceError:
        return False
    try:
        pools, hosts = other.call("pool.get_all_records"), other.call("host.get_all_records")
    except MaintenanceError:
        return False
    finally:
        other.close()
    return all(each["uuid"] != pool.uuid and hosts[each["master"]]["uuid"] == host.uuid for each in pools.values())
