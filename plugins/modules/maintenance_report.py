#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: maintenance_report
short_description: Report a maintenance run as JSON, Markdown and HTML
description:
  - Tells who ran what and when, every step with its time, the windows without HA and without CloudStack, the live
    migrations, and what is left to do.
  - The HTML page has a timeline, needs neither script nor network, and can be mailed as it is. The bar of a step
    reaches from the end of the step before it.
  - It is made of the run's record and of what closed the run, wherever that was, and holds no secrets. A role that
    keeps no record in the pool gives its own account instead.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  result:
    description:
      - What M(xencloud.maintenance.maintenance_run) with O(xencloud.maintenance.maintenance_run#module:state=finished),
        M(xencloud.maintenance.maintenance_undo) or M(xencloud.maintenance.maintenance_run_info) returned.
      - Exactly one of this and O(account) is required.
    type: dict
  account:
    description:
      - What a run tells of itself that keeps no record, as nothing has to be taken back or no pool could hold one.
      - Times are of the controller's clock, in UTC, such as V(2026-11-20T22:00:00Z).
    type: dict
    suboptions:
      operation:
        description: The role.
        type: str
        required: true
      asked:
        description: What it was asked to do, without secrets.
        type: dict
        default: {}
      started:
        description: When it began.
        type: str
        required: true
      ended:
        description: When it was over.
        type: str
        required: true
      steps:
        description: What it did, in order.
        type: list
        elements: dict
        default: []
        suboptions:
          at:
            description: When that was done.
            type: str
            required: true
          text:
            description: What was done.
            type: str
            required: true
      left:
        description: What is left to do for people, which makes no failure of the run.
        type: list
        elements: str
        default: []
  pool:
    description: What to call the pool.
    type: str
    required: true
  error:
    description: Why the run failed; empty when it did not.
    type: str
    default: ""
  folder:
    description:
      - Folder on the controller for the three files, made when it is missing.
      - By default nothing is written and the report is only returned.
    type: path
seealso:
  - module: xencloud.maintenance.maintenance_run
"""

EXAMPLES = r"""
- name: Take the pool
  xencloud.maintenance.maintenance_run:
    state: started
    operation: rolling_patch
  register: begun

- name: Give the pool back
  xencloud.maintenance.maintenance_run:
    state: finished
    run_id: "{{ begun.run.id }}"
  register: end

- name: Report the run
  xencloud.maintenance.maintenance_report:
    result: "{{ end }}"
    pool: "{{ inventory_hostname }}"
    folder: reports

- name: Report a run that kept no record
  xencloud.maintenance.maintenance_report:
    account:
      operation: elect_master
      asked:
        confirm_dead:
          - xen01
      started: "2026-11-20T22:00:00Z"
      ended: "2026-11-20T22:03:10Z"
      steps:
        - at: "2026-11-20T22:01:30Z"
          text: xen02 is master now
    pool: "{{ inventory_hostname }}"
    folder: reports
"""

RETURN = r"""
report:
  description: The report.
  returned: success
  type: dict
  contains:
    id:
      description: The run.
      type: str
      sample: 1795000000-3f9c2a
    pool:
      description: The pool.
      type: str
      sample: pool-a
    operation:
      description: The role.
      type: str
      sample: rolling_patch
    owner:
      description: Who ran it.
      type: str
      sample: ops@controller
    asked:
      description: What it was asked to do.
      type: dict
    plan:
      description: Digest of the plan it carried out; empty when there was none.
      type: str
    outcome:
      description: V(done) or V(failed).
      type: str
    error:
      description: Why it failed.
      type: str
    left:
      description: What could not be taken back, or is left to do for people.
      type: list
      elements: str
    started:
      description: When it began, by the master's clock; by the controller's without a record.
      type: str
      sample: "2026-11-20T22:00:00Z"
    ended:
      description: When it did something last.
      type: str
      sample: "2026-11-20T23:08:30Z"
    seconds:
      description: How long it took.
      type: int
      sample: 4110
    steps:
      description: What it did, in order.
      type: list
      elements: dict
      sample: [{at: "2026-11-20T22:00:40Z", after_s: 40, text: pool-a HA is off}]
    windows:
      description: For how long which object was without something.
      type: list
      elements: dict
      sample:
        - what: without pool HA
          object: pool-a
          from: "2026-11-20T22:00:35Z"
          to: "2026-11-20T23:08:20Z"
          seconds: 4065
    migrations:
      description: Number of live migrations.
      type: int
      sample: 35
markdown:
  description: The same for people.
  returned: success
  type: str
files:
  description: The files that hold it.
  returned: success
  type: list
  elements: str
  sample:
    - reports/pool-a-rolling_patch-1795000000-3f9c2a.json
    - reports/pool-a-rolling_patch-1795000000-3f9c2a.md
    - reports/pool-a-rolling_patch-1795000000-3f9c2a.html
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import maintenance_report as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
