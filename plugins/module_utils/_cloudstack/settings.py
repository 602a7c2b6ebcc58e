# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the settings of CloudStack; which ones there are depends on its version.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._maintenance.cluster import Cluster
from .client import CloudStackClient
from .errors import CloudStackError

# The filter is a part of the name, so that one call finds the old name, too (cloudstack.md 1.5, 2.16).
_HEARTBEAT = "heartbeat.timeout"
_VM_HA = "vm.ha.enabled"
_DRS = "drs.automatic.enable"
# Versions up to 4.4 have the short name.
_HEARTBEAT_TIMEOUT = ("xenserver.heartbeat.timeout", "xen.heartbeat.timeout")


def read_settings(client: CloudStackClient, cluster: Cluster) -> dict[str, str] | None:
    """The settings as they hold for this cluster, by name; None when this user may not read them."""
    try:
        return {
            **_named(client, _HEARTBEAT),
            **_named(client, _VM_HA, zoneid=cluster.zone_id),
            **_named(client, _DRS, clusterid=cluster.id),
        }
    except CloudStackError:
        return None


def read_setting(client: CloudStackClient, name: str, **scope: str) -> str | None:
    """One setting; None when this version has none of that name."""
    return _named(client, name, **scope).get(name)


def heartbeat_timeout(client: CloudStackClient) -> str | None:
    """After how many seconds without primary storage a host restarts itself."""
    found = _named(client, _HEARTBEAT)
    return next((found[name] for name in _HEARTBEAT_TIMEOUT if name in found), None)


def _named(client: CloudStackClient, name: str, **scope: str) -> dict[str, str]:
    rows = client.list("listConfigurations", "configuration", name=name, **scope)
    return {str(row["name"]): str(row.get("value", "")) for row in rows}
