# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both ways of moving a batch of VMs are asked for.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import ArgumentSpec
from .._maintenance.errors import MaintenanceError


def batch_spec() -> ArgumentSpec:
    """Which VM goes to which host, and how many at the same time."""
    pair = {"vm": {"type": "str", "required": True}, "host": {"type": "str", "required": True}}
    moves = {"type": "list", "elements": "dict", "required": True, "options": pair}
    return ArgumentSpec(options={"moves": moves, "parallel": {"type": "int", "default": 2}})


def require_parallel(parallel: int) -> None:
    if parallel < 1:
        raise MaintenanceError(f"parallel is {parallel}: nothing would move. Give 1 or more.")
