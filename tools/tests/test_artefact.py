# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from door.artefact import faults, should_ship

PLUGIN = Path("plugins/modules/example.py")


@pytest.mark.parametrize("name", ["README.md", "plugins/a/b.py", "roles/x/tasks/main.yml", "extensions/eda/x.py"])
def test_what_users_need_ships(name: str) -> None:
    assert should_ship(Path(name))


@pytest.mark.parametrize(
    "name",
    [
        "lab/src/x.py",
        "tools/x.py",
        "tests/unit/test_x.py",
        "benchmarks/x.py",
        "run",
        "galaxy.yml",
        "changelogs/fragments/1.yml",
        "extensions/molecule/default/molecule.yml",
        "build/x.py",
        "requirements/demo.txt",
        ".ci/run",
    ],
)
def test_what_developers_need_stays(name: str) -> None:
    assert not should_ship(Path(name))


def test_a_good_artefact_has_no_faults() -> None:
    assert faults({PLUGIN}, {PLUGIN, Path("run")}, {PLUGIN, Path("run")}) == []


@pytest.mark.parametrize(
    ("shipped", "sources", "known", "words"),
    [
        ({PLUGIN}, {PLUGIN}, set[Path](), "git does not know it"),
        (set[Path](), {PLUGIN}, {PLUGIN}, "it is not shipped"),
        ({Path("lab/x.py")}, {Path("lab/x.py")}, {Path("lab/x.py")}, "must not be shipped"),
    ],
)
def test_a_fault_names_its_file(shipped: set[Path], sources: set[Path], known: set[Path], words: str) -> None:
    (fault,) = faults(shipped, sources, known)
    assert words in fault
    assert fault.startswith(str(*(shipped | sources)))


def test_without_git_only_the_manifest_is_judged() -> None:
    assert faults({PLUGIN}, {PLUGIN}, None) == []
