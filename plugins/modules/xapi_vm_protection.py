#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_vm_protection
short_description: Decide who restarts the VMs of a pool after a failure
description:
  - With O(mode=cloudstack) no VM of CloudStack has an C(ha_restart_priority), and CloudStack alone restarts them.
    This is what CloudStack expects.
  - With O(mode=xenserver) the HA of the pool restarts exactly the user VMs whose service offering has HA. Virtual
    routers and system VMs stay with CloudStack.
  - VMs are matched by their internal names, such as V(i-2-7-VM). Those that CloudStack does not own are left alone and
    reported.
  - Everything is looked at first and refused at once, a VM that only some hosts can run, or more VMs than the pool can
    place, for example. Then all VMs are changed, or none of them.
  - The order of starts and the delays of VMs are not touched.
  - The pool's C(other_config) says C(xencloud.vm_captain=xenserver) as long as O(mode=xenserver) was decided, so that
    M(xencloud.maintenance.pool_audit) can tell the decision from an accident.
notes:
  - CloudStack knows nothing of O(mode=xenserver). What it goes on doing by itself is in RV(cloudstack_still_does).
  - A VM that CloudStack deploys, or starts after a stop, has no priority. Run the module again after either.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
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
  mode:
    description:
      - Who restarts VMs.
      - O(mode=xenserver) needs pool HA to be on.
      - Either this or O(restore) is required.
    type: str
    choices: [cloudstack, xenserver]
  restore:
    description:
      - RV(protection_before) of an earlier call; brings exactly these priorities back.
      - VMs that are gone are passed over.
    type: dict
  cluster:
    description:
      - Name or id of the cluster in CloudStack.
      - By default the one whose hosts have the addresses of the pool's.
    type: str
  allow_overcommit:
    description:
      - Whether HA may promise to tolerate more failed hosts than it has room for.
      - XAPI refuses this as well while the pool's C(ha_allow_overcommit) is false and a full plan exists.
    type: bool
    default: false
  findings:
    description:
      - What M(xencloud.maintenance.pool_audit) has found, to be told together with what stands in the way here.
      - A blocker among them is refused.
    type: list
    elements: dict
    default: []
  batch:
    description: After how many VMs a line of progress is written, and the record of the run is consulted.
    type: int
    default: 100
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 600.0
seealso:
  - module: xencloud.maintenance.xapi_pool_ha
  - module: xencloud.maintenance.xapi_pool_info
"""

EXAMPLES = r"""
- name: CloudStack alone restarts VMs
  xencloud.maintenance.xapi_vm_protection:
    mode: cloudstack

- name: The pool restarts the VMs that have an HA offering
  xencloud.maintenance.xapi_vm_protection:
    mode: xenserver
  register: protection

- name: The priorities as they were before
  xencloud.maintenance.xapi_vm_protection:
    restore: "{{ protection.protection_before }}"

- name: Read what CloudStack then still does by itself
  ansible.builtin.debug:
    var: protection.cloudstack_still_does
"""

RETURN = r"""
changes:
  description: The VMs whose priority was changed, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    vm:
      description: Name of the VM in CloudStack and its internal name.
      type: str
      sample: web-1 (i-2-7-VM)
    uuid:
      description: UUID of the VM in the pool.
      type: str
      sample: 0c0b9f0e-7f5b-4b0a-8a4c-5d1e2f3a4b5c
    before:
      description: The priority it had.
      type: str
      sample: ""
    after:
      description: The priority it has to have.
      type: str
      sample: restart
protection_before:
  description: The priority that each of these VMs had, by its UUID, as O(restore) takes it.
  returned: success
  type: dict
  sample: {0c0b9f0e-7f5b-4b0a-8a4c-5d1e2f3a4b5c: ""}
protected:
  description: Internal names of all VMs of CloudStack that the pool protects afterwards.
  returned: when O(mode) is given
  type: list
  elements: str
  sample: [i-2-7-VM]
left_alone:
  description: The VMs of the pool that CloudStack does not own.
  returned: when O(mode) is given
  type: list
  elements: dict
  contains:
    vm:
      description: Name of the VM.
      type: str
      sample: monitoring
    uuid:
      description: UUID of the VM.
      type: str
      sample: 0c0b9f0e-7f5b-4b0a-8a4c-5d1e2f3a4b5c
    ha_restart_priority:
      description: Its priority, which stays.
      type: str
      sample: ""
plan:
  description: What XAPI's failover planner says.
  returned: when O(mode) is given
  type: dict
  contains:
    host_failures_to_tolerate:
      description: How many failed hosts HA is to tolerate.
      type: int
      sample: 1
    possible_before:
      description: How many it had room for.
      type: int
      sample: 3
    possible_after:
      description: How many it has room for with the changes; looked up after them, predicted in check mode.
      type: int
      sample: 1
    overcommitted:
      description: Whether more is promised than there is room for.
      type: bool
cloudstack_still_does:
  description: With O(mode=xenserver), what CloudStack goes on doing by itself; otherwise empty.
  returned: when O(mode) is given
  type: list
  elements: str
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_vm_protection as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
