# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pattern of the automation platform, made of the data set and of the roles' argument specifications.

``python tests/awx/pattern.py`` writes it anew; a test compares what is there with what would be written.
"""

from __future__ import annotations

import json
import re
import sys
import typing as t
from pathlib import Path

import data_set
import yaml

Json = dict[str, t.Any]

NAME = "maintain_pools"
FOLDER = data_set.ROOT / "extensions" / "patterns" / NAME
PRIMARY = "Patch pools"
TITLE = "Maintain XenServer and XCP-ng pools under CloudStack"
# The licence of what is written is that of this file.
HEADER = [line.removeprefix("# ") for line in Path(__file__).read_text().splitlines()[:3]]
YAML_HEADER = "---\n" + "".join(f"# {line}\n" for line in HEADER) + "\n"
README = """<!--
{header}
-->

# {title}

Job templates with surveys for every playbook of this collection, for the pattern service of the automation platform.
This folder is written by `python tests/awx/pattern.py` from [the data set](../../../playbooks/vars/awx.yml).

A pattern has no types of credentials, no workflow, no schedule and no inventory. `awx_setup` makes these and all of the
below, so use it where you can: [docs/awx.md](../../../docs/awx.md) tells how, and what the surveys mean.

## What it creates

A project with this collection, the execution environment `{image}`, which has to be in the private
automation hub, and these job templates:

| job template | playbook | what it does |
|---|---|---|
{rows}

## How to use it

Choose an inventory whose hosts are pools, in the group `xencloud_pools`, and the credentials of the pool and of
CloudStack. Every changing job template can be started as a check first.
"""
POOLS = {
    "description": "The pools, as a host, a group or a pattern of the inventory.",
    "type": "str",
    "default": "xencloud_pools",
}


def files() -> dict[Path, str]:
    """Every file of the pattern, with its text."""
    data = data_set.load()
    made = {Path("meta/pattern.json"): json.dumps(definition(data), indent=2, ensure_ascii=False) + "\n"}
    made[Path("README.md")] = readme(data)
    for template in data["controller_templates"]:
        book = Path(template["playbook"])
        made[Path("playbooks") / book.name] = YAML_HEADER + dumped([play(template, book.stem)])
        made[Path("playbooks") / f"{book.stem}.meta.yml"] = YAML_HEADER + dumped(arguments(template, book.stem))
    return made


def dumped(value: t.Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=140, allow_unicode=True)


def definition(data: Json) -> Json:
    """What the platform creates."""
    [project], [image] = data["controller_projects"], data["controller_execution_environments"]
    return {
        "schema_version": "1.0.0",
        "name": NAME,
        "title": TITLE,
        "description": (
            "Patches, restarts, adds, removes, repairs and audits the hosts of XenServer and XCP-ng pools that Apache "
            "CloudStack manages, while their virtual machines keep running. Pool HA comes back exactly as it was."
        ),
        "short_description": "HA-aware maintenance of pools that keeps every virtual machine running",
        "tags": ["infrastructure", "cloudstack", "xenserver", "xcpng"],
        "aap_resources": {
            "controller_project": {"name": project["name"], "description": project["description"]},
            "controller_execution_environment": {
                "name": image["name"],
                "description": image["description"],
                "image_name": image_name(image["image"]),
                "pull": image["pull"],
            },
            "controller_job_templates": [job_template(template) for template in data["controller_templates"]],
        },
    }


def image_name(image: str) -> str:
    """Without registry and tag, as the private automation hub calls it."""
    return re.sub(r"^[^/]+\.[^/]+/|:[^/]*$", "", image)


def job_template(template: Json) -> Json:
    survey = template["survey_spec"]
    return {
        "name": template["name"],
        "description": template["description"],
        "execution_environment": template["execution_environment"],
        "playbook": Path(template["playbook"]).name,
        "primary": template["name"] == PRIMARY,
        "ask_credential_on_launch": True,
        "ask_inventory_on_launch": True,
        "ask_job_type_on_launch": True,
        "ask_verbosity_on_launch": True,
        "allow_simultaneous": template["allow_simultaneous"],
        "survey_enabled": True,
        "survey": {**survey, "spec": [question(each) for each in survey["spec"]]},
    }


def question(asked: Json) -> Json:
    """A pattern's defaults are words, which AWX refuses where a number is asked for: the number is told instead."""
    if not isinstance(asked.get("default", ""), int):
        return asked
    kept = {name: value for name, value in asked.items() if name != "default"}
    return {**kept, "question_description": f"{asked['question_description']} Usually {asked['default']}."}


def play(template: Json, book: str) -> Json:
    return {"name": template["name"], "ansible.builtin.import_playbook": f"xencloud.maintenance.{book}"}


def arguments(template: Json, book: str) -> Json:
    """What the playbook takes, in the form of a play's argument specification."""
    options = {"maintenance_pools": POOLS} | {
        name: {**option, "description": " ".join(lines(option["description"]))}
        for name, option in data_set.role_options(f"{book}.yml").items()
    }
    example = {
        "ansible.builtin.import_playbook": f"xencloud.maintenance.{book}",
        "vars": {"maintenance_pools": "pool-a"},
    }
    return {
        "short_description": template["name"],
        "description": template["description"],
        "argument_specs": {
            book: {
                "short_description": template["name"],
                "description": [template["description"]],
                "author": ["xencloud.maintenance contributors"],
                "options": options,
                "examples": dumped([{"name": template["name"], **example}]),
            }
        },
    }


def lines(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def readme(data: Json) -> str:
    rows = [
        f"| {template['name']} | `{Path(template['playbook']).name}` | {template['description']} |"
        for template in data["controller_templates"]
    ]
    [image] = data["controller_execution_environments"]
    return README.format(header="\n".join(HEADER), title=TITLE, image=image_name(image["image"]), rows="\n".join(rows))


def main() -> int:
    for path, text in files().items():
        target = FOLDER / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
