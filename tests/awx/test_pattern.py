# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pattern is what the data set says, in the form that the platform's service takes (its schema 1.0.0)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pattern
import pytest
import yaml
from fake_awx import Controller

Json = dict[str, t.Any]

FILES = pattern.files()
DEFINITION: Json = json.loads(FILES[Path("meta/pattern.json")])
RESOURCES: Json = DEFINITION["aap_resources"]
TEMPLATES: list[Json] = RESOURCES["controller_job_templates"]
BOOKS = sorted(path for path in FILES if path.suffix == ".yml" and not path.name.endswith(".meta.yml"))


def test_the_folder_holds_what_the_data_set_says_and_nothing_else() -> None:
    found = {path.relative_to(pattern.FOLDER): path.read_text() for path in pattern.FOLDER.rglob("*") if path.is_file()}
    assert found == FILES, "write it anew: python tests/awx/pattern.py"


def test_its_name_is_its_folder_and_its_texts_are_short_enough() -> None:
    assert DEFINITION["name"] == pattern.FOLDER.name
    assert re.fullmatch(r"[a-z0-9_]{1,64}", DEFINITION["name"])
    assert len(DEFINITION["title"]) <= 64
    assert "\n" not in DEFINITION["short_description"]
    assert not DEFINITION["short_description"].endswith(".")
    named = [RESOURCES["controller_project"], RESOURCES["controller_execution_environment"], *TEMPLATES]
    assert [each["name"] for each in named if len(each["name"]) > 200] == []


def test_one_job_template_is_the_primary_one_and_all_have_their_playbook_and_image() -> None:
    assert [template["name"] for template in TEMPLATES if template["primary"]] == [pattern.PRIMARY]
    assert sorted(Path("playbooks") / template["playbook"] for template in TEMPLATES) == BOOKS
    image = RESOURCES["controller_execution_environment"]["name"]
    assert {template["execution_environment"] for template in TEMPLATES} == {image}


@pytest.mark.parametrize("template", [pytest.param(template, id=template["name"]) for template in TEMPLATES])
def test_a_question_has_a_word_as_default_and_is_an_argument_of_the_playbook(template: Json) -> None:
    spec = yaml.safe_load(FILES[Path("playbooks") / template["playbook"].replace(".yml", ".meta.yml")])
    [arguments] = spec["argument_specs"].values()
    for question in template["survey"]["spec"]:
        assert re.fullmatch(r"[a-z0-9_]{1,64}", question["variable"])
        assert isinstance(question.get("default", ""), str)
        assert question["variable"] in arguments["options"]


def test_the_platform_creates_every_job_template_and_its_survey() -> None:
    """The service sends a job template as it stands here, with the playbook's path and without the survey, to AWX."""
    folder = f"extensions/patterns/{DEFINITION['name']}/playbooks/"
    awx = Controller([folder + book.name for book in BOOKS])
    project = awx.add("projects", dict(RESOURCES["controller_project"]))
    for template in TEMPLATES:
        body = {key: value for key, value in template.items() if key not in ("survey", "primary")}
        body |= {"project": project["id"], "playbook": folder + template["playbook"]}
        status, made = awx.answer("POST", "/api/v2/job_templates/", {}, body)
        assert status == 201
        awx.answer("POST", made["related"]["survey_spec"], {}, template["survey"])
    assert set(awx.surveys) == {template["name"] for template in TEMPLATES}


def test_ansible_takes_its_playbooks(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "--syntax-check", "-i", "localhost,"]
    books = [str(pattern.FOLDER / book) for book in BOOKS]
    checked = subprocess.run([*command, *books], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
