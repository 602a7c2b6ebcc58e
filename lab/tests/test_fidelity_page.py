# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page that tells what is modelled is asked of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from xencloud_lab import inventory

PAGE = Path(__file__).parents[2] / "docs" / "lab_fidelity.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the lab is installed without the project's pages")


def test_page_names_every_message_and_command_that_the_lab_answers() -> None:
    renew = "run: python -m xencloud_lab.inventory docs/lab_fidelity.md"
    page = PAGE.read_text("utf-8")
    assert page == inventory.renewed(page), renew


def test_inventory_knows_messages_of_many_classes_and_commands_of_many_families() -> None:
    assert {"disable", "evacuate"} <= set(inventory.xapi_messages()["host"])
    assert "listHosts" in inventory.cloudstack_commands()["hosts"]


def test_lab_page_shows_an_estate_that_is_good() -> None:
    from xencloud_lab.estate_file import parse

    text = (PAGE.parent / "lab.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    assert [vm.count for vm in parse(text).pools[0].vms] == [12, 1, 1]
