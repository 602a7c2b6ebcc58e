# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data set is what AWX takes, and asks nothing that the playbooks do not understand."""

from __future__ import annotations

import typing as t

import data_set
import pytest
import survey_rules
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

Json = dict[str, t.Any]

DATA = data_set.load()
SURVEYS = DATA["controller_templates"] + DATA["controller_workflows"]
# Questions about the play itself, and what a role without options of its own is not asked.
OF_THE_PLAY = {"maintenance_pools"}
# Sets AWX up, and is run from outside of it.
NOT_A_JOB = {"awx_setup"}

QUESTIONS = [
    pytest.param(template["playbook"], question, id=f"{template['name']}: {question['variable']}")
    for template in DATA["controller_templates"]
    for question in template["survey_spec"]["spec"]
    if question["variable"] not in OF_THE_PLAY
]


def by_name(items: list[Json]) -> list[t.Any]:
    return [pytest.param(item, id=item["name"]) for item in items]


@pytest.mark.parametrize("template", by_name(SURVEYS))
def test_awx_takes_the_survey(template: Json) -> None:
    assert survey_rules.complaints(template["survey_spec"]) == []


@pytest.mark.parametrize("template", by_name(DATA["controller_templates"]))
def test_a_survey_begins_with_the_pools(template: Json) -> None:
    assert template["survey_spec"]["spec"][0]["variable"] == "maintenance_pools"


def test_every_playbook_has_a_job_template() -> None:
    books = {path.stem for path in data_set.PLAYBOOKS.glob("*.yml") if not path.name.endswith(".meta.yml")}
    assert {template["playbook"] for template in DATA["controller_templates"]} == {
        f"playbooks/{name}.yml" for name in books - NOT_A_JOB
    }


@pytest.mark.parametrize("template", by_name(DATA["controller_templates"]))
def test_a_survey_asks_what_the_role_requires(template: Json) -> None:
    options = data_set.role_options(template["playbook"])
    required = {name for name, option in options.items() if option.get("required")}
    asked = {question["variable"] for question in template["survey_spec"]["spec"] if question["required"]}
    assert required <= asked


@pytest.mark.parametrize(("playbook", "question"), QUESTIONS)
def test_a_question_is_an_option_of_the_role_and_fits_it(playbook: str, question: Json) -> None:
    option = data_set.role_options(playbook)[question["variable"]]
    kind = option.get("type", "str")
    choices = [str(choice) for choice in option.get("choices", ["true", "false"] if kind == "bool" else [])]
    assert question["type"] in TYPES[kind, bool(choices)]
    assert sorted(question.get("choices", [])) == sorted(choices)
    if question.get("default", "") != "" and "default" in option:
        assert accepted(option, question["default"]) == option["default"]


# The questions that can ask for an option, by its type and whether it has choices.
TYPES: dict[tuple[str, bool], set[str]] = {
    ("str", False): {"text", "textarea", "password"},
    ("str", True): {"multiplechoice"},
    ("bool", True): {"multiplechoice"},
    ("int", False): {"integer"},
    ("float", False): {"float", "integer"},
    ("list", False): {"text"},
    ("list", True): {"multiselect"},
    ("path", False): {"text"},
}


@pytest.mark.parametrize(("playbook", "question"), QUESTIONS)
def test_the_role_takes_what_the_survey_proposes_and_every_choice(playbook: str, question: Json) -> None:
    option = data_set.role_options(playbook)[question["variable"]]
    proposed = [question["default"]] if question.get("default", "") != "" else []
    for value in [*question.get("choices", []), *proposed]:
        accepted(option, value)


def accepted(option: Json, value: t.Any) -> t.Any:
    """The value as the role's argument specification makes of it."""
    spec = {key: part for key, part in option.items() if key in ("type", "elements", "choices")}
    result = ArgumentSpecValidator({"it": spec}).validate({"it": value})
    assert not result.error_messages
    return result.validated_parameters["it"]


@pytest.mark.parametrize("workflow", by_name(DATA["controller_workflows"]))
def test_the_answers_of_a_workflow_reach_a_job_of_it(workflow: Json) -> None:
    templates = data_set.templates()
    nodes = workflow["simplified_workflow_nodes"]
    heard = {
        question["variable"]
        for node in nodes
        if "unified_job_template" in node
        for question in templates[node["unified_job_template"]]["survey_spec"]["spec"]
    }
    assert {question["variable"] for question in workflow["survey_spec"]["spec"]} <= heard


@pytest.mark.parametrize("workflow", by_name(DATA["controller_workflows"]))
def test_nothing_changes_before_the_approval_and_nothing_follows_a_failure(workflow: Json) -> None:
    nodes = workflow["simplified_workflow_nodes"]
    order = [node["identifier"] for node in nodes]
    assert [node["success_nodes"] for node in nodes] == [[following] for following in order[1:]] + [[]]
    changing = [node["identifier"] for node in nodes if node.get("job_type") == "run"]
    assert order.index("approval") < min(order.index(name) for name in changing)


@pytest.mark.parametrize("schedule", by_name(DATA["controller_schedules"]))
def test_a_schedule_answers_the_survey_of_its_job(schedule: Json) -> None:
    template = data_set.templates()[schedule["unified_job_template"]]
    assert data_set.answers(template, schedule["extra_data"]) == schedule["extra_data"]


@pytest.mark.parametrize("kind", by_name(DATA["controller_credential_types"]))
def test_a_secret_goes_into_the_environment_and_nowhere_else(kind: Json) -> None:
    secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
    assert secret & set(kind["inputs"]["required"])
    assert set(kind["injectors"]) == {"env", "file"}
    assert not [text for text in kind["injectors"]["file"].values() if any(name in text for name in secret)]
