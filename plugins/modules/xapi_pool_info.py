#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_pool_info
short_description: Look at a XenServer or XCP-ng pool
description:
  - Returns the pool as both HA and the toolstack see it, from any of its hosts, in a number of calls that does
    not grow with the pool.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.info_module
  - xencloud.maintenance._attributes.xapi
seealso:
  - module: xencloud.maintenance.cloudstack_info
"""

EXAMPLES = r"""
- name: Look at the pool
  xencloud.maintenance.xapi_pool_info:
    hostname: xen01.example.org
    password: "{{ xapi_password }}"
    ca_path: /etc/ssl/pool-a.pem
    members:
      - xen02.example.org
      - xen03.example.org
  register: look

- name: Say who is master
  ansible.builtin.debug:
    msg: "{{ look.pool.master.name }}"
"""

RETURN = r"""
pool:
  description: The pool.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the pool, often empty.
      type: str
      sample: pool-a
    uuid:
      description: UUID of the pool.
      type: str
      sample: 9b2f6f0a-1c1d-4d7e-8f00-3a5b6c7d8e9f
    master:
      description: The master, with its C(name), C(uuid) and C(address).
      type: dict
      sample: {name: xen01, uuid: 5c1f0a7e-3b4d-4c59-9a0e-2f6d8b7c1e01, address: 192.0.2.11}
    ha:
      description: Pool HA.
      type: dict
      contains:
        enabled:
          description: Whether HA is on.
          type: bool
        timeout:
          description: The explicit time-out in seconds; null when XAPI's own default is used.
          type: int
          sample: 180
        configuration:
          description: The configuration as XAPI keeps it, also while HA is off.
          type: dict
          sample: {timeout: "180"}
        heartbeat_sr:
          description: UUID of the SR with the statefile, also while HA is off; null when there was none.
          type: str
          sample: 0c0b9f0e-7f5b-4b0a-8a4c-5d1e2f3a4b5c
        heartbeat_sr_name:
          description: Name of that SR.
          type: str
          sample: nfs1
        host_failures_to_tolerate:
          description: How many failures of hosts HA is to plan for.
          type: int
          sample: 1
        plan_exists_for:
          description: How many it can plan for now; 0 while HA is off.
          type: int
          sample: 1
        allow_overcommit:
          description: Whether more may be promised than can be kept.
          type: bool
        overcommitted:
          description: Whether more is promised than can be kept.
          type: bool
        pinned_timeout:
          description: The time-out for tools that give none, C(default_ha_timeout); null when there is none.
          type: str
          sample: "180"
    mixed_versions:
      description: Whether hosts differ in version, so that XAPI refuses much.
      type: bool
    hosts:
      description: The hosts, in the order of their names.
      type: list
      elements: dict
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
    vms:
      description: The VMs, without templates, snapshots and control domains.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the VM.
          type: str
          sample: web-07
        uuid:
          description: UUID of the VM.
          type: str
          sample: 1f0e2d3c-4b5a-4968-8776-655443322110
        power_state:
          description: V(Running), V(Halted), V(Paused) or V(Suspended).
          type: str
          sample: Running
        host:
          description: Name of the host that it is on, or null.
          type: str
          sample: xen02
        memory_mib:
          description: The most memory in MiB that it may use.
          type: int
          sample: 4096
        ha_restart_priority:
          description: V(restart), V(best-effort), or empty when HA does not protect it.
          type: str
          sample: ""
    maintenance_run:
      description: The run that holds the pool, as in RV(xencloud.maintenance.maintenance_run#module:run), or null.
      type: dict
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_pool_info as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
