# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are. Nothing but ``build/`` is ever written to."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
HOME = BUILD / "home"
LAB = ROOT / "lab"
REQUIREMENTS = ROOT / "requirements"

NAMESPACE, NAME = "xencloud", "maintenance"
COLLECTION = Path("ansible_collections") / NAMESPACE / NAME


def real(path: Path) -> str:
    """A path as people want to read it: relative to the checkout where it can be."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
