# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module or role is whole: every place that has to tell of it does, and all of them tell the same."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from door.paths import ROOT

README = (ROOT / "README.md").read_text()
RUNTIME = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/tasks/main.yml"))
MODULES = sorted(path.stem for path in ROOT.glob("plugins/modules/*.py"))
BOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))
PAGES = [path for path in ROOT.glob("**/*.md") if not {"build", ".git"} & set(path.relative_to(ROOT).parts)]
# Needs no pool: it renders what another module returned.
WITHOUT_CONNECTION = {"maintenance_report"}


def options_of(role: str) -> dict[str, dict[str, t.Any]]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())
    options: dict[str, dict[str, t.Any]] = specs["argument_specs"]["main"]["options"]
    return options


def text_of(module: str, name: str) -> str:
    """The text of ``DOCUMENTATION``, ``EXAMPLES`` or ``RETURN``."""
    body = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text()).body
    return next(
        str(ast.literal_eval(node.value))
        for node in body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )


# -- roles


@pytest.mark.parametrize("role", ROLES)
def test_the_defaults_of_a_role_are_those_of_its_argument_specs(role: str) -> None:
    promised = {name: option["default"] for name, option in options_of(role).items() if "default" in option}
    assert yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text()) == promised


@pytest.mark.parametrize("role", ROLES)
def test_an_option_of_a_role_is_required_or_has_a_default(role: str) -> None:
    assert [name for name, each in options_of(role).items() if bool(each.get("required")) == ("default" in each)] == []


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_of_a_role_names_every_option_and_its_default(role: str) -> None:
    text = (ROOT / "roles" / role / "README.md").read_text()
    rows = dict(re.findall(rf"^\| `({role}_\w+)` \| (.*?) \|", text, re.MULTILINE))
    hooks = set(re.findall(rf"^\| `({role}_\w+_tasks)` \|", text, re.MULTILINE))
    options = options_of(role)
    assert set(rows) == set(options)
    for name in set(rows) - hooks:
        told = rows[name].strip("`")
        assert told == ("required" if options[name].get("required") else words(options[name]["default"])), name


def words(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return '""' if default == "" else str(default)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_a_playbook_a_scenario_a_page_and_a_row(role: str) -> None:
    assert role in BOOKS
    assert (ROOT / "extensions" / "molecule" / role / "molecule.yml").is_file()
    assert f"[`{role}`](roles/{role}/README.md)" in README
    assert [page for page in ROOT.glob("docs/*.md") if f"xencloud.maintenance.{role}" in page.read_text()]


@pytest.mark.parametrize("role", ROLES)
def test_the_outcome_of_a_playbook_is_read_from_what_its_role_registers(role: str) -> None:
    tasks = "".join(path.read_text() for path in (ROOT / "roles" / role).rglob("*.yml"))
    read = set(re.findall(r"__\w+", (ROOT / "playbooks" / f"{role}.yml").read_text()))
    assert read <= set(re.findall(r"register: (__\w+)", tasks))


@pytest.mark.parametrize("book", BOOKS)
def test_the_readme_names_every_playbook(book: str) -> None:
    assert f"`{book}`" in README


def test_the_playbooks_need_no_folder_but_those_that_every_installation_keeps(tmp_path: Path) -> None:
    """Everything else may be deleted from an installed collection."""
    place = tmp_path / "ansible_collections" / "xencloud" / "maintenance"
    for folder in ("meta", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "ansible", "playbook", "--syntax-check", "-i", "localhost,"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "ANSIBLE_HOME": str(tmp_path / "home")}
    books = [f"xencloud.maintenance.{book}" for book in BOOKS]
    checked = subprocess.run(
        [*command, *books], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


# -- modules


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_live_front_door_an_operation_and_a_row(module: str) -> None:
    assert (ROOT / "plugins" / "action" / f"{module}.py").is_file()
    assert (ROOT / "plugins" / "module_utils" / "_operations" / f"{module}.py").is_file()
    assert re.search(rf"^\| .*`{module}`.* \|", README, re.MULTILINE)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_promises_check_mode_and_tells_of_diff_and_idempotence(module: str) -> None:
    attributes = yaml.safe_load(text_of(module, "DOCUMENTATION")).get("attributes", {})
    fragments = yaml.safe_load(text_of(module, "DOCUMENTATION"))["extends_documentation_fragment"]
    if "xencloud.maintenance._attributes.info_module" not in fragments:
        assert attributes["check_mode"]["support"] == "full"
        assert {"diff_mode", "idempotent"} <= set(attributes)


@pytest.mark.parametrize("module", MODULES)
def test_the_action_groups_are_the_connections_of_a_module(module: str) -> None:
    fragments = yaml.safe_load(text_of(module, "DOCUMENTATION"))["extends_documentation_fragment"]
    taken = {re.sub(r"xencloud\.maintenance\._(\w+).*", r"\1", each) for each in fragments} - {"attributes"}
    groups = {name for name, members in RUNTIME["action_groups"].items() if module in members}
    # The audit takes the run that asks and nothing else of that fragment.
    assert groups - taken <= ({"run"} if module == "pool_audit" else set())
    assert taken <= groups
    assert groups or module in WITHOUT_CONNECTION


# -- what everybody reads


FLOORS = re.findall(r"^(\w+)>=([\d.]+)$", (ROOT / "meta" / "ee-requirements.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("library", "version"), FLOORS)
def test_every_place_asks_for_the_same_version_of_a_library(library: str, version: str) -> None:
    fragments = "".join(path.read_text() for path in ROOT.glob("plugins/doc_fragments/*.py"))
    assert set(re.findall(rf"{library} >= ([\d.]*\d)", fragments)) == {version}
    assert re.findall(rf"{library}\]\([^)]*\) ([\d.]*\d) or later", README) == [version]


def test_every_command_of_cloudstack_that_is_called_stands_among_the_permissions() -> None:
    code = "".join(path.read_text() for path in (ROOT / "plugins" / "module_utils").rglob("*.py"))
    called = set(re.findall(r'"((?:list|query|add|update|delete|prepare|cancel|migrate|reconnect)[A-Z]\w+)"', code))
    assert called - set(re.findall(r"`(\w+)`", (ROOT / "docs" / "security.md").read_text())) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_is_named_by_the_readme() -> None:
    assert [path.name for path in ROOT.glob("docs/*.md") if f"(docs/{path.name})" not in README] == []
