# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment is described as ansible-builder wants it, and holds what the tests were run with."""

from __future__ import annotations

import re
import subprocess
import sys
import typing as t
from pathlib import Path

import data_set
import pytest
import yaml

FOLDER = data_set.ROOT / "extensions" / "execution_environment"
PINS = [data_set.ROOT / "requirements" / f"{name}.txt" for name in ("demo", "test")]


def builder(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("ansible-builder")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def described() -> t.Any:
    return yaml.safe_load((FOLDER / "execution-environment.yml").read_text())


def test_ansible_builder_makes_a_build_context_of_it(tmp_path: Path) -> None:
    where = ("--context", str(tmp_path / "context"), "--output-filename", "Containerfile")
    builder("create", "--file", str(FOLDER / "execution-environment.yml"), *where)
    recipe = (tmp_path / "context" / "Containerfile").read_text()
    assert "quay.io/centos/centos:stream9" in recipe
    assert {path.name for path in (tmp_path / "context" / "_build").iterdir()} >= {"requirements.yml", "bindep.txt"}


@pytest.mark.parametrize("package", ["ansible_core", "ansible_runner"])
def test_it_holds_the_versions_of_the_tests(described: t.Any, package: str) -> None:
    pins = re.findall(r"^[\w-]+==\S+$", "\n".join(path.read_text() for path in PINS), re.MULTILINE)
    assert described["dependencies"][package]["package_pip"] in pins


def test_the_collection_tells_the_builder_its_libraries(tmp_path: Path) -> None:
    place = tmp_path / "ansible_collections" / "xencloud"
    place.mkdir(parents=True)
    (place / "maintenance").symlink_to(data_set.ROOT)
    found = yaml.safe_load(builder("introspect", str(tmp_path)))
    assert {re.split(r"[<>=]", line)[0] for line in found["python"]} == {"XenAPI", "cs"}
