#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_host
short_description: Enable or disable a host of a pool
description:
  - A disabled host keeps its guests, but none starts on it or moves to it.
  - Enabling waits while the host is still starting and explains every other refusal.
  - While the master is disabled CloudStack cannot work with any host of the pool, so there is a warning.
  - With O(run_id), a host that goes out of service in both systems goes into CloudStack's maintenance first, with
    M(xencloud.maintenance.cloudstack_host_maintenance). That module notes how it was in both, this one sees only XAPI.
    Without such a note, taking back also ends CloudStack's maintenance of the host.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
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
    description: Whether the host shall be enabled.
    type: str
    choices: [enabled, disabled]
    required: true
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 300.0
seealso:
  - module: xencloud.maintenance.xapi_host_power
"""

EXAMPLES = r"""
- name: Nothing may start on xen02 any more
  xencloud.maintenance.xapi_host:
    host: xen02
    state: disabled

- name: xen02 may be used again
  xencloud.maintenance.xapi_host:
    host: xen02
    state: enabled
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
    uuid:
      description: UUID of the host.
      type: str
      sample: 5c1f0a7e-3b4d-4c59-9a0e-2f6d8b7c1e02
    address:
      description: Address on the management network.
      type: str
      sample: 192.0.2.12
    enabled:
      description: Whether VMs may start on it or move to it.
      type: bool
    live:
      description: Whether the master has news of it.
      type: bool
    is_master:
      description: Whether it is the pool's master.
      type: bool
    version:
      description: Version of the product.
      type: str
      sample: 8.3.0
    xapi_version:
      description: Version of the toolstack.
      type: str
      sample: "26.17"
    boot_time:
      description: When it booted, in seconds since 1970 of its own clock.
      type: float
      sample: 1795000000.0
    agent_start_time:
      description: When its toolstack started, in seconds since 1970 of its own clock.
      type: float
      sample: 1795000090.0
    reboot_required:
      description: Whether updates were installed after it booted.
      type: bool
    memory_total_mib:
      description: Memory in MiB.
      type: int
      sample: 262144
    memory_free_mib:
      description: Memory in MiB that is left when every guest uses all it may.
      type: int
      sample: 65536
    ha_armed:
      description: Whether HA is on and the host reaches the heartbeat SR.
      type: bool
    storage_plugged:
      description: Whether all its storage is plugged.
      type: bool
    vms:
      description: Names of the guests that run on it.
      type: list
      elements: str
      sample: [web-07, db-02]
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_host as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
