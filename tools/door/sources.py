# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files make up the checkout: what git knows, and what it would know after ``git add``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from door.env import GIT_OF_THE_CALLER, without
from door.paths import ROOT

UNTRACKED_TOO = ("--others", "--exclude-standard")


def git_files(*options: str) -> list[Path] | None:
    """Relative paths, or None where this is not a git checkout (an unpacked archive)."""
    # A CI job often runs as another user than the checkout's owner; to read file names is harmless.
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z", "--cached", *options, "--", "."]
    try:
        environment = without(GIT_OF_THE_CALLER)
        output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    files = sorted({Path(name) for name in output.split("\0") if name})
    return [file for file in files if (ROOT / file).is_file()]


def source_files() -> list[Path]:
    """Everything but what git ignores; without git, everything but hidden folders and ``build/``."""
    files = git_files(*UNTRACKED_TOO)
    return walked_files() if files is None else files


def walked_files() -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [name for name in folders if not skipped(here / name)]
        found += [(here / name).relative_to(ROOT) for name in names if not name.endswith(".pyc")]
    return sorted(found)


def skipped(folder: Path) -> bool:
    name = folder.name
    return folder == ROOT / "build" or name == "__pycache__" or (name.startswith(".") and name not in (".ci", ".reuse"))
