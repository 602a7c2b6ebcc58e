#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_vm_migrate
short_description: Move VMs of a pool live to given hosts
description:
  - Moves a batch of running VMs, some at a time from each host, and judges each by where it is in the end.
  - After a failure nothing new is started, but what is on its way is waited for.
  - It is meant for VMs that CloudStack does not know. CloudStack's own are moved by
    M(xencloud.maintenance.cloudstack_vm_migrate), so that CloudStack knows where they are.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.xapi
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  moves:
    description: The VMs and where each shall be.
    type: list
    elements: dict
    required: true
    suboptions:
      vm:
        description: UUID or name of the VM.
        type: str
        required: true
      host:
        description: Name, address or UUID of the host that it shall be on.
        type: str
        required: true
  parallel:
    description: How many VMs may be on their way from one host at the same time.
    type: int
    default: 2
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 3600.0
seealso:
  - module: xencloud.maintenance.cloudstack_vm_migrate
"""

EXAMPLES = r"""
- name: Move two VMs away from xen02
  xencloud.maintenance.xapi_vm_migrate:
    moves:
      - vm: monitoring
        host: xen01
      - vm: backup
        host: 192.0.2.13
"""

RETURN = r"""
moved:
  description: The VMs that arrived.
  returned: always
  type: list
  elements: dict
  contains:
    vm:
      description: UUID of the VM.
      type: str
      sample: 1f0e2d3c-4b5a-4968-8776-655443322110
    name:
      description: Name of the VM.
      type: str
      sample: web-07
    source:
      description: Name of the host that it was on.
      type: str
      sample: xen02
    target:
      description: Name of the host that it was to go to.
      type: str
      sample: xen03
    memory_mib:
      description: The most memory in MiB that it may use.
      type: int
      sample: 4096
    seconds:
      description: How long it took.
      type: float
      sample: 12.3
failures:
  description: The VMs that did not arrive.
  returned: always
  type: list
  elements: dict
  contains:
    vm:
      description: UUID of the VM.
      type: str
      sample: 1f0e2d3c-4b5a-4968-8776-655443322110
    name:
      description: Name of the VM.
      type: str
      sample: web-07
    source:
      description: Name of the host that it was on.
      type: str
      sample: xen02
    target:
      description: Name of the host that it was to go to.
      type: str
      sample: xen03
    memory_mib:
      description: The most memory in MiB that it may use.
      type: int
      sample: 4096
    cause:
      description: Why not.
      type: str
      sample: the target has too little free memory (HOST_NOT_ENOUGH_FREE_MEMORY)
unmoved:
  description: The VMs that were not tried because another one had failed.
  returned: always
  type: list
  elements: dict
  contains:
    vm:
      description: UUID of the VM.
      type: str
      sample: 1f0e2d3c-4b5a-4968-8776-655443322110
    name:
      description: Name of the VM.
      type: str
      sample: web-07
    source:
      description: Name of the host that it was on.
      type: str
      sample: xen02
    target:
      description: Name of the host that it was to go to.
      type: str
      sample: xen03
    memory_mib:
      description: The most memory in MiB that it may use.
      type: int
      sample: 4096
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_vm_migrate as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
