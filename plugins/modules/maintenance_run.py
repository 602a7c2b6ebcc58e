#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: maintenance_run
short_description: Hold a pool for a maintenance run and remember what it has to take back
description:
  - Keeps the record of a run in the pool itself, where it survives the controller and a change of master.
  - A run holds the pool by a lease; a second run is refused while the lease lives.
  - A run notes every temporary change before it makes it, so that another one can take it back when the first
    is dead.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.xapi
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - O(state=started) needs O(run_id) for that; without it every start is a run of its own.
options:
  state:
    description:
      - V(started) takes the pool for a run.
      - V(noted) writes down a temporary change before it is made; an object that is noted already keeps its
        first C(before).
      - V(undone) strikes out a change that was taken back, or one that is meant to last, see O(lasting).
      - V(finished) gives the pool back, which is refused while changes are left.
      - V(noted) and V(undone) are signs of life.
    type: str
    choices: [started, noted, undone, finished]
    required: true
  operation:
    description: What the run does, for people. Required when O(state=started).
    type: str
  asked:
    description:
      - What the run was asked to do, so that another controller can carry on. No secrets.
      - Kept when O(state=started).
    type: dict
    default: {}
  plan:
    description:
      - Digest of the plan that is carried out, see RV(xencloud.maintenance.maintenance_plan#module:plan.digest).
      - Kept when O(state=started). A run that goes on with the work of another one says when the plans differ.
    type: str
  owner:
    description: Who runs it, for people. By default the user, the name of this machine and the job of AWX.
    type: str
  run_id:
    description:
      - The run, as RV(run.id) of its start tells. Required unless O(state=started).
      - When O(state=started) and this run holds the pool, nothing is changed.
    type: str
  lease:
    description: For how many seconds a run holds the pool without a sign of life.
    type: int
    default: 7200
  undo:
    description:
      - The change to note. Required when O(state=noted).
      - When O(state=undone) it names the change instead of O(undo_key), and C(before) does not matter.
    type: dict
    suboptions:
      kind:
        description: What kind of change it is.
        type: str
        required: true
      object:
        description: What is changed.
        type: str
        required: true
      before:
        description: What it was before, in any form that taking it back needs.
        type: raw
  undo_key:
    description:
      - The entry to strike out, as RV(undo_key) told.
      - Either this or O(undo) is required when O(state=undone).
    type: str
  lasting:
    description:
      - With O(state=undone), the change was not taken back but stays for good, such as pool HA that is off in a pool
        that has become too small for it. The report of the run says so.
    type: bool
    default: false
  takeover:
    description: Take the pool from a run whose lease has ended, knowing that it is dead. Its undo entries are kept.
    type: bool
    default: false
  force:
    description: Give the pool back although changes are left, and forget them.
    type: bool
    default: false
  mirror_dir:
    description:
      - Folder on the controller that mirrors the records of runs in flight.
      - It serves the hour in which the pool does not answer. Where it cannot be written, a warning says so, and the
        run goes on with the record in the pool.
    type: path
    default: ~/.ansible/xencloud_maintenance
seealso:
  - module: xencloud.maintenance.maintenance_undo
"""

EXAMPLES = r"""
- name: Take the pool
  xencloud.maintenance.maintenance_run:
    state: started
    operation: rolling_patch
  register: begun

- name: Write down what is about to change
  xencloud.maintenance.maintenance_run:
    state: noted
    run_id: "{{ begun.run.id }}"
    undo:
      kind: host_in_service
      object: xen02
      before: true
  register: noted

- name: Strike it out again
  xencloud.maintenance.maintenance_run:
    state: undone
    run_id: "{{ begun.run.id }}"
    undo_key: "{{ noted.undo_key }}"

- name: Give the pool back
  xencloud.maintenance.maintenance_run:
    state: finished
    run_id: "{{ begun.run.id }}"
"""

RETURN = r"""
holder:
  description: The run that holds the pool, in the form of RV(run).
  returned: when it is another one, so that this fails
  type: dict
  sample: {id: 1795000000-3f9c2a, owner: ansible@controller, operation: remove_host}
run:
  description: The run that holds the pool, or that held it until now; null when there was none.
  returned: success
  type: dict
  contains:
    id:
      description: The run.
      type: str
      sample: 1795000000-3f9c2a
    owner:
      description: Who runs it.
      type: str
      sample: ansible@controller
    operation:
      description: What it does.
      type: str
      sample: rolling_patch
    started:
      description: When it began, in seconds since 1970 of the master's clock.
      type: int
      sample: 1795000000
    renewed:
      description: Its last sign of life, by the same clock.
      type: int
      sample: 1795000600
    lease:
      description: For how many seconds after that it holds the pool.
      type: int
      sample: 7200
    asked:
      description: What it was asked to do.
      type: dict
      sample: {hosts: [xen02]}
    plan:
      description: Digest of its plan; empty when there was none.
      type: str
      sample: 5d1c8e0b7a4f63c2
    steps:
      description: What it has done so far, in order.
      type: list
      elements: dict
      contains:
        at:
          description: When, in seconds since 1970 of the master's clock.
          type: int
          sample: 1795000300
        text:
          description: What was done, or the object of a change that has ended.
          type: str
          sample: xen02 is disabled
        kind:
          description: The kind of the change that has ended; missing for other steps.
          type: str
          sample: host_in_service
        since:
          description: When that change was noted, or when the run began whose work this one goes on with.
          type: int
          sample: 1795000100
        outcome:
          description:
            - How that change ended, C(settled) where it arrived at what was asked for and C(stays) where it is changed
              for good; missing when it was taken back.
          type: str
          sample: settled
    undo:
      description: What is to be taken back, in the order in which it was changed.
      type: list
      elements: dict
      contains:
        key:
          description: The entry.
          type: str
          sample: xencloud.maintenance.undo.001
        kind:
          description: What kind of change it is.
          type: str
          sample: host_in_service
        object:
          description: What is changed.
          type: str
          sample: xen02
        before:
          description: What it was before.
          type: raw
          sample: true
        at:
          description: When it was noted, by the same clock.
          type: int
          sample: 1795000100
before:
  description: What is recorded as the state before the change; the first note of a change is the true one.
  returned: O(state=noted)
  type: raw
  sample:
    managed_state: managed
undo_key:
  description: The entry of the change.
  returned: O(state=noted)
  type: str
  sample: xencloud.maintenance.undo.001
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import maintenance_run as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
