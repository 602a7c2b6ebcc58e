# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads CloudStack's settings; which ones there are depends on its version.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .client import CloudStackClient

# Versions up to 4.4 have the short name (cloudstack.md 1.5).
_HEARTBEAT_TIMEOUT = ("xenserver.heartbeat.timeout", "xen.heartbeat.timeout")


def read_setting(client: CloudStackClient, *names: str, **scope: str) -> str | None:
    """The value of the first of these settings that this version has; None when it has none of them."""
    for name in names:
        rows = client.list("listConfigurations", "configuration", name=name, **scope)
        found = [row for row in rows if row.get("name") == name]
        if found:
            return str(found[0].get("value") or "")
    return None


def heartbeat_timeout(client: CloudStackClient) -> str | None:
    """After how many seconds without primary storage a host restarts itself."""
    return read_setting(client, *_HEARTBEAT_TIMEOUT)
