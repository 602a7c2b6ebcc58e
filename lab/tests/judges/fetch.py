# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the judges come from: packages pinned in ``requirements/judges.txt`` and ``package-lock.json``.

Each is fetched once into ``build/judges`` (beside the sources, never installed) and found there by
later runs. What cannot be fetched is a skip that says why, never a silent pass.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import shutil
import subprocess
import sys
import typing as t
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements" / "judges.txt"
JUDGES = ROOT / "build" / "judges"
NPM_MANIFESTS = Path(__file__).resolve().parent / "npm"
FETCH_TIMEOUT_S = 300


def ansible_collections(*names: str) -> Path:
    """A collections path with these collections (``community.general``) of the ``ansible`` package.

    For ``ANSIBLE_COLLECTIONS_PATH``: the folder that holds ``ansible_collections``.
    """
    with _alone():
        target = JUDGES / f"ansible-{_pinned('ansible')}"
        missing = [name for name in names if not (target / _folder(name) / "MANIFEST.json").is_file()]
        if missing:
            _unpack(_wheel("ansible"), target, tuple(f"{_folder(name)}/" for name in missing))
        return target


def python_package(name: str) -> Path:
    """A folder for ``sys.path`` with this package of ``requirements/judges.txt``."""
    with _alone():
        target = JUDGES / f"{name}-{_pinned(name)}"
        if not target.is_dir():
            _unpack(_wheel(name), target, ("",))
        return target


def node_modules() -> tuple[str, Path]:
    """The ``node`` program, and the folder where ``npm`` put the pinned packages."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node or npm is not on this machine: the npm clients are not asked")
    with _alone():
        target = JUDGES / "npm"
        lock = (NPM_MANIFESTS / "package-lock.json").read_bytes()
        done = target / ".installed"
        if not done.is_file() or done.read_bytes() != lock:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(NPM_MANIFESTS, target)
            _fetch([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], target)
            done.write_bytes(lock)
        return node, target


@contextlib.contextmanager
def _alone() -> t.Iterator[None]:
    """Only one test process fetches at a time."""
    JUDGES.mkdir(parents=True, exist_ok=True)
    with (JUDGES / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder(collection: str) -> str:
    return "ansible_collections/" + collection.replace(".", "/")


def _pinned(package: str) -> str:
    found = re.search(rf"^{re.escape(package)}==(\S+)$", REQUIREMENTS.read_text("utf-8"), re.MULTILINE)
    assert found is not None, f"{package} is not pinned in {REQUIREMENTS.name}"
    return found[1]


def _wheel(package: str) -> Path:
    """The wheel of a pinned package, from the package index unless it is here."""
    wheels = JUDGES / "wheels"
    pattern = f"{package.replace('-', '_')}-{_pinned(package)}-*.whl"
    if not any(wheels.glob(pattern)):
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(wheels)]
        _fetch([*pip, "--only-binary", ":all:", "--requirement", str(REQUIREMENTS)], JUDGES)
    return next(wheels.glob(pattern))


def _fetch(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        pytest.skip(f"{Path(command[0]).name} could not fetch the judges: {reason}")


def _unpack(wheel: Path, target: Path, folders: tuple[str, ...]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [name for name in archive.namelist() if name.startswith(folders)])
