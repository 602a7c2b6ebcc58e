# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the checkout as Ansible sees a collection: ``DESTINATION/ansible_collections/xencloud/maintenance``.

What is staged is what would be shipped, so whatever a playbook misses there is missing for users too (ansible.md 1.4).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from door.env import GIT_OF_THE_CALLER, child_environment, without
from door.lock import locked
from door.paths import BUILD, COLLECTION, ROOT
from door.sources import git_files, source_files
from door.venv import python_of, run_logged

STAMP = ".staged"
# Never shipped, so a change there needs no new staging.
ASIDE = ("benchmarks", "lab", "tests", "tools")
# What ansible-test, pytest and mypy want beside the shipped files.
TESTS = ("tests/config.yml", "tests/sanity", "tests/unit")


def ensure_staged(venv: Path, destination: Path = BUILD, with_tests: bool = False) -> Path:
    """The staged collection's folder, renewed only when a file that belongs there has changed."""
    staged = destination / COLLECTION
    with locked(f"stage-{destination.name}"):
        shipped = [file for file in source_files() if file.parts[0] not in ASIDE]
        overlay = [file for file in source_files() if with_tests and belongs(file)]
        wanted = fingerprint([*shipped, *overlay])
        stamp = destination / STAMP
        if not (staged.is_dir() and stamp.is_file() and stamp.read_text() == wanted):
            stage(venv, shipped, overlay, staged)
            stamp.write_text(wanted)
    # Left by an earlier ansible-test; the next one would test it.
    shutil.rmtree(staged / "tests" / "output", ignore_errors=True)
    return staged


def belongs(file: Path) -> bool:
    return any(file.is_relative_to(test) for test in TESTS)


def fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256(str(ROOT).encode())
    for file in files:
        status = (ROOT / file).stat()
        digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_mode}\n".encode())
    return digest.hexdigest()


def stage(venv: Path, shipped: list[Path], overlay: list[Path], staged: Path) -> None:
    """Through a clean copy, then into place in one move: a playbook that runs meanwhile sees old or new, never half."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="staging-") as scratch:
        source, target = Path(scratch, "source"), Path(scratch, "target")
        copy(shipped, source)
        install(venv, source, target)
        copy(overlay, target / COLLECTION)
        make_repository(target / COLLECTION)
        staged.parent.mkdir(parents=True, exist_ok=True)
        if staged.exists():
            staged.rename(Path(scratch, "old"))
        (target / COLLECTION).rename(staged)


def copy(files: list[Path], target: Path) -> None:
    for file in files:
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, place, follow_symlinks=False)


def make_repository(folder: Path) -> None:
    """ansible-test asks git for the files. The checkout's git ignores ``build/``: nothing would be tested, and pass."""
    if git_files() is None:
        return
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True, env=without(GIT_OF_THE_CALLER))
    (folder / ".git" / "info" / "exclude").write_text("__pycache__/\n.mypy_cache/\n.pytest_cache/\ntests/output/\n")


def install(venv: Path, source: Path, target: Path) -> None:
    program = [str(python_of(venv)), "-m", "ansible", "galaxy", "collection", "install"]
    environment = child_environment(venv) | {"ANSIBLE_COLLECTIONS_PATH": str(target), "ANSIBLE_NOCOLOR": "1"}
    target.mkdir(parents=True)
    run_logged([*program, str(source), "-p", str(target), "--offline", "--force"], "stage", environment)
