# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever role opens a run, the role resume can carry on with it, as it was asked and with a report."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from support import promises
from support.lab import Lab
from support.player import Player

ROLES = Path(__file__).parents[2] / "roles"
RUN = "xencloud.maintenance.maintenance_run"
POOL = "pool-a"


def tasks(folder: Path) -> t.Iterator[dict[str, t.Any]]:
    """Every task of a role, those in blocks as well."""
    waiting = [task for file in sorted(folder.glob("tasks/*.yml")) for task in yaml.safe_load(file.read_text())]
    for task in waiting:
        yield task
        waiting += [inner for part in ("block", "rescue", "always") for inner in task.get(part, ())]


def opened() -> dict[str, dict[str, t.Any]]:
    """What each role that opens a run writes into its record as what it was asked."""
    runs = [task[RUN] for role in ROLES.iterdir() for task in tasks(role) if task.get(RUN, {}).get("operation")]
    return {run["operation"]: run["asked"] for run in runs}


def test_there_are_roles_that_open_a_run() -> None:
    assert {"remove_host", "add_host", "rolling_patch", "pool_ha", "recover_host"} <= set(opened())


@pytest.mark.parametrize("role", sorted(opened()))
def test_a_run_is_carried_on_as_it_was_asked_with_its_report(role: str) -> None:
    text = (ROLES / "resume" / "tasks" / f"carry_on_{role}.yml").read_text()
    assert [name for name in opened()[role] if f"resume_run.asked.{name}" not in text] == []
    assert f'{role}_report_dir: "{{{{ resume_report_dir }}}}"' in text
    assert f"{role}_report_dir" in yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text())


def reports(player: Player) -> dict[str, dict[str, t.Any]]:
    """The reports of a controller, by outcome; each in three files."""
    folder = player.folder / "reports"
    found = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    assert len(list(folder.glob("*.html"))) == len(list(folder.glob("*.md"))) == len(found)
    return {report["outcome"]: report for report in found}


def in_cloudstack(state: dict[str, t.Any], host: str) -> str:
    """The state of the host as a resource."""
    return str(state["cloudstack"]["hosts"][host]["resource_state"])


def test_a_dead_removal_of_the_master_is_finished_elsewhere_and_told_from_its_first_step(
    lab: Lab, player: Player, elsewhere: Player
) -> None:
    stays = lab.xapi_connection("xen03")
    run = player.begin(lab, "remove_host", "-e", "remove_host_hosts=xen01", xapi=stays)
    lab.wait_until(lambda state: in_cloudstack(state, "xen01") == "Maintenance", "xen01 is empty")
    run.kill()
    before = lab.state()["pools"][POOL]["other_config"]
    shown = " ".join(elsewhere.play(lab, "status").output.split())
    assert "hosts: xen01" in shown
    assert f"so far: xen01 under way, {lab.book()['totals']['migrations']} live migrations" in shown
    assert lab.state()["pools"][POOL]["other_config"] == before

    options = ("-e", "resume_takeover=true", "-e", "resume_report_dir=reports")
    played = elsewhere.play(lab, "resume", *options, xapi=stays)
    assert played.rc == 0, played.output
    promises.no_vm_suffered(lab.book())
    promises.no_record_left(lab.state()["pools"][POOL])
    assert sorted(lab.state()["pools"][POOL]["hosts"]) == ["xen02", "xen03", "xen04"]

    told = reports(elsewhere)
    dead, done = told["failed"], told["done"]
    assert "no more sign of life" in dead["error"]
    assert done["started"] == dead["started"]
    assert [step["text"] for step in done["steps"]][: len(dead["steps"])] == [step["text"] for step in dead["steps"]]
    assert f"what run {dead['id']} (remove_host) of " in " ".join(step["text"] for step in done["steps"])
    (window,) = [each for each in done["windows"] if each["what"] == "without pool HA"]
    (truth,) = lab.book()["pools"][POOL]["ha_off"]
    assert window["seconds"] >= truth["end"] - truth["start"] - 2
