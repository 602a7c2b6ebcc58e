# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plain audit, for no role in particular: what is under way is no reproach, and what is dangerous is.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .. import capacity
from ..model import Check, Severity

CHECKS: tuple[Check, ...] = capacity.CHECKS
SEVERITIES: dict[str, Severity] = {
    "ha_off": "warning",
    "job_running": "info",
    "pool_busy": "info",
    "task_running": "info",
    "vm_in_transition": "info",
}
