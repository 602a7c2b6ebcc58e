# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of ``add_host``: hosts are addresses that the pool does not know yet.

What is asked of the hosts that join is asked by ``xapi_pool_member``, which has their password.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from ...matching import Estate
from ..model import Finding, Scope, Severity
from ..purpose import Hosts

HOSTS: Hosts = "free"

# A pool without cluster is what a new cluster is made of, and what CloudStack lacks of a pool is added.
DROPS = frozenset({"cloudstack_unseen", "host_unknown_to_cloudstack"})

# No VM is moved and no host is emptied, so the work of others is no obstacle.
SEVERITIES: dict[str, Severity] = {
    "cluster_disabled": "warning",
    "host_disabled": "warning",
    "host_in_maintenance": "warning",
    "host_not_enabled": "warning",
    "host_not_up": "warning",
    "host_unknown_to_pool": "warning",
    "two_captains": "warning",
    "job_running": "warning",
    "vm_elsewhere": "warning",
    "vm_in_transition": "warning",
    "vm_missing": "warning",
}


def excused(estate: Estate, scope: Scope, finding: Finding) -> bool:
    """A host that has joined already gets its storage from the role."""
    joined = {host.name for host in estate.pool.hosts if host.address in scope.asked["hosts"]}
    return finding.code == "storage_unplugged" and finding.object in joined
