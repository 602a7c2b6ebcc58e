# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.fences import fences


@pytest.mark.parametrize(
    ("timeout", "setting", "first"),
    [(60, "120", "pool_ha"), (119, "120", "pool_ha"), (120, "120", "cloudstack"), (180, "120", "cloudstack")],
)
def test_the_shorter_limit_fences_first(timeout: int, setting: str, first: str) -> None:
    assert fences(timeout, setting).first == first


@pytest.mark.parametrize("setting", [None, "", "soon"])
def test_without_an_answer_the_default_counts_and_is_called_so(setting: str | None) -> None:
    order = fences(180, setting)
    assert order.cloudstack_timeout_s == 120
    assert "CloudStack was not asked" in order.text


def test_the_remedy_names_a_limit_that_lets_ha_decide() -> None:
    assert "xenserver.heartbeat.timeout above 195" in fences(180, "120").text
