# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The labs and estates of the integration tests, and where awx.awx was unpacked."""

from __future__ import annotations

import os
import sys
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(Path(__file__).parent)]

from job import Jobs  # noqa: E402
from support.lab import Lab  # noqa: E402


@pytest.fixture
def lab(tmp_path: Path) -> t.Iterator[Lab]:
    """A pool of four hosts with HA on and updates waiting."""
    running = Lab.start(ROOT / "tests" / "integration" / "estates" / "pool.yml", tmp_path / "lab", 300)
    yield running
    running.stop()


@pytest.fixture
def jobs(lab: Lab, tmp_path: Path) -> Jobs:
    return Jobs(lab, tmp_path / "jobs")


@pytest.fixture(scope="session")
def awx_collection() -> Path:
    """Folder whose ``ansible_collections`` holds awx.awx; the check ``awx`` of ./run test unpacks it from PyPI."""
    place = Path(os.environ.get("AWX_COLLECTION", ROOT / "build" / "awx"))
    assert (place / "ansible_collections" / "awx" / "awx").is_dir(), f"awx.awx is not in {place}: run ./run test awx"
    return place
