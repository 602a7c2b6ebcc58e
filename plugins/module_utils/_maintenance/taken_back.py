# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both captains as they will be when what an earlier run left changed has been taken back, all but pool HA.

In check mode nothing is taken back, and a host that is still out of service would make a plan look impossible.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from dataclasses import replace

from .cluster import CloudPicture, CsHost
from .estate import Pool
from .kinds import CLUSTER_MANAGED, HOST_IN_SERVICE, POOL_HA
from .record import ENDED, read_record


def pool_after(pool: Pool) -> Pool:
    """Its hosts enabled, those that live; its run ended, with nothing left but pool HA."""
    record = read_record(pool.other_config)
    if record is None:
        return pool
    gone = {entry.key for entry in record.undo if entry.kind != POOL_HA}
    out = _objects(pool, HOST_IN_SERVICE)
    return replace(
        pool,
        hosts=tuple(replace(host, enabled=True) if host.live and host.address in out else host for host in pool.hosts),
        other_config={**{key: value for key, value in pool.other_config.items() if key not in gone}, ENDED: ""},
    )


def cloud_after(pool: Pool, cloud: CloudPicture) -> CloudPicture:
    """The cluster Managed, the hosts out of maintenance and Up.

    :param pool: as it is before.
    """
    out, clusters = _objects(pool, HOST_IN_SERVICE), _objects(pool, CLUSTER_MANAGED)
    # Every connection of CloudStack's goes through an enabled master of a Managed cluster (cloudstack.md 1.2).
    cut_off = bool(clusters) or pool.master_host.address in out
    serving = {host.address for host in pool_after(pool).hosts if host.live and host.enabled}
    heard = serving if cut_off else serving & out
    return replace(
        cloud,
        cluster=replace(cloud.cluster, managed_state="Managed") if cloud.cluster.id in clusters else cloud.cluster,
        hosts=tuple(_up(host, host.ip_address in out) if host.ip_address in heard else host for host in cloud.hosts),
    )


def _up(host: CsHost, was_out: bool) -> CsHost:
    return replace(host, state="Up", resource_state="Enabled" if was_out else host.resource_state)


def _objects(pool: Pool, kind: str) -> set[str]:
    record = read_record(pool.other_config)
    return {entry.object for entry in record.undo if entry.kind == kind} if record else set()
