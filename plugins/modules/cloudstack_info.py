#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudstack_info
short_description: What CloudStack knows about a pool
description:
  - Reads a cluster with its hosts, the VMs on them and the jobs that are pending, in a number of calls that does not
    grow with the pool.
  - User VMs of every account and project, routers, internal load balancers and system VMs are included.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.info_module
  - xencloud.maintenance._attributes.cloudstack
options:
  cluster:
    description: Name or ID of the cluster. At least one of O(cluster) and O(host_addresses) is needed.
    type: str
  host_addresses:
    description: Addresses of hosts by which the cluster is found when O(cluster) is not given.
    type: list
    elements: str
seealso:
  - module: xencloud.maintenance.xapi_pool_info
"""

EXAMPLES = r"""
- name: Look at a cluster
  xencloud.maintenance.cloudstack_info:
    api_url: https://cloudstack.example.org/client/api
    api_key: "{{ cloudstack_key }}"
    api_secret: "{{ cloudstack_secret }}"
    cluster: cluster-a
  register: look

- name: Find the cluster of a pool by the address of one of its hosts
  xencloud.maintenance.cloudstack_info:
    host_addresses:
      - 192.0.2.11
  register: look

- name: Show what runs on the host xen02
  ansible.builtin.debug:
    msg: "{{ look.cloudstack.instances | selectattr('host_name', 'eq', 'xen02') | map(attribute='name') }}"
"""

RETURN = r"""
cloudstack:
  description: What CloudStack knows.
  returned: success
  type: dict
  contains:
    version:
      description: Version of the management server.
      type: str
      sample: 4.22.0.0
    cluster:
      description: The cluster.
      type: dict
      contains:
        id:
          description: ID of the cluster.
          type: str
        name:
          description: Name of the cluster.
          type: str
        zone:
          description: Name of its zone.
          type: str
        pod:
          description: Name of its pod.
          type: str
        managed_state:
          description: V(Managed), V(Unmanaged), or a state between.
          type: str
        allocation_state:
          description: V(Enabled) or V(Disabled).
          type: str
    hosts:
      description: The hypervisor hosts, by name.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the host.
          type: str
        name:
          description: Name of the host.
          type: str
        ip_address:
          description: Address by which the host is matched to one of the pool.
          type: str
        state:
          description: The connection, such as V(Up) or V(Alert).
          type: str
        resource_state:
          description: Whether it is in service, such as V(Enabled) or V(Maintenance).
          type: str
        tags:
          description: Host tags.
          type: list
          elements: str
        for_ha_only:
          description: Whether CloudStack keeps it free for VMs of a failed host.
          type: bool
        memory_total_mib:
          description: Memory as CloudStack counts it, in MiB.
          type: int
        memory_allocated_mib:
          description: Memory promised to VMs, in MiB; lags behind by up to five minutes.
          type: int
    instances:
      description: The VMs on these hosts, by instance name.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the VM.
          type: str
        name:
          description: Name of the VM.
          type: str
        instance_name:
          description: Its name in the pool.
          type: str
          sample: i-2-7-VM
        kind:
          description: V(user), V(router) or V(system).
          type: str
        state:
          description: State of the VM.
          type: str
        host:
          description: ID of the host it is on; while it migrates, of the one it goes to.
          type: str
        host_name:
          description: Name of that host.
          type: str
        memory_mib:
          description: Memory in MiB.
          type: int
        ha_enabled:
          description: Whether CloudStack restarts it after a crash.
          type: bool
        affinity_groups:
          description: Affinity groups with ID, name and type. A pair of redundant routers has one that is made up.
          type: list
          elements: dict
    jobs:
      description: Asynchronous jobs that are pending, anywhere in this CloudStack.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the job.
          type: str
        command:
          description: What it does.
          type: str
        created:
          description: When it was started.
          type: str
        instance_type:
          description: Type of its object.
          type: str
        instance_id:
          description: ID of its object.
          type: str
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import cloudstack_info as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
