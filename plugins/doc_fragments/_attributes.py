# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What modules say about themselves, in one place.

    Note that this is a private fragment: it may change at any time.
    """

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description:
      - Can run in C(check_mode) and return changed status prediction without modifying the pool or CloudStack.
  diff_mode:
    description: Returns details on what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
        change.
  action:
    description: Has an action plugin of the same name, which runs on the controller and shows progress as it happens.
    support: full
    details:
      - With C(async), or when the task does not run on the controller, the module does the work and no progress
        is shown.
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
"""

    XAPI = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/xencloud.maintenance.xapi) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - xencloud.maintenance.xapi
"""

    CLOUDSTACK = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/xencloud.maintenance.cloudstack) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - xencloud.maintenance.cloudstack
"""

    BOTH_CAPTAINS = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/xencloud.maintenance.xapi) and C(group/xencloud.maintenance.cloudstack) in
        C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - xencloud.maintenance.xapi
      - xencloud.maintenance.cloudstack
"""
