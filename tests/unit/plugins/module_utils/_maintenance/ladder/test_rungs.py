# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.ladder.rungs import (
    ASKED,
    ORDER,
    RUNGS,
    Rung,
    barred,
    rung_view,
    to_climb,
)

HERE = Path(__file__).parents[6]
ROLE = HERE / "roles" / "recover_host"


def rungs(*codes: str) -> list[Rung]:
    return [Rung(code, "a cause") for code in codes]


def test_nothing_above_a_barred_rung_is_climbed() -> None:
    assert to_climb(rungs("plug_storage", "held", "cloudstack_connection"), []) == ["plug_storage"]


def test_a_grave_rung_is_climbed_only_when_it_is_named() -> None:
    seen = rungs("disarm_ha", "cloudstack_connection")
    assert to_climb(seen, []) == []
    assert to_climb(seen, ["rearm_ha"]) == []
    assert to_climb(seen, ["disarm_ha"]) == ["disarm_ha", "cloudstack_connection"]


def test_notes_are_told_and_bar_nothing() -> None:
    assert to_climb(rungs("power_on", "vms_on_dead_host", "enable"), []) == ["power_on", "enable"]


def test_what_a_person_must_do_cannot_be_permitted() -> None:
    assert [code for code in ORDER if RUNGS[code].kind == "person" and not barred(Rung(code, ""), ORDER)] == []


def test_the_text_says_cause_action_and_reason_and_how_to_permit_it() -> None:
    text = rung_view("xen02", Rung("disarm_ha", "it is stuck"), [])["text"]
    assert text.startswith(
        "xen02: it is stuck (disarm_ha). This role does it only with recover_host_allow=disarm_ha: "
        "Disarm HA on this host alone. The serving master"
    )
    permitted = rung_view("xen02", Rung("disarm_ha", "it is stuck"), ["disarm_ha"])["text"]
    assert "(disarm_ha). This role does it, as permitted: Disarm" in permitted


@pytest.mark.parametrize(
    ("code", "who"),
    [
        ("cloudstack_connection", "This role does it: Wait until CloudStack has found it again"),
        ("starting", "This role waits for it: Wait"),
        ("held_by_run", "By hand: Bring that run to its end with the playbook resume"),
        ("unknown_to_cloudstack", "Good to know: Use"),
    ],
)
def test_the_text_names_who_has_to_act(code: str, who: str) -> None:
    assert f"xen02: a cause ({code}). {who}" in rung_view("xen02", Rung(code, "a cause"), [])["text"]


def test_the_role_climbs_every_rung_that_it_may_in_the_ladders_order() -> None:
    (story,) = yaml.safe_load((ROLE / "tasks" / "main.yml").read_text())
    loop = next(task["block"][0]["loop"] for task in story["block"] if "block" in task)
    assert loop == [code for code in ORDER if RUNGS[code].kind in ("do", "wait", "ask")]


def test_every_rung_that_does_something_has_a_file_and_the_others_are_waited_for() -> None:
    files = {path.stem.removeprefix("rung_") for path in (ROLE / "tasks").glob("rung_*.yml")}
    assert files == {code for code in ORDER if RUNGS[code].kind in ("do", "ask")}
    tasks = yaml.safe_load((ROLE / "tasks" / "climb.yml").read_text())
    climbs = next(task for task in tasks if str(task.get("ansible.builtin.include_tasks")).startswith("rung_"))
    waited = set(re.findall(r"'(\w+)'", climbs["when"]))
    assert waited == {code for code in ORDER if RUNGS[code].kind == "wait"}


def test_the_roles_permissions_are_the_grave_rungs() -> None:
    options = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert tuple(options["recover_host_allow"]["choices"]) == ASKED


def test_the_page_has_every_rung_in_its_order() -> None:
    page = (HERE / "docs" / "recover_host.md").read_text()
    assert tuple(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)) == ORDER
