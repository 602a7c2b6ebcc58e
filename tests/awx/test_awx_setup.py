# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``awx_setup`` with the real modules of awx.awx, against an AWX that refuses what AWX refuses."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import typing as t
from pathlib import Path

import data_set
import pytest
from fake_awx import Controller, FakeAwx

Json = dict[str, t.Any]

# What every object shows of itself, beside what was asked for.
ORGANIZATION = "Operations"
SETTINGS = {
    "awx_setup_organization": ORGANIZATION,
    "awx_setup_credentials": ["Pools of Berlin", "CloudStack of Berlin"],
    "awx_setup_inventory_path": "inventory/pools.yml",
    "awx_setup_notify": ["People on call"],
}
LIMIT_S = 600


def an_awx() -> Controller:
    """An AWX in which somebody has made an organization, the credentials and a notification."""
    playbooks = [f"playbooks/{path.name}" for path in data_set.PLAYBOOKS.glob("*.yml")]
    world = Controller(playbooks)
    world.add("organizations", {"name": ORGANIZATION})
    for name in SETTINGS["awx_setup_credentials"]:
        world.add("credentials", {"name": name})
    for name in SETTINGS["awx_setup_notify"]:
        world.add("notification_templates", {"name": name})
    return world


class Setup:
    """Runs the playbook as an administrator does."""

    def __init__(self, controller: Controller, collection: Path, folder: Path) -> None:
        self.controller, self.collection, self.folder = controller, collection, folder

    def run(self, *arguments: str) -> dict[str, int]:
        """The recap of localhost."""
        settings = self.folder / "settings.yml"
        settings.write_text("".join(f"{name}: {value}\n" for name, value in SETTINGS.items()))
        with FakeAwx(self.controller) as awx:
            played = subprocess.run(
                ["ansible-playbook", "xencloud.maintenance.awx_setup", "-e", f"@{settings}", *arguments],
                env=self._environment(awx.url),
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=LIMIT_S,
                check=False,
            )
        assert played.returncode == 0, played.stdout + played.stderr
        assert "duplicate" not in played.stderr
        return {word: int(count) for word, count in re.findall(r"(\w+)=(\d+)", played.stdout.split("PLAY RECAP")[1])}

    def _environment(self, url: str) -> dict[str, str]:
        paths = [os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""), str(self.collection)]
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(path for path in paths if path),
            "CONTROLLER_HOST": url,
            "CONTROLLER_OAUTH_TOKEN": "a-token-of-the-test",
        }


@pytest.fixture(scope="module")
def first(awx_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Controller, dict[str, int]]:
    """An AWX after the first run, and the recap of that run."""
    controller = an_awx()
    recap = Setup(controller, awx_collection, tmp_path_factory.mktemp("first")).run()
    return controller, recap


@pytest.fixture
def setup(first: tuple[Controller, dict[str, int]], awx_collection: Path, tmp_path: Path) -> Setup:
    """The next run, on an AWX that is set up."""
    controller = copy.deepcopy(first[0])
    controller.changes.clear()
    return Setup(controller, awx_collection, tmp_path)


def test_the_first_run_makes_what_the_data_set_says(first: tuple[Controller, dict[str, int]]) -> None:
    controller, recap = first
    assert (recap["changed"], recap["failed"], recap["skipped"]) == (10, 0, 0)
    compare(controller, data_set.load(**SETTINGS))


def test_the_second_run_changes_nothing(setup: Setup) -> None:
    recap = setup.run()
    assert (recap["changed"], recap["failed"]) == (0, 0)
    assert setup.controller.changes == []


def test_what_somebody_changed_in_awx_is_put_right_and_nothing_else(setup: Setup) -> None:
    controller = setup.controller
    controller.named("job_templates")["Patch pools"]["allow_simultaneous"] = False
    controller.surveys["Pool HA"]["spec"].pop()
    controller.named("workflow_approval_templates")["Patch as planned?"]["timeout"] = 1
    # In check mode first: it says so, and leaves it.
    assert setup.run("--check")["changed"] == 2
    assert controller.changes == []
    setup.run()
    assert sorted(re.sub(r"/\d+/", "/", change) for change in controller.changes) == [
        "PATCH /api/v2/job_templates/",
        "PATCH /api/v2/workflow_approval_templates/",
        "POST /api/v2/job_templates/survey_spec/",
    ]
    compare(controller, data_set.load(**SETTINGS))


def compare(controller: Controller, data: Json) -> None:
    """What AWX holds is the data set, no more and no less."""
    for table, key in {
        "credential_types": "controller_credential_types",
        "execution_environments": "controller_execution_environments",
        "projects": "controller_projects",
        "inventories": "controller_inventories",
        "inventory_sources": "controller_inventory_sources",
        "job_templates": "controller_templates",
        "workflow_job_templates": "controller_workflows",
        "schedules": "controller_schedules",
    }.items():
        items = controller.named(table)
        assert set(items) == {wanted["name"] for wanted in data[key]}
        for wanted in data[key]:
            compare_item(controller, items[wanted["name"]], wanted)


# In the data set a name, in AWX a number.
NAMES = {
    "organization": "organizations",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "execution_environment": "execution_environments",
    "unified_job_template": "job_templates",
}


# Only their inventory or their job template belongs to an organization.
WITHOUT_ORGANIZATION = ("inventory_source", "schedule")


def compare_item(controller: Controller, item: Json, wanted: Json) -> None:
    for key, value in wanted.items():
        if key == "organization" and item["type"] in WITHOUT_ORGANIZATION:
            continue
        if key == "survey_spec":
            assert controller.surveys[item["name"]] == value
            assert item["survey_enabled"] is True
        elif key in ("credentials", "notification_templates_error", "notification_templates_approvals"):
            assert sorted(each["name"] for each in controller.linked(item, key)) == sorted(value)
        elif key == "simplified_workflow_nodes":
            compare_nodes(controller, value)
        elif key == "variables":
            assert json.loads(item[key]) == value
        elif key in NAMES:
            assert item[key] == controller.named(NAMES[key])[value]["id"], key
        else:
            assert item[key] == value, key


def compare_nodes(controller: Controller, wanted: list[Json]) -> None:
    nodes = controller.named("workflow_job_template_nodes")
    assert set(nodes) == {node["identifier"] for node in wanted}
    for node in wanted:
        made = nodes[node["identifier"]]
        assert [each["identifier"] for each in controller.linked(made, "success_nodes")] == node["success_nodes"]
        assert made.get("job_type") == node.get("job_type")
        assert made.get("extra_data") == node.get("extra_data")
        if "approval_node" in node:
            approval = controller.named("workflow_approval_templates")[node["approval_node"]["name"]]
            assert made["unified_job_template"] == approval["id"]
            assert {key: approval[key] for key in node["approval_node"]} == node["approval_node"]
        else:
            template = controller.named("job_templates")[node["unified_job_template"]]
            assert made["unified_job_template"] == template["id"]
