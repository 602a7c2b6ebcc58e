# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurements that ``./run bench`` prints."""

from __future__ import annotations

from pathlib import Path

from door.paths import ROOT

SCRIPT = ROOT / "benchmarks" / "lab.py"


def command(python: Path, arguments: list[str]) -> list[str]:
    """The program that measures the lab of this checkout."""
    return [str(python), str(SCRIPT), *arguments]
