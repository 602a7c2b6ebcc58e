# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data set that awx_setup applies, as Ansible reads it, and what its credentials give to a job."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from jinja2.sandbox import ImmutableSandboxedEnvironment

Json = dict[str, t.Any]

ROOT = Path(__file__).parents[2]
PLAYBOOKS = ROOT / "playbooks"
FILE = PLAYBOOKS / "vars" / "awx.yml"


def load(**settings: t.Any) -> Json:
    """The data set with the settings of somebody; plain lists and dictionaries."""
    loader = DataLoader()
    data = loader.load_from_file(str(FILE), trusted_as_template=True)
    plain: Json = json.loads(json.dumps(Templar(loader=loader, variables={**data, **settings}).template(data)))
    return plain


def templates() -> dict[str, Json]:
    return {template["name"]: template for template in load()["controller_templates"]}


def answers(template: Json, typed: Json) -> Json:
    """What AWX gives to a job when a person types ``typed`` and leaves the other questions as they are."""
    questions = {question["variable"]: question for question in template["survey_spec"]["spec"]}
    assert set(typed) <= set(questions), "only what the survey asks reaches the job"
    given = {variable: question["default"] for variable, question in questions.items() if "default" in question} | typed
    for variable, question in questions.items():
        assert not question["required"] or given.get(variable, "") != "", f"{variable} has to be answered"
    return given


# What a run that is carried on needs once more, because its record holds no secrets.
CARRIED_ON = {"resume": {"add_host_password": "add_host"}}


def role_options(playbook: str) -> Json:
    """The options of the role that a playbook of the collection runs; empty when it runs none."""
    role = Path(playbook).stem
    return options_of(role) | {name: options_of(other)[name] for name, other in CARRIED_ON.get(role, {}).items()}


def options_of(role: str) -> Json:
    specs = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    if not specs.is_file():
        return {}
    options: Json = yaml.safe_load(specs.read_text())["argument_specs"]["main"]["options"]
    return options


def injected(kind: Json, inputs: Json, folder: Path) -> dict[str, str]:
    """The environment that AWX makes of a credential: a missing boolean is false, other missing fields are empty."""
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    assert set(inputs) <= set(fields)
    values: Json = {name: False for name, field in fields.items() if field["type"] == "boolean"} | inputs
    files: dict[str, str] = {}
    environment = ImmutableSandboxedEnvironment()
    for label, text in kind["injectors"].get("file", {}).items():
        path = folder / label
        path.write_text(environment.from_string(text).render(**values))
        files[label.removeprefix("template.")] = str(path)
    values["tower"] = {"filename": files}
    return {name: environment.from_string(text).render(**values) for name, text in kind["injectors"]["env"].items()}
