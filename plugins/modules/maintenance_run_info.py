#!/usr/bin/python
# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: maintenance_run_info
short_description: Show the maintenance run that holds a pool
description:
  - Tells who holds the pool, since when, what is changed for now and what was done last.
  - When no run holds the pool of O(hostname), the hosts in O(members) that are not in it are asked as well. A host that
    a run has removed is a pool of its own, which knows nothing of that run.
  - Nothing is changed, and the role V(read-only) of XAPI is enough.
version_added: 1.0.0
author:
  - xencloud.maintenance contributors (@xencloud)
extends_documentation_fragment:
  - xencloud.maintenance._xapi
  - xencloud.maintenance._attributes
  - xencloud.maintenance._attributes.xapi
  - xencloud.maintenance._attributes.info_module
seealso:
  - module: xencloud.maintenance.maintenance_run
  - module: xencloud.maintenance.maintenance_undo
"""

EXAMPLES = r"""
- name: See who works on the pool
  xencloud.maintenance.maintenance_run_info:
  register: status
"""

RETURN = r"""
run:
  description: The run that holds the pool, as RV(xencloud.maintenance.maintenance_run#module:run); null when none does.
  returned: success
  type: dict
  sample: null
state:
  description:
    - V(free) when no run holds the pool, V(running) while its lease lives, V(silent) when the lease has run out,
      V(ended) when a run ended and left changes to take back.
  returned: success
  type: str
  sample: running
hostname:
  description: Where the run was found, as an address for O(hostname); that option itself unless a member knew better.
  returned: success
  type: str
  sample: 192.0.2.11
lines:
  description: The same for people.
  returned: success
  type: list
  elements: str
  sample:
    - "pool-a: run 1795000000-3f9c2a (rolling_patch) of ops@controller, begun 4 min ago; last sign of life 12 s ago."
"""

from ..module_utils._front_door import run_module
from ..module_utils._operations import maintenance_run_info as operation


def main() -> None:
    """Run the operation as a module."""
    run_module(operation.SPEC, operation.run)


if __name__ == "__main__":
    main()
