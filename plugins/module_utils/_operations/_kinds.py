# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of temporary changes that a run notes; ``maintenance_undo`` knows how to take back each of them.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

# A pool has one HA: its object is the pool's label, its ``before`` what ``restore`` takes.
POOL_HA = "pool_ha"
# Out of service in either system; the object is the host's address.
HOST_IN_SERVICE = "host_in_service"
# The object is the id of the cluster in CloudStack.
CLUSTER_MANAGED = "cluster_managed"
