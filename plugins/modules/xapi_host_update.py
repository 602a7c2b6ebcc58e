#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_host_update
short_description: Install what a host of a pool lacks
description:
  - Installs the missing updates of an XCP-ng host with its own updater, and verifies that nothing is missing
    afterwards.
  - Refused unless the host is disabled, and for a member as long as the master lacks updates itself, because a
    member must never be newer than its master.
  - Leaves the mark in the pool by which this and other tools know that a restart is due.
  - Other products are not supported yet.
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
    description: Every update that the repositories have.
    type: str
    choices: [latest]
    default: latest
  packages:
    description: Only these packages; by default all.
    type: list
    elements: str
    default: []
  repositories:
    description: Repositories to enable besides the ones that the host uses by default.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 3600.0
seealso:
  - module: xencloud.maintenance.xapi_host_power
"""

EXAMPLES = r"""
- name: Update xen02, which is empty and disabled
  xencloud.maintenance.xapi_host_update:
    host: xen02
  register: patched

- name: Restart it when that is needed
  xencloud.maintenance.xapi_host_power:
    host: xen02
    state: rebooted
  when: patched.reboot_required
"""

RETURN = r"""
updates:
  description: What was missing before, and is installed unless in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the package.
      type: str
      sample: xen-hypervisor
    version:
      description: Version of the package.
      type: str
      sample: 4.17.5
    release:
      description: Release of the package.
      type: str
      sample: 15.1.xcpng8.3
reboot_required:
  description: Whether updates were installed after the host booted; in check mode, whether they would be.
  returned: success
  type: bool
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_host_update as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
