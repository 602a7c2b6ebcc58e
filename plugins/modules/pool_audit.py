#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pool_audit
short_description: Audit a pool and its CloudStack cluster
description:
  - Looks at both captains, pool HA and CloudStack, and tells who would elect a master and who would restart VMs right
    now, and everything that is wrong or dangerous. Changes nothing.
  - With a O(purpose) it is the preflight of the role of that name. Then it looks at what that role needs as well, says
    what is to be done, and fails with everything that stands in the way in one message.
  - A pool whose master does not answer and a cluster that is not found are findings, not errors.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.info_module
  - xencloud.maintenance._attributes.both_captains
options:
  purpose:
    description: What is going to be done. V(audit) is the plain audit, the others are preflights.
    type: str
    choices:
      - add_host
      - audit
      - designate_master
      - drain
      - elect_master
      - patch
      - pool_ha
      - reboot
      - recover_host
      - remove_host
      - vm_protection
    default: audit
  hosts:
    description:
      - The hosts that the purpose is about, by name, address or UUID.
      - With O(purpose=remove_host) a host may have left the pool already.
    type: list
    elements: str
    default: []
  asked:
    description: What else the role was asked for, as the checks of its purpose need it.
    type: dict
    default: {}
  cluster:
    description: Name or ID of the CloudStack cluster; found by the addresses of the pool's hosts if not set.
    type: str
  min_ha_timeout:
    description: A shorter time-out of pool HA is a finding. Seconds.
    type: int
    default: 120
  min_hosts:
    description: A pool with fewer hosts is a finding.
    type: int
    default: 3
  max_clock_skew:
    description: A host whose clock differs from the master's by more is a finding. Seconds.
    type: int
    default: 5
  expiry_days:
    description: A certificate or licence that ends within so many days is a finding.
    type: int
    default: 30
  run_id:
    description: The run that asks. Its own record in the pool is no finding.
    type: str
  after_undo:
    description:
      - Judge as if what an earlier run left changed had been taken back, all but pool HA - its hosts in service as far
        as they live, its cluster Managed, its run ended.
      - For check mode, where M(xencloud.maintenance.maintenance_undo) has told what it would take back.
    type: bool
    default: false
  fail_on:
    description:
      - Fail when there is a finding of this severity or worse.
      - If not set, it is V(none) for the plain audit and V(blocker) for every other O(purpose).
    type: str
    choices:
      - blocker
      - warning
      - none
seealso:
  - module: xencloud.maintenance.maintenance_plan
  - module: xencloud.maintenance.maintenance_gate
"""

EXAMPLES = r"""
- name: Audit a pool
  xencloud.maintenance.pool_audit:
    hostname: 192.0.2.11
    password: "{{ pool_password }}"
    api_url: https://cloudstack.example.org/client/api
    api_key: "{{ cloudstack_key }}"
    api_secret: "{{ cloudstack_secret }}"
  register: audit

- name: Fail when anything would stop the hosts from being restarted
  xencloud.maintenance.pool_audit:
    purpose: reboot
"""

RETURN = r"""
findings:
  description: Everything that was noticed, the worst first.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: What kind of finding it is.
      type: str
      sample: two_captains
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
captains:
  description: Who would act right now, or null when the pool's master does not answer.
  returned: always
  type: dict
  contains:
    master:
      description: Who elects a new master, V(pool_ha) or V(nobody).
      type: str
    vms:
      description: Who restarts VMs of CloudStack, V(cloudstack), V(pool_ha), V(both) or V(nobody).
      type: str
pool:
  description: The pool, or null when its master does not answer.
  returned: always
  type: dict
  contains:
    label:
      description: Its name, or its master's when it has none.
      type: str
    name:
      description: Its name.
      type: str
    uuid:
      description: Its UUID.
      type: str
    master:
      description: Name, UUID and address of its master.
      type: dict
    members:
      description: Addresses of all its hosts.
      type: list
      elements: str
    hosts:
      description: Name, UUID and address of all its hosts.
      type: list
      elements: dict
    ha:
      description: Pool HA as it is now.
      type: dict
    ha_text:
      description: What becomes of pool HA in a run that switches it off for its own time.
      type: str
      sample: "pool-a: HA goes off for the run and on again as it is: timeout 180 s, heartbeat on nfs-ha"
    ha_before:
      description: The same as M(xencloud.maintenance.xapi_pool_ha) takes it to restore it.
      type: dict
    expected:
      description: What M(xencloud.maintenance.maintenance_gate) compares with later.
      type: dict
cluster:
  description: ID, name and states of the cluster, or null when it was not found.
  returned: always
  type: dict
work:
  description: What the planner of the O(purpose) says is to be done; empty when it has none.
  returned: always
  type: dict
purpose:
  description: As asked for.
  returned: always
  type: str
markdown:
  description: The same as a page for people.
  returned: always
  type: str
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import pool_audit as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
