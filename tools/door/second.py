# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second interpreter with a newer ansible-core, where one is installed."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from door.check import SkipError
from door.paths import BUILD
from door.venv import ensure_venv

VENV = BUILD / "venv-second"
# What the ansible-core of requirements/second.txt runs on.
VERSIONS = ("3.12", "3.13", "3.14")


def ensure_second() -> Path:
    """Its venv; SkipError where no such Python is installed."""
    found = next((python for python in candidates() if works(python)), None)
    if found is None:
        raise SkipError("no Python 3.12 or newer is installed")
    return ensure_venv(VENV, "second", str(found))


def candidates() -> list[Path]:
    """On PATH, then in pyenv's store, oldest first: the oldest differs most from what comes next."""
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    on_path = [folder / f"python{version}" for version in VERSIONS for folder in folders if folder.name != "shims"]
    stores = {Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")), Path.home() / ".pyenv"}
    stored = [python for store in stores for python in store.glob("versions/*/bin/python3.1[234]")]
    return [python for python in on_path if python.is_file()] + sorted(stored)


def works(python: Path) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        output = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return output.strip() in VERSIONS


def version_of(venv: Path) -> str:
    """``X.Y`` of a venv, as ansible-test's --python wants it."""
    text = (venv / "pyvenv.cfg").read_text()
    found = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", text, re.MULTILINE)
    return found.group(1) if found else VERSIONS[0]
