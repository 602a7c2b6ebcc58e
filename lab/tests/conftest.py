# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the lab's own tests."""

from __future__ import annotations

import pytest
from plain_world import PlainWorld
from running_world import Lab


@pytest.fixture
def lab() -> Lab:
    """A pool of three hosts that runs, HA off."""
    return Lab()


@pytest.fixture
def plain() -> PlainWorld:
    """A pool without physics."""
    return PlainWorld()


@pytest.fixture
def root(plain: PlainWorld) -> str:
    """A session of root on it."""
    return plain.login()
