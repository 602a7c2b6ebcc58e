#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_host_ha
short_description: Disarm HA on one host whose pool has HA off
description:
  - A host that was away while HA was switched off is still armed. It disarms itself when it reaches its statefile
    or its old master, and stays in emergency mode when it reaches neither.
  - Calls C(host.emergency_ha_disable) on that host, only when it is held back by HA, and only behind the proof that
    a master serves the pool and says that pool HA is off.
  - With pool HA on it always refuses, because the other hosts count on the heartbeat of this one.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._waiting
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.xapi
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  host:
    description: Name, address or UUID of the host.
    type: str
    required: true
  state:
    description: What shall be.
    type: str
    choices: [disarmed]
    default: disarmed
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 600.0
seealso:
  - module: xencloud.maintenance.host_diagnosis
  - module: xencloud.maintenance.xapi_pool_ha
"""

EXAMPLES = r"""
- name: Let xen02 start, whose HA is armed although the pool's HA is off
  xencloud.maintenance.xapi_host_ha:
    host: xen02
"""

RETURN = r"""
host:
  description: The host afterwards.
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
      description: What it answers at its own address, such as V(member) or V(emergency).
      type: str
      sample: member
    code:
      description: The error of its emergency mode; empty when it is in none.
      type: str
      sample: ""
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_host_ha as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
