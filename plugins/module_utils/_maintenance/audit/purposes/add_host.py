# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``add_host``: hosts are addresses that the pool does not know yet.

What is asked of the hosts that join is asked by ``xapi_pool_member``, which has their password.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from ...matching import Estate
from ..bystanders import NOBODY_MOVED, only_warned_of
from ..model import Finding, Scope
from ..purpose import Hosts

HOSTS: Hosts = "free"

# A pool without cluster is what a new cluster is made of, and what CloudStack lacks of a pool is added.
DROPS = frozenset({"cloudstack_unseen", "host_unknown_to_cloudstack"})

SEVERITIES = only_warned_of(NOBODY_MOVED | {"two_captains"})


def excused(estate: Estate, scope: Scope, finding: Finding) -> bool:
    """A host that has joined already gets its storage from the role."""
    joined = {host.name for host in estate.pool.hosts if host.address in scope.asked["hosts"]}
    return finding.code == "storage_unplugged" and finding.object in joined
