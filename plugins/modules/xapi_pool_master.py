#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: xapi_pool_master
short_description: Give the master's role of a pool to another host
description:
  - Makes a host the master and waits until it serves and every other host follows it, live and enabled as before.
  - Refused while HA is on, a host is dead, versions are mixed or the pool is busy, because XAPI would fail midway.
  - The switch restarts every toolstack, which forgets that a host was disabled by hand; such a host is disabled
    again.
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
      - Without O(host) every run moves the role.
options:
  host:
    description:
      - Name, address or UUID of the new master.
      - By default the host with the most free memory among those that are not master, live, enabled and have
        all their storage plugged.
    type: str
  wait_timeout:
    description: How many seconds to wait for the result before giving up.
    default: 600.0
notes:
  - A host that was to stay disabled even over restarts (C(auto_enable=false)) is disabled the ordinary way
    afterwards.
seealso:
  - module: xencloud.maintenance.xapi_pool_ha
"""

EXAMPLES = r"""
- name: Make xen02 the master
  xencloud.maintenance.xapi_pool_master:
    host: xen02

- name: Give the role to the best of the others
  xencloud.maintenance.xapi_pool_master:
"""

RETURN = r"""
master:
  description: Who was master before and who is after, each with C(name), C(uuid) and C(address).
  returned: success
  type: dict
  contains:
    before:
      description: The master before.
      type: dict
      sample: {name: xen01, uuid: 5c1f0a7e-3b4d-4c59-9a0e-2f6d8b7c1e01, address: 192.0.2.11}
    after:
      description: The master afterwards.
      type: dict
      sample: {name: xen02, uuid: 5c1f0a7e-3b4d-4c59-9a0e-2f6d8b7c1e02, address: 192.0.2.12}
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import xapi_pool_master as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
