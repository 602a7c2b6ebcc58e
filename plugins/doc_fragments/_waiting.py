# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How long to wait and how often to say so.

    Note that this is a private fragment: it may change at any time.
    """

    DOCUMENTATION = r"""
options:
  wait_timeout:
    description:
      - How many seconds to wait for the result before giving up. The default depends on the module.
    type: float
  poll_interval:
    description:
      - Seconds between two looks.
    type: float
    default: 5.0
  progress_interval:
    description:
      - After how many seconds without news a line says what is being waited for.
    type: float
    default: 30.0
  heartbeat_interval:
    description:
      - Seconds between two signs of life that a run gives while something is waited for.
    type: float
    default: 60.0
"""
