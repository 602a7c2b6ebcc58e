# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment that every program started from here sees."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from door.paths import BUILD, HOME

Environment = dict[str, str]

# Set while git runs a hook, and then they point every git below at the wrong repository.
GIT_OF_THE_CALLER = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE")
PYTHON_OF_THE_CALLER = ("PYENV_VERSION", "PYTHONHOME", "PYTHONPATH")


def search_path(venv: Path) -> str:
    """The venv first. Shims of version managers go: one that refuses to start kills ansible-test (ansible.md 1.3)."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([str(venv / "bin"), *(entry for entry in entries if Path(entry).name != "shims")])


def without(names: tuple[str, ...]) -> Environment:
    return {name: value for name, value in os.environ.items() if name not in names}


def child_environment(venv: Path, collections: Path = BUILD) -> Environment:
    """The caller's environment with our Python, our Ansible home and the staged collection. PIP_* stays as it is."""
    environment = without(GIT_OF_THE_CALLER + PYTHON_OF_THE_CALLER) | {
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOME": str(HOME / ".ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "HOME": str(HOME),
        "LC_ALL": "C.UTF-8",
        "PATH": search_path(venv),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUAL_ENV": str(venv),
    }
    if not sys.stdout.isatty():
        environment["ANSIBLE_NOCOLOR"] = "1"
    return environment


def check_environment(venv: Path, collections: Path = BUILD) -> Environment:
    """The same, without the caller's own Ansible settings: a check must not depend on who runs it."""
    environment = child_environment(venv, collections)
    ours = {"ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_HOME", "ANSIBLE_LOCALHOST_WARNING"}
    kept = {name: value for name, value in environment.items() if not name.startswith("ANSIBLE_") or name in ours}
    return kept | {"ANSIBLE_NOCOLOR": "1", "NO_COLOR": "1", "PYTHONUTF8": "1"}
