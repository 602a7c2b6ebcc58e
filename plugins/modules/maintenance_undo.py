#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: maintenance_undo
short_description: Take back what a run left changed
description:
  - Takes back every entry that a run has written into the pool's record, in the order that a pool can bear - hosts
    enabled, cluster Managed, hosts out of CloudStack's maintenance, pool HA exactly as it was - and goes on where one
    of them fails.
  - Only what the run itself has changed is taken back. A host that was disabled in XAPI or in CloudStack's maintenance
    when the run noted it stays so. HA that somebody has switched on meanwhile with other settings is left as it is,
    with a warning that has both, unless it is what a run of the role pool_ha was asked for.
  - What cannot be taken back is finished. A host that has left its pool is deleted from CloudStack as well, a host that
    has joined becomes a working member.
  - What could not be taken back stays in the record and is returned in RV(left), each with its reason.
  - The run's lock is released. Nothing is changed when there is nothing to take back.
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
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 900.0
  run_id:
    description:
      - The run whose changes are taken back, by its own controller. The mirror of its record on this controller is used
        when the pool does not answer.
      - Without it, what a dead run left is taken back, and it is an error when something could not be, or when the
        lease of another run still lives.
    type: str
  takeover:
    description:
      - Take back what a run left that has not ended, knowing that it is dead.
      - Without it only what an ended run left is taken back. A run that was silent for longer than its lease may still
        live, in a task that is none of this collection's.
    type: bool
    default: false
  keep:
    description:
      - Kinds of changes that are not taken back now, because the caller goes on with the work and takes them back at
        its end.
      - They stay in the record for the run that starts next.
    type: list
    elements: str
    choices:
      - host_joining
      - host_leaving
      - host_in_service
      - cluster_managed
      - vm_protection
      - vm_captain
      - pool_ha
    default: []
  leaving:
    description:
      - Hosts, by name, address or UUID, that the caller is about to remove. What cannot be taken back for them is no
        error, because nothing of it outlives them.
      - It stays in the record for the run that starts next.
    type: list
    elements: str
    default: []
  mirror_dir:
    description:
      - Folder on the controller that mirrors the records of runs in flight.
      - It serves the hour in which the pool does not answer. Where it cannot be written, a warning says so, and the
        run goes on with the record in the pool.
    type: path
    default: ~/.ansible/xencloud_maintenance
seealso:
  - module: xencloud.maintenance.maintenance_run
"""

EXAMPLES = r"""
- name: Take back what a dead run left changed
  xencloud.maintenance.maintenance_undo:
"""

RETURN = r"""
holder:
  description: The run that holds the pool, in the form of RV(run).
  returned: when it is another one, so that this fails
  type: dict
  sample: {id: 1795000000-3f9c2a, owner: ansible@controller, operation: remove_host}
undone:
  description: What was taken back, one sentence each.
  returned: always
  type: list
  elements: str
  sample:
    - xen03 is back in service
kept:
  description: The entries that O(keep) left in the record.
  returned: always
  type: list
  elements: dict
  sample: []
left:
  description: What could not be taken back.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: V(host_in_service), V(cluster_managed), V(vm_protection) or V(pool_ha).
      type: str
    object:
      description: The host's address, the cluster's ID or the pool's name.
      type: str
    name:
      description: What people call it.
      type: str
    text:
      description: What is still changed, why, and what to do.
      type: str
  sample: []
gone:
  description: Names and addresses of the hosts that an earlier run has brought out of the pool.
  returned: always
  type: list
  elements: str
  sample: []
run:
  description: The record of the run as it was left, with its steps; null when no run held the pool.
  returned: always
  type: dict
  sample: null
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import maintenance_undo as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
