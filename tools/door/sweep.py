# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the sweep of crash points is, and what it imports."""

from __future__ import annotations

import os

from door.env import Environment
from door.paths import ROOT

MODULE = "sweep"
TESTS = ROOT / "tests"


def sweep_paths() -> Environment:
    """The sweep plays with the same labs and inventories as the integration tests."""
    return {"PYTHONPATH": os.pathsep.join(str(TESTS / part) for part in ("sweep", "integration"))}
