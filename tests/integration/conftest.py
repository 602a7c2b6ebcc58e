# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab of its own for every test, and ansible-playbook as an operator runs it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from support.lab import Lab
from support.player import Player

ESTATES = Path(__file__).parent / "estates"


@pytest.fixture
def start_lab(tmp_path: Path) -> t.Iterator[t.Callable[..., Lab]]:
    """Starts a lab from an estate file of ``estates/``; it is stopped after the test."""
    running: list[Lab] = []

    def start(estate: str = "pool.yml", speed: float = 300) -> Lab:
        lab = Lab.start(ESTATES / estate, tmp_path / f"lab{len(running)}", speed)
        running.append(lab)
        return lab

    yield start
    for lab in running:
        lab.stop()


@pytest.fixture
def lab(start_lab: t.Callable[..., Lab]) -> Lab:
    """A pool of four hosts with HA on and updates waiting."""
    return start_lab()


@pytest.fixture
def player(tmp_path: Path) -> Player:
    """Runs playbooks in a folder of its own."""
    return Player(tmp_path)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Player:
    """Another controller, with no file of the first one."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Player(folder)
