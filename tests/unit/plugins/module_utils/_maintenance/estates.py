# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estates for the tests of purposes: the pool of ``pools`` under a CloudStack that knows its hosts."""

from __future__ import annotations

import typing as t

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.cluster import (
    CloudPicture,
    Cluster,
    CsHost,
    Instance,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Host, Pool
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.matching import Estate, match

CLUSTER = Cluster("c1", "cluster-a", "z1", "zone1", "pod1", "Managed", "Enabled")


def cloud_host(host: Host, **changes: t.Any) -> CsHost:
    """A pool host as CloudStack has it."""
    plain = {
        "id": f"cs-{host.ref}",
        "name": host.name,
        "ip_address": host.address,
        "state": "Up",
        "resource_state": "Enabled",
        "cluster_id": "c1",
        "tags": frozenset(),
        "for_ha_only": False,
        "memory_total_mib": 65536,
        "memory_allocated_mib": 0,
    }
    return CsHost(**{**plain, **changes})


def estate(pool: Pool, hosts: t.Sequence[CsHost] | None = None, instances: tuple[Instance, ...] = ()) -> Estate:
    """The pool and its cluster; CloudStack knows all hosts of the pool unless told otherwise."""
    known = [cloud_host(host) for host in pool.hosts] if hosts is None else hosts
    return match(pool, CloudPicture("4.22.0.0", CLUSTER, tuple(known), instances, ()))
