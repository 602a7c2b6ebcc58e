#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudstack_host_connection
short_description: Get a host back that CloudStack has lost
description:
  - Waits until CloudStack sees a host Up that is Alert, Down, Disconnected or Connecting, because CloudStack looks
    for its hosts every 90 seconds by itself.
  - When that search has not helped, CloudStack is asked once to connect anew, in those states where it allows it.
    Its refusal is told only when the host does not come back.
  - No VM is touched. A cluster that is not Managed is refused, because CloudStack does not look at it.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.cloudstack
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  host:
    description: Name, address or ID of the host.
    type: str
    required: true
  cluster:
    description: Name or ID of its cluster; needed when two zones use the same names or addresses.
    type: str
  state:
    description: What shall be.
    type: str
    choices: [up]
    default: up
  search_time:
    description: For how many seconds to rely on CloudStack's own search before it is asked to connect anew.
    type: float
    default: 300.0
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 900.0
seealso:
  - module: xencloud.maintenance.host_diagnosis
  - module: xencloud.maintenance.cloudstack_host_maintenance
"""

EXAMPLES = r"""
- name: Wait until CloudStack works with xen02 again
  xencloud.maintenance.cloudstack_host_connection:
    host: xen02
    cluster: cluster-a
"""

RETURN = r"""
host:
  description: The host afterwards.
  returned: success
  type: dict
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
      sample: Maintenance
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
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import cloudstack_host_connection as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
