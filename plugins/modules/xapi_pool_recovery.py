#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_pool_recovery
short_description: Look at a pool without a master, elect another one, lead the members to it
description:
  - Without pool HA nobody elects a master when the old one dies, and CloudStack can neither start nor move a VM
    of the pool any more. This is the way out by hand, each emergency call behind its proof.
  - Every host that CloudStack has in the cluster is asked by itself, at the same time, whether it is in emergency mode
    or just hangs. Both are the same case.
  - A host that refuses the connection has power, and its toolstack may be starting. It is looked at for twelve times
    O(poll_interval) before it counts as silent, unless O(confirm_dead) names it.
  - An election is refused with all reasons at once while HA is known to be on, a member still hears the master, the
    master shows a sign of life, CloudStack sees it as Up, versions are mixed, or a silent host is not confirmed dead.
  - XAPI does not tell how old a member's copy of the database is. Read it on the hosts and give it in O(copies), or
    name the host.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.both_captains
attributes:
  check_mode:
    support: full
    details:
      - Whether HA is armed on a host cannot be read while there is no master. XAPI itself refuses the election then,
        which check mode cannot foresee.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(examined) only looks, and tells what speaks against an election.
      - V(elected) makes O(host), or the member with the newest copy of the database, master when no host is.
      - V(recovered) leads every host that answers to the master, and waits until CloudStack sees it as Up. A host
        whose toolstack was down when it was told is told again. A former master that came back and still takes itself
        for one is made a member, too.
      - Whoever is led is enabled in the pool, and the master with them, unless somebody keeps that host out of service
        (CloudStack's maintenance, XenCenter's, a run that has not taken it back). A host that follows already is never
        enabled, because somebody may have disabled it on purpose; it is named in RV(disabled).
    type: str
    choices:
      - examined
      - elected
      - recovered
    default: examined
  cluster:
    description: Name or ID of the CloudStack cluster; found by the address in O(hostname) or O(members) if not set.
    type: str
  host:
    description:
      - Name or address of a host.
      - With O(state=elected) the host to become master. Required when more than one could and O(copies) does not say
        whose copy is the newest.
      - With O(state=recovered) the master that everybody is to follow. Required when two hosts serve as master.
    type: str
  confirm_dead:
    description:
      - Names or addresses of all hosts that do not answer, the old master among them, typed by somebody who has made
        sure that they have no power. A host that only lost its network still runs its VMs.
    type: list
    elements: str
    default: []
  copies:
    description:
      - What was read on the members about their copies of the pool's database.
    type: list
    elements: dict
    default: []
    suboptions:
      host:
        description: Name or address of the host.
        type: str
        required: true
      generation:
        description: The number in C(/var/lib/xcp/state.db.generation); the highest one is the newest copy.
        type: int
        required: true
      age:
        description: Seconds since this file was written.
        type: int
  hearing_timeout:
    description:
      - After how many seconds without an answer a member counts as one that hears its master no more.
      - A host that does not accept a connection within a quarter of it, three seconds at least, counts as silent.
    type: float
    default: 20.0
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 900.0
notes:
  - O(hostname) may name any host of the pool, also the dead one.
  - O(username) has to be V(root). Without a master the hosts know no other account.
  - There is no record of a run in the pool while it has no master. None is needed, as nothing is changed for a while
    only, and a second run goes on where the first one stopped.
seealso:
  - module: xencloud.maintenance.xapi_pool_ha
  - module: xencloud.maintenance.xapi_pool_master
"""

EXAMPLES = r"""
- name: Look at every host, and at what speaks against an election
  xencloud.maintenance.xapi_pool_recovery:
    hostname: 192.0.2.11
    password: "{{ vault_pool_a_password }}"
    api_url: https://cloud.example.com/client/api
    api_key: "{{ vault_cloudstack_key }}"
    api_secret: "{{ vault_cloudstack_secret }}"
  register: look

- name: Make the member with the newest copy master, unless a host is
  xencloud.maintenance.xapi_pool_recovery:
    state: elected
    confirm_dead:
      - xen01
    copies:
      - host: xen02
        generation: 48123
        age: 210
      - host: xen03
        generation: 48240
        age: 35

- name: Lead every host to the master
  xencloud.maintenance.xapi_pool_recovery:
    state: recovered
"""

RETURN = r"""
master:
  description: Name of the host that serves as master, or will; null when none does.
  returned: success
  type: str
  sample: xen03
lost:
  description: Names of the hosts that are silent and were followed as master.
  returned: success
  type: list
  elements: str
  sample: [xen01]
hosts:
  description: Every host as it was seen before anything was changed.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name in CloudStack, else the address.
      type: str
      sample: xen02
    address:
      description: Management address.
      type: str
      sample: 192.0.2.12
    role:
      description: V(master), V(member), V(emergency) or V(silent).
      type: str
      sample: member
    follows:
      description: Address of the master it believes in.
      type: str
      sample: 192.0.2.11
    hears_master:
      description: Whether it can read its master's database; null when nobody knows.
      type: bool
      sample: false
    ha_enabled:
      description: Whether that database says that pool HA is on; null when it cannot be read.
      type: bool
      sample: null
    emergency:
      description: The error of its emergency mode.
      type: str
      sample: null
    seen:
      description: The same as a sentence.
      type: str
      sample: is a member of 192.0.2.11 and does not hear it, its calls hang
    version:
      description: Version of the product as CloudStack saw it last.
      type: str
      sample: 8.3.0
    cloudstack_state:
      description: State in CloudStack.
      type: str
      sample: Alert
    power:
      description: Power state by CloudStack's out-of-band management, V(Disabled) when it is not set up.
      type: str
      sample: Disabled
reasons:
  description: What speaks against an election; empty when a host serves as master.
  returned: O(state=examined)
  type: list
  elements: str
  sample: ["nobody has confirmed that xen01 is without power (confirm_dead)"]
candidate:
  description: Name of the host that would be elected; null when that cannot be said or nobody is missing.
  returned: O(state=examined)
  type: str
  sample: xen03
copies:
  description: What is known about the age of the copies of the database.
  returned: O(state=examined)
  type: list
  elements: str
  sample: ["xen03: its copy is of generation 48240, 35 s old"]
led:
  description: Names of the hosts that were, or would be, led to the master.
  returned: O(state=recovered)
  type: list
  elements: str
  sample: [xen02]
enabled:
  description: Names of the hosts that were, or would be, enabled in the pool; none that followed the master already.
  returned: O(state=recovered)
  type: list
  elements: str
  sample: [xen02]
disabled:
  description: Names of the hosts that answer and were left disabled in the pool; why is told in RV(left).
  returned: O(state=recovered)
  type: list
  elements: str
  sample: []
silent:
  description: >-
    Every host that does not answer, with C(name), the C(vms) that the pool counts on it, and whether it is
    C(confirmed_dead); one that is not may be starting or cut off.
  returned: O(state=recovered)
  type: list
  elements: dict
  sample: [{name: xen01, vms: [i-2-7-VM], confirmed_dead: true}]
left:
  description: What is left to do about the hosts that are silent or disabled, and about pool HA.
  returned: O(state=recovered)
  type: list
  elements: str
  sample: []
run:
  description: The record of a maintenance run that the database still holds; null when there is none.
  returned: O(state=recovered)
  type: dict
  sample: null
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_pool_recovery as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
