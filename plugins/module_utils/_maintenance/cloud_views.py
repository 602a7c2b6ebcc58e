# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the CloudStack modules return: plain dictionaries, named as CloudStack's API names things.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .cluster import CloudPicture, Cluster, CsHost, Instance, Job

View = dict[str, t.Any]


def cloud_view(picture: CloudPicture) -> View:
    """A whole picture."""
    return {
        "version": picture.version,
        "cluster": cluster_view(picture.cluster),
        "hosts": [cs_host_view(host) for host in picture.hosts],
        "instances": [instance_view(instance) for instance in picture.instances],
        "jobs": [job_view(job) for job in picture.jobs],
    }


def cluster_view(cluster: Cluster) -> View:
    """A cluster."""
    return {
        "id": cluster.id,
        "name": cluster.name,
        "zone": cluster.zone,
        "pod": cluster.pod,
        "managed_state": cluster.managed_state,
        "allocation_state": cluster.allocation_state,
    }


def cs_host_view(host: CsHost) -> View:
    """A host."""
    return {
        "id": host.id,
        "name": host.name,
        "ip_address": host.ip_address,
        "state": host.state,
        "resource_state": host.resource_state,
        "tags": sorted(host.tags),
        "for_ha_only": host.for_ha_only,
        "memory_total_mib": host.memory_total_mib,
        "memory_allocated_mib": host.memory_allocated_mib,
    }


def instance_view(instance: Instance) -> View:
    """A VM."""
    return {
        "id": instance.id,
        "name": instance.name,
        "instance_name": instance.instance_name,
        "kind": instance.kind,
        "state": instance.state,
        "host": instance.host,
        "host_name": instance.host_name,
        "memory_mib": instance.memory_mib,
        "ha_enabled": instance.ha_enabled,
        "affinity_groups": [
            {"id": group.id, "name": group.name, "type": group.type} for group in instance.affinity_groups
        ],
    }


def job_view(job: Job) -> View:
    """A pending job."""
    return {
        "id": job.id,
        "command": job.command,
        "created": job.created,
        "instance_type": job.instance_type,
        "instance_id": job.instance_id,
    }
