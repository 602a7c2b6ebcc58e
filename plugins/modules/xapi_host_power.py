#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_host_power
short_description: Restart, stop or start a host of a pool, or restart its toolstack
description:
  - XAPI stops the guests of a host that it restarts. This module refuses unless the host is disabled and empty.
  - Waits for the proof - the boot time has changed, the host is live and the storage that was plugged is
    plugged again, for a master also that every other host is back.
  - It does not wait until the host is enabled, which M(xencloud.maintenance.xapi_host) does.
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
    support: partial
    details:
      - O(state=rebooted) needs O(booted_after) for that, O(state=toolstack_restarted) always restarts.
options:
  host:
    description: Name, address or UUID of the host.
    type: str
    required: true
  state:
    description:
      - V(rebooted) restarts the host, V(shutdown) switches it off, V(on) switches it on by its power-on mode.
      - V(toolstack_restarted) restarts only its toolstack; guests run on. It is refused while HA is on.
    type: str
    choices: [rebooted, shutdown, "on", toolstack_restarted]
    required: true
  booted_after:
    description:
      - With O(state=rebooted) or O(state=on), nothing is done when the host has booted after this time.
      - Seconds since 1970 of the host's own clock, such as an earlier C(boot_time).
    type: float
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 1800.0
seealso:
  - module: xencloud.maintenance.xapi_host
"""

EXAMPLES = r"""
- name: Restart xen02, once
  xencloud.maintenance.xapi_host_power:
    host: xen02
    state: rebooted
    booted_after: "{{ patched_at }}"

- name: Restart the toolstack of xen03
  xencloud.maintenance.xapi_host_power:
    host: xen03
    state: toolstack_restarted
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
boot_time:
  description: When the host booted, before and after.
  returned: success
  type: dict
  contains:
    before:
      description: Seconds since 1970 of the host's own clock.
      type: float
      sample: 1795000000.0
    after:
      description: Seconds since 1970 of the host's own clock.
      type: float
      sample: 1795600000.0
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_host_power as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
