#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_diagnosis
short_description: Name what keeps one host out of service, and the way back
description:
  - Looks at a host from three sides, its own address, its pool's master and CloudStack, and returns the rungs of
    the ladder that lead it back into service, from harmless to grave.
  - Each rung says what was seen, what has to be done, by which call, and why that is safe or why somebody else has
    to act.
  - Changes nothing. With O(wait_while) it looks again until those rungs are not needed any more, or the time is over.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.info_module
  - xencloud.maintenance._attributes.both_captains
options:
  host:
    description: Name, address or UUID of the host. When no master answers, its name or address in CloudStack.
    type: str
    required: true
  cluster:
    description: Name or ID of the CloudStack cluster; found by the addresses of the pool's hosts when empty.
    type: str
  allow:
    description: Grave rungs that the operator permits.
    type: list
    elements: str
    choices: [disarm_ha, rearm_ha, cancel_preparation]
    default: []
  quiet_time:
    description:
      - For how many seconds a host must be quiet that the pool counts as dead, before it is taken for switched off.
        A host in emergency mode restarts its toolstack every few minutes and is quiet meanwhile.
    type: float
    default: 60.0
  wait_while:
    description:
      - Look again while one of these rungs is needed. It is no failure when the time is over before, the rungs are
        still there then.
      - Nothing is waited for in check mode.
    type: list
    elements: str
    choices:
      - run_in_flight
      - master_unreachable
      - second_master
      - quiet
      - power_on
      - power_by_hand
      - vms_on_dead_host
      - starting
      - heartbeat_storage
      - ha_daemon
      - disarm_ha
      - rearm_ha
      - master_lost
      - wrong_master
      - not_a_member
      - newer_than_master
      - emergency
      - unclear
      - plug_storage
      - held
      - held_by_run
      - enable
      - master_disabled
      - cluster_unmanaged
      - cloudstack_connection
      - cloudstack_state
      - unknown_to_cloudstack
      - cancel_maintenance
      - preparing
      - cancel_preparation
    default: []
  wait_timeout:
    description: How many seconds to wait at most.
    default: 600.0
seealso:
  - module: xencloud.maintenance.pool_audit
"""

EXAMPLES = r"""
- name: What is wrong with xen02, and what would help
  xencloud.maintenance.host_diagnosis:
    host: xen02
  register: diagnosis

- name: Tell it
  ansible.builtin.debug:
    var: diagnosis.left
"""

RETURN = r"""
host:
  description: The host as the three sides see it; null where a side cannot be asked or does not know the host.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the host.
      type: str
      sample: xen02
    address:
      description: Address on the management network.
      type: str
      sample: 192.0.2.12
    answers:
      description: What it answers at its own address, one of V(master), V(member), V(emergency), V(refused),
        V(silent), V(strange).
      type: str
      sample: member
    emergency:
      description: The error of its emergency mode; empty when it is in none.
      type: str
      sample: HA_HOST_CANNOT_ACCESS_STATEFILE
    is_master:
      description: Whether it is the pool's master.
      type: bool
    live:
      description: Whether the master has news of it.
      type: bool
    enabled:
      description: Whether VMs may start on it.
      type: bool
    pool_ha:
      description: Whether HA of its pool is on.
      type: bool
    cloudstack_state:
      description: The state of CloudStack's connection to it.
      type: str
      sample: Alert
    cloudstack_resource_state:
      description: What CloudStack's administrator wants of it.
      type: str
      sample: Enabled
members:
  description: Addresses that may lead to the pool's master; empty when no master was seen.
  returned: success
  type: list
  elements: str
  sample: [192.0.2.11, 192.0.2.12]
ladder:
  description: The rungs that are needed now, the first to be climbed first; empty when nothing is wrong.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: The rung.
      type: str
      sample: enable
    kind:
      description: V(do) by this collection, V(wait) because it passes by itself, V(ask) only when O(allow) names it,
        V(person) by somebody, V(note) nothing.
      type: str
      sample: do
    cause:
      description: What was seen.
      type: str
      sample: it is disabled in the pool, and nothing says that somebody wants it so
    action:
      description: What has to be done.
      type: str
      sample: Enable it in the pool
    call:
      description: By which call; empty when there is none.
      type: str
      sample: host.enable
    why:
      description: Why that is safe, or why it is not done here.
      type: str
    text:
      description: All of it for people, with the rung and who has to act.
      type: str
      sample: >-
        xen02: it is disabled in the pool, and nothing says that somebody wants it so (enable). This role does it:
        Enable it in the pool. XAPI itself refuses it while the host is starting, lacks storage that HA needs or has
        updates to finish.
to_climb:
  description: Codes of the rungs that can be climbed now, in order; everything above a barred one relies on it.
  returned: success
  type: list
  elements: str
  sample: [plug_storage, enable, cloudstack_connection]
barred:
  description: Texts of the rungs that need a person or a permission.
  returned: success
  type: list
  elements: str
left:
  description: Texts of all rungs but the notes; empty when the host is in service.
  returned: success
  type: list
  elements: str
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import host_diagnosis as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
