#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: maintenance_gate
short_description: Wait until both captains agree that all is well
description:
  - Looks at the pool and at CloudStack until every VM that ran before runs, every host that is done is live, enabled,
    restarted, has its storage, and is Up and Enabled in CloudStack, and no other host is dead.
  - Fails with everything that is still wrong when the time runs out. Changes nothing.
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
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 900.0
  cluster:
    description: Name or ID of the CloudStack cluster.
    type: str
    required: true
  expected:
    description: What must hold, as RV(xencloud.maintenance.maintenance_plan#module:plan) has it in C(expected).
    type: dict
    required: true
  done:
    description: Addresses of the hosts whose maintenance is over.
    type: list
    elements: str
    default: []
seealso:
  - module: xencloud.maintenance.maintenance_plan
"""

EXAMPLES = r"""
- name: Look at both captains
  xencloud.maintenance.maintenance_plan:
    mode: reboot
  register: look

- name: Let nobody go on unless every VM is alive and xen02 is back
  xencloud.maintenance.maintenance_gate:
    cluster: cluster-a
    expected: "{{ look.plan.expected }}"
    done:
      - 192.0.2.12
"""

RETURN = r"""
vms:
  description: Number of VMs that were found running.
  returned: success
  type: int
  sample: 25
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import maintenance_gate as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
