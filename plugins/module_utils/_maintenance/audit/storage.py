# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage: what every host must reach.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..matching import Estate
from .model import Check, Finding, Scope


def storage_links(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A host that lost its shared storage can neither give nor take VMs."""
    shared = {sr.ref: sr for sr in estate.pool.srs if sr.shared}
    for host in estate.pool.hosts:
        for ref in host.unplugged_srs:
            if ref in shared:
                yield Finding(
                    "storage_unplugged",
                    "blocker",
                    host.name,
                    f"the shared storage {shared[ref].name} is not plugged",
                    "Plug its PBD again, and find out why it was lost.",
                )


POOL_CHECKS: tuple[Check, ...] = (storage_links,)
