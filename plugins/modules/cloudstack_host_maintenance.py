#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudstack_host_maintenance
short_description: A host in or out of CloudStack's maintenance
description:
  - Brings a host into the state Maintenance, or back to Enabled, from whatever state it is in.
  - Going into maintenance with VMs on it lets CloudStack move them, which may stop a VM that cannot be moved.
    Empty the host first with M(xencloud.maintenance.cloudstack_vm_migrate).
  - ErrorInMaintenance is never a success. CloudStack is asked once more, then the module fails.
  - Only one host of a cluster can be on its way into maintenance; the module waits for its turn.
  - With O(run_id), it is noted whether the host was enabled in XAPI and which state it had in CloudStack, before either
    is changed, also when it is in maintenance already. So taking back leaves what was there before the run.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
  - xencloud.maintenance._xapi.optional
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
    description: Name, address or ID of the host.
    type: str
    required: true
  cluster:
    description: Name or ID of its cluster; needed when two zones use the same names or addresses.
    type: str
  state:
    description:
      - V(maintenance) means Maintenance. A host that is Disabled in CloudStack is refused, CloudStack would spoil it.
      - V(enabled) means Enabled. Maintenance is cancelled whatever came of it, and a Disabled host is enabled.
    type: str
    required: true
    choices:
      - maintenance
      - enabled
  wait_for_up:
    description: With O(state=enabled), wait also until CloudStack sees the host Up.
    type: bool
    default: true
  wait_timeout:
    default: 3600.0
seealso:
  - module: xencloud.maintenance.cloudstack_vm_migrate
  - module: xencloud.maintenance.xapi_host
"""

EXAMPLES = r"""
- name: Let CloudStack note the empty host as in maintenance
  xencloud.maintenance.cloudstack_host_maintenance:
    host: 192.0.2.12
    cluster: cluster-a
    state: maintenance

- name: Put the host back into service
  xencloud.maintenance.cloudstack_host_maintenance:
    host: xen02
    state: enabled
    wait_timeout: 900
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
from ..module_utils._operations import cloudstack_host_maintenance as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
