#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_pool_member
short_description: Hosts join a pool, leave it, or are forgotten
description:
  - Brings hosts into a pool or out of it. All that stands in the way is told at once, before anything is changed.
  - Pool HA must be off meanwhile, see M(xencloud.maintenance.xapi_pool_ha).
  - CloudStack is neither told nor changed. See M(xencloud.maintenance.cloudstack_host) for its side, and the roles
    P(xencloud.maintenance.add_host#role) and P(xencloud.maintenance.remove_host#role) for the whole sequence.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._cloudstack.optional
  - xencloud.maintenance._xapi
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
  hosts:
    description:
      - The hosts. Names, addresses or UUIDs of members of the pool; addresses for O(state=present).
      - A host that has left is known by its address or UUID only. A name that no member has is refused, because it
        may as well be a mistake.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(present) joins each host to the pool.
      - V(absent) ejects each host. It restarts with empty local storage, as a pool of its own.
      - V(forgotten) removes a host that is dead for good from the pool's database, after proof that it is dead.
    type: str
    required: true
    choices: [present, absent, forgotten]
  joiner_username:
    description: User of the joining hosts; O(username) when not set.
    type: str
  joiner_password:
    description: Password of the joining hosts; O(password) when not set.
    type: str
  force:
    description:
      - With O(state=present), join also when the hosts' software or processors differ a little.
      - XAPI then skips some of its checks. VMs may be unable to move between such hosts.
    type: bool
    default: false
  findings:
    description:
      - With O(state=present), what M(xencloud.maintenance.pool_audit) has found, to be told together with what stands
        in the way of joining. A blocker among them stops the hosts from joining.
    type: list
    elements: dict
    default: []
  assume_ha_off:
    description: With O(state=present), in check mode only, do not mind that pool HA is on, because it will be off then.
    type: bool
    default: false
  accept_storage_loss:
    description:
      - With O(state=absent) or O(state=forgotten), go on when virtual disks are on storage that only these hosts have.
      - An ejected host wipes its local storage.
    type: bool
    default: false
  confirm_dead:
    description:
      - With O(state=forgotten), the names of the hosts, typed once more by somebody who knows that they are off and
        stay off.
      - A host that is only cut off still runs its VMs. Whatever says that it is dead from here cannot see that.
    type: list
    elements: str
    default: []
  cluster:
    description:
      - With O(state=forgotten) and O(api_url), name or ID of the cluster in CloudStack.
      - Found by the addresses of its hosts when empty.
    type: str
  ends_pool_ha:
    description:
      - With O(state=absent) or O(state=forgotten), pool HA is to stay off once these hosts have left, because too few
        hosts are left for it.
      - Noted in the run's record, for whoever takes back what a run that died here has left.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait for all of it before giving up.
    default: 1800.0
seealso:
  - module: xencloud.maintenance.cloudstack_host
  - module: xencloud.maintenance.xapi_pool_ha
  - module: xencloud.maintenance.xapi_pool_master
"""

EXAMPLES = r"""
- name: Ask both sides whether a new host could join the pool, and change nothing
  xencloud.maintenance.xapi_pool_member:
    hosts:
      - 192.0.2.15
    joiner_password: "{{ newcomers_password }}"
    state: present
    assume_ha_off: true
  check_mode: true

- name: The host joins, with the pool's storage
  xencloud.maintenance.xapi_pool_member:
    hosts:
      - 192.0.2.15
    joiner_password: "{{ newcomers_password }}"
    state: present

- name: xen03, which is empty, leaves the pool
  xencloud.maintenance.xapi_pool_member:
    hosts:
      - 192.0.2.13
    state: absent

- name: The pool forgets xen04, which is broken and switched off
  xencloud.maintenance.xapi_pool_member:
    hosts:
      - 192.0.2.14
    confirm_dead:
      - xen04
    state: forgotten
"""

RETURN = r"""
hosts:
  description: The hosts that were asked for, in that order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name, or what was given for it when the pool does not know it.
      type: str
      sample: xen04
    uuid:
      description: Its UUID, if known; a host keeps it.
      type: str
      sample: 5c1f0a7e-3b4d-4c59-9a0e-2f6d8b7c1e04
    address:
      description: Its address on the management network, if known.
      type: str
      sample: 192.0.2.14
    changed:
      description: Whether it had to join or leave.
      type: bool
members:
  description: Addresses of the hosts that the pool has afterwards.
  returned: success
  type: list
  elements: str
  sample: [192.0.2.11, 192.0.2.12, 192.0.2.13]
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_pool_member as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
