#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudstack_vm_migrate
short_description: Move a batch of VMs by CloudStack, each to a given host
description:
  - Migrates running VMs live, several at a time. User VMs, routers and system VMs may be mixed.
  - The whole batch is checked before the first move. CloudStack checks neither memory nor affinity of an explicit
    target; M(xencloud.maintenance.maintenance_plan) does.
  - A VM counts as moved when CloudStack has it running on its target, whatever the job said.
  - After a failure nothing new is started, what is under way is waited for, and the module fails with every VM and its
    cause. A VM that could not be moved keeps running where it was.
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
  moves:
    description: What goes where.
    type: list
    elements: dict
    required: true
    suboptions:
      vm:
        description: ID or instance name of the VM.
        type: str
        required: true
      host:
        description: Address, name or ID of the host it goes to.
        type: str
        required: true
  parallel:
    description: How many VMs may leave a host at the same time.
    type: int
    default: 2
  wait_timeout:
    default: 3600.0
seealso:
  - module: xencloud.maintenance.maintenance_plan
  - module: xencloud.maintenance.xapi_vm_migrate
"""

EXAMPLES = r"""
- name: Move a user VM and a router to other hosts
  xencloud.maintenance.cloudstack_vm_migrate:
    moves:
      - vm: i-2-7-VM
        host: 192.0.2.13
      - vm: r-4-VM
        host: xen03

- name: Empty a host as planned, four VMs at a time
  xencloud.maintenance.cloudstack_vm_migrate:
    moves: "{{ look.plan.hosts[0].cloudstack_moves }}"
    parallel: 4
    wait_timeout: 7200
"""

RETURN = r"""
moved:
  description: The VMs that arrived. In check mode those that would be moved.
  returned: success or failure of a move
  type: list
  elements: dict
  contains:
    vm:
      description: ID of the VM.
      type: str
    name:
      description: Name of the VM.
      type: str
      sample: web-07
    source:
      description: Name of the host it was on.
      type: str
      sample: xen02
    target:
      description: Name of the host it went to.
      type: str
      sample: xen03
    memory_mib:
      description: Its memory in MiB.
      type: int
      sample: 4096
    seconds:
      description: How long it took. Not in check mode.
      type: float
      sample: 12.3
failures:
  description: The VMs that did not arrive, as in RV(moved), each with its C(cause) instead of the time.
  returned: success or failure of a move
  type: list
  elements: dict
unmoved:
  description: The VMs that were not tried after a failure, as in RV(moved).
  returned: success or failure of a move
  type: list
  elements: dict
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import cloudstack_vm_migrate as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
