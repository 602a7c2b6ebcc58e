#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_pool_ha
short_description: Switch the HA of a pool on or off, or back to what it was
description:
  - Switches HA on with an explicit time-out and a chosen heartbeat SR, and proves it on every host.
  - Switches HA off and returns all that is needed to restore it exactly.
  - A different time-out or SR needs HA off and on again, which is done when O(state=enabled).
  - Everything that XAPI would refuse is looked at first and told at once, hosts that are down or differ in version,
    the licence, unplugged networks and storage, the space for the statefile, and a number of failures that there is no
    room for.
  - CloudStack has a fence of its own in every dom0. With CloudStack's options given, its limit is read, and which of
    the two restarts a host first is told.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
  - xencloud.maintenance._cloudstack.optional
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
  state:
    description:
      - Whether HA shall be on.
      - V(restored) brings back what O(run_id) noted when it switched HA off, and changes nothing when it did not.
      - HA that is on by then with another configuration or SR, because somebody has switched it on meanwhile, is left
        as it is, with a warning that has both settings. Only what a run of the role pool_ha was asked for is switched
        back.
      - Either this or O(restore) is required.
    type: str
    choices: [enabled, disabled, restored]
  ha_timeout:
    description:
      - After how many seconds without heartbeat a host fences itself, from 10 to 3600.
      - A short one fences every host at once when the storage pauses for longer.
    type: int
    default: 180
  pin_timeout:
    description:
      - Whether O(ha_timeout) is also written to C(default_ha_timeout) in the pool's C(other_config), where XAPI finds
        it when another tool enables HA without a time-out, as XenCenter does after a maintenance.
      - V(false) leaves that as it is.
    type: bool
    default: true
  heartbeat_sr:
    description:
      - Name or UUID of the SR for the heartbeat. There is exactly one; XAPI ignores any further ones.
      - By default the one that was used last, else the first shared SR that every host has plugged and that can
        hold it.
    type: str
  host_failures_to_tolerate:
    description:
      - How many failures of hosts HA is to plan for. By default it stays as it is.
      - It does not matter while no VM is protected.
    type: int
  allow_overcommit:
    description: Whether O(host_failures_to_tolerate) may be more than there is room for.
    type: bool
    default: false
  allow_small_pool:
    description:
      - Whether HA may be switched on in a pool of one or two hosts, where one failure can stop all.
    type: bool
    default: false
  findings:
    description:
      - What M(xencloud.maintenance.pool_audit) has found, to be told together with what stands in the way here.
      - A blocker among them is refused.
    type: list
    elements: dict
    default: []
  lasting:
    description:
      - Whether O(state=disabled) is meant to last. HA is then not noted in the record of O(run_id), and what an earlier
        run noted is struck out.
      - O(state=enabled) is always meant to last.
    type: bool
    default: false
  restore:
    description:
      - RV(ha_before) of an earlier call; brings HA back to exactly that, unless it is on with another configuration or
        SR, as described for O(state=restored).
      - Not allowed together with O(state), O(ha_timeout), O(heartbeat_sr) and O(host_failures_to_tolerate).
    type: dict
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 600.0
seealso:
  - module: xencloud.maintenance.xapi_pool_info
"""

EXAMPLES = r"""
- name: HA with a time-out that survives a pause of the storage
  xencloud.maintenance.xapi_pool_ha:
    state: enabled
    ha_timeout: 180
    heartbeat_sr: nfs1

- name: HA off for the work
  xencloud.maintenance.xapi_pool_ha:
    state: disabled
  register: ha

- name: HA back to what it was
  xencloud.maintenance.xapi_pool_ha:
    restore: "{{ ha.ha_before }}"
"""

RETURN = r"""
ha:
  description: Pool HA afterwards; in check mode as it is.
  returned: success
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
    hosts:
      description: Which hosts take part.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the host.
          type: str
          sample: xen02
        armed:
          description: Whether HA is on and the host reaches the heartbeat SR.
          type: bool
ha_before:
  description: All that O(restore) needs to bring HA back to what it was before.
  returned: success
  type: dict
  sample:
    enabled: true
    configuration: {timeout: "180"}
    heartbeat_sr: 0c0b9f0e-7f5b-4b0a-8a4c-5d1e2f3a4b5c
    host_failures_to_tolerate: 0
    pinned_timeout: "180"
fences:
  description: Which of the two restarts a host first when its storage is gone; null when HA is to be off.
  returned: when O(state) is not V(restored)
  type: dict
  contains:
    ha_timeout:
      description: The time-out of HA in seconds.
      type: int
      sample: 180
    cloudstack_timeout:
      description: CloudStack's C(xenserver.heartbeat.timeout) in seconds; its default when CloudStack was not asked.
      type: int
      sample: 120
    first:
      description: V(pool_ha) or V(cloudstack).
      type: str
      sample: cloudstack
    text:
      description: What follows from that.
      type: str
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_pool_ha as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
