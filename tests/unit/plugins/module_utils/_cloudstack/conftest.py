# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._cloudstack.scripted import (
    Server,
    serving,
)


@pytest.fixture(name="server")
def scripted_server() -> t.Iterator[Server]:
    """A CloudStack that does as it is told."""
    with serving() as server:
        yield server
