#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: maintenance_plan
short_description: Look at both captains and plan a maintenance run
description:
  - Reads the pool and its CloudStack cluster, matches hosts by address and VMs by name, and plans in which order the
    hosts are emptied and where each VM goes, with as few live migrations as possible. Changes nothing.
  - VMs go to hosts that are already done, and are never moved back. Memory, storage, versions and anti-affinity are
    respected.
  - Finds everything that stands in the way, and fails with all of it in one message.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.info_module
  - xencloud.maintenance._attributes.both_captains
options:
  cluster:
    description: Name or ID of the CloudStack cluster; found by the addresses of the pool's hosts if not set.
    type: str
  mode:
    description:
      - V(patch) plans for the hosts that lack updates or a restart, the pool's master first.
      - V(reboot) plans for all hosts, the pool's master last; another host becomes master before that, and stays it.
      - V(drain) plans to empty the hosts in O(hosts), in the order given, none of them being a target.
    type: str
    choices:
      - patch
      - reboot
      - drain
    default: patch
  hosts:
    description: Only these hosts, by name, address or UUID. Required with O(mode=drain).
    type: list
    elements: str
    default: []
  avoid:
    description: Hosts that take VMs only when no other can, such as those that are emptied next.
    type: list
    elements: str
    default: []
  since:
    description:
      - With O(mode=reboot), hosts that were restarted after this moment are done, in seconds since 1970.
      - 0 for none.
    type: int
    default: 0
  after_undo:
    description:
      - Plan as if what an earlier run left changed had been taken back, all but pool HA - its hosts in service as far
        as they live, its cluster Managed, its run ended.
      - For check mode, where M(xencloud.maintenance.maintenance_undo) has told what it would take back.
    type: bool
    default: false
  refuse_blocked:
    description: Fail when something stands in the way. Otherwise it is only reported in RV(findings).
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait until every host has told which updates it lacks.
    default: 900.0
seealso:
  - module: xencloud.maintenance.cloudstack_vm_migrate
  - module: xencloud.maintenance.xapi_vm_migrate
  - module: xencloud.maintenance.maintenance_gate
"""

EXAMPLES = r"""
- name: Plan a patch run
  xencloud.maintenance.maintenance_plan:
    hostname: 192.0.2.11
    password: "{{ pool_password }}"
    api_url: https://cloudstack.example.org/client/api
    api_key: "{{ cloudstack_key }}"
    api_secret: "{{ cloudstack_secret }}"
    mode: patch
  register: look

- name: Plan to empty one host, and see what stands in the way
  xencloud.maintenance.maintenance_plan:
    mode: drain
    hosts:
      - xen02
    refuse_blocked: false
  register: look

- name: Show it
  ansible.builtin.debug:
    var: look.findings
"""

RETURN = r"""
plan:
  description: The plan. Later hosts are planned as if everything before them had been done.
  returned: success
  type: dict
  contains:
    pool:
      description: Name of the pool.
      type: str
    cluster:
      description: ID and name of the cluster.
      type: dict
    mode:
      description: As asked for.
      type: str
    now:
      description: When it was made, in seconds since 1970 of the master's clock.
      type: int
    hosts:
      description: The hosts in the order in which they are emptied.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the host.
          type: str
        uuid:
          description: UUID of the host.
          type: str
        address:
          description: Address of the host, which both systems know.
          type: str
        cloudstack_id:
          description: Its ID in CloudStack.
          type: str
        cloudstack_name:
          description: Its name in CloudStack.
          type: str
        is_master:
          description: Whether it is the pool's master.
          type: bool
        unmanaged_window:
          description: Whether the cluster has to be Unmanaged while this host is away.
          type: bool
        new_master:
          description:
            - Address of the host that becomes master before this one restarts, and stays it.
            - Empty unless this is the master, with O(mode=reboot).
          type: str
        new_master_name:
          description: Name of that host.
          type: str
        updates:
          description: Names of the packages it lacks, with O(mode=patch).
          type: list
          elements: str
        reboot_required:
          description: Whether it was updated after its last start.
          type: bool
        still_to_do:
          description: Addresses of the hosts after it.
          type: list
          elements: str
        moves:
          description: The VMs that leave it, in this order.
          type: list
          elements: dict
          contains:
            vm:
              description: ID of the VM in CloudStack, or its UUID in the pool, depending on the captain.
              type: str
            name:
              description: Name of the VM.
              type: str
            kind:
              description: V(user), V(router) or V(system) in CloudStack, V(pool) if only the pool knows it.
              type: str
            captain:
              description: Who moves it, V(cloudstack) or V(xapi).
              type: str
            source:
              description: Address of the host it is on.
              type: str
            source_name:
              description: Name of that host.
              type: str
            target:
              description: Address of the host it goes to.
              type: str
            target_name:
              description: Name of that host.
              type: str
            memory_mib:
              description: Its memory in MiB.
              type: int
        cloudstack_moves:
          description: The same as M(xencloud.maintenance.cloudstack_vm_migrate) takes them.
          type: list
          elements: dict
        xapi_moves:
          description: The same as M(xencloud.maintenance.xapi_vm_migrate) takes them.
          type: list
          elements: dict
    digest:
      description: SHA-256 of what is decided; the same for the same hosts, updates, migrations and new master, in the
        same order.
      type: str
    done:
      description: Names of the hosts that need nothing.
      type: list
      elements: str
    moves_total:
      description: Number of live migrations.
      type: int
    lower_bound:
      description: Number of live migrations that no order of the hosts can do without.
      type: int
    members:
      description: Addresses of all hosts of the pool.
      type: list
      elements: str
    ha:
      description: Pool HA as it is now.
      type: dict
    ha_left_off:
      description: Whether an earlier run left pool HA off; the run that carries this plan out puts it back.
      type: bool
    ha_before:
      description: The same as M(xencloud.maintenance.xapi_pool_ha) takes it to restore it.
      type: dict
    expected:
      description: What M(xencloud.maintenance.maintenance_gate) compares with later.
      type: dict
findings:
  description: Everything that was noticed, the worst first.
  returned: success, or something stands in the way
  type: list
  elements: dict
  contains:
    code:
      description: What kind of finding it is.
      type: str
      sample: no_memory
    severity:
      description: V(blocker), V(warning) or V(info).
      type: str
    object:
      description: What it is about.
      type: str
    text:
      description: What is wrong.
      type: str
    remedy:
      description: What to do.
      type: str
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import maintenance_plan as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
