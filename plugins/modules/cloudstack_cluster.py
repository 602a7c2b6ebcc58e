#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudstack_cluster
short_description: Whether CloudStack manages a cluster and places VMs there
description:
  - Sets a cluster Managed or Unmanaged, Enabled or Disabled.
  - While a cluster is Unmanaged, CloudStack does not look at its hosts and VMs. That shields it while the pool's master
    is away, and leaves VMs without CloudStack's own high availability, so keep that time short.
  - Becoming Unmanaged is waited for until CloudStack has let go of every host, becoming Managed until it sees them Up.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._cloudstack
  - xencloud.maintenance._waiting
  - xencloud.maintenance._run
  - xencloud.maintenance._xapi.optional
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
  cluster:
    description: Name or ID of the cluster.
    type: str
    required: true
  managed_state:
    description:
      - Whether CloudStack manages the cluster.
      - At least one of O(managed_state) and O(allocation_state) is needed.
    type: str
    choices:
      - managed
      - unmanaged
  allocation_state:
    description: Whether CloudStack may place VMs in the cluster.
    type: str
    choices:
      - enabled
      - disabled
  wait_for_up:
    description: With O(managed_state=managed), wait until CloudStack sees the hosts Up.
    type: bool
    default: true
  wait_for_hosts:
    description:
      - Names, addresses or IDs of the hosts that are waited for with O(managed_state=managed).
      - If not set, every host that is enabled or in maintenance and not known to be dead.
    type: list
    elements: str
  wait_timeout:
    default: 600.0
seealso:
  - module: xencloud.maintenance.cloudstack_host_maintenance
"""

EXAMPLES = r"""
- name: Let CloudStack look away while the pool's master restarts
  xencloud.maintenance.cloudstack_cluster:
    cluster: cluster-a
    managed_state: unmanaged

- name: Let CloudStack look at the pool again, and wait until its hosts are Up
  xencloud.maintenance.cloudstack_cluster:
    cluster: cluster-a
    managed_state: managed
    wait_timeout: 900
"""

RETURN = r"""
cluster:
  description: The cluster afterwards.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the cluster.
      type: str
    name:
      description: Name of the cluster.
      type: str
    zone:
      description: Name of its zone.
      type: str
    pod:
      description: Name of its pod.
      type: str
    managed_state:
      description: V(Managed) or V(Unmanaged).
      type: str
      sample: Managed
    allocation_state:
      description: V(Enabled) or V(Disabled).
      type: str
      sample: Enabled
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import cloudstack_cluster as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
