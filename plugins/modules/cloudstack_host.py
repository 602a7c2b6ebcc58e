#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudstack_host
short_description: A host is in CloudStack, or it is not
description:
  - Adds a pool to CloudStack, or deletes a host from it.
  - CloudStack adds whole pools. Whatever member is named, every member that it does not know comes along, also one that
    was deleted before. So a host that shall leave for good leaves its pool first.
  - Deleting tells the pool nothing, see M(xencloud.maintenance.xapi_pool_member).
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi.optional
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.both_captains
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  host:
    description:
      - Address of the host; with O(state=absent) its name or ID will do as well.
      - An address or ID that CloudStack does not know is absent already. A name that it does not know is
        refused, because it may as well be a mistake.
    type: str
    required: true
  cluster:
    description:
      - Name or ID of its cluster; needed for a new cluster, and when two zones use the same names or addresses.
    type: str
  state:
    description:
      - V(present) adds the pool of this host and waits until every host of it is Up. O(hostname) and O(password) are
        those of the pool.
      - V(absent) deletes the host, which has to be in maintenance without VMs.
    type: str
    required: true
    choices: [present, absent]
  create_cluster:
    description: With O(state=present), create O(cluster) in O(zone) and O(pod) when there is none of this name.
    type: bool
    default: false
  zone:
    description: Name or ID of the zone of a new cluster.
    type: str
  pod:
    description: Name or ID of the pod of a new cluster.
    type: str
  host_tags:
    description: Tags of hosts that are added.
    type: list
    elements: str
    default: []
  forced:
    description:
      - With O(state=absent), delete a host that is not in maintenance, if CloudStack has lost it and counts no
        VM on it.
      - For hosts that are dead for good, see O(xencloud.maintenance.xapi_pool_member#module:state=forgotten).
    type: bool
    default: false
  add_timeout:
    description: How many seconds CloudStack may take to answer when it adds hosts; it prepares each of them meanwhile.
    type: float
    default: 600.0
  watch_for:
    description:
      - With O(state=absent), how many seconds to watch that the host does not come back.
      - CloudStack looks for hosts every 90 seconds.
    type: float
    default: 0.0
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 1800.0
seealso:
  - module: xencloud.maintenance.cloudstack_host_maintenance
  - module: xencloud.maintenance.xapi_pool_member
"""

EXAMPLES = r"""
- name: CloudStack has every host of the pool of xen01
  xencloud.maintenance.cloudstack_host:
    hostname: 192.0.2.11
    password: "{{ pool_password }}"
    host: 192.0.2.11
    state: present

- name: CloudStack forgets xen03, which is in maintenance and has left its pool
  xencloud.maintenance.cloudstack_host:
    host: 192.0.2.13
    cluster: cluster-a
    state: absent
"""

RETURN = r"""
hosts:
  description: The hosts of the cluster in CloudStack afterwards.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the host.
      type: str
    name:
      description: Name of the host.
      type: str
      sample: xen02
    ip_address:
      description: Its address.
      type: str
      sample: 192.0.2.12
    state:
      description: The connection.
      type: str
      sample: Up
    resource_state:
      description: Whether it is in service.
      type: str
      sample: Enabled
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
      description: Memory promised to VMs, in MiB.
      type: int
added:
  description: Names of the hosts that CloudStack did not know.
  returned: O(state=present)
  type: list
  elements: str
  sample: [xen04]
cluster:
  description: The cluster, by C(id) and C(name); without ID when it is still to be created, in check mode.
  returned: O(state=present)
  type: dict
  sample: {id: 4f1c1b6e-0c3e-4b0e-8f57-0a6b1c2d3e4f, name: cluster-a}
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import cloudstack_host as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
