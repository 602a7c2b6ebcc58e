# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx for the tests, out of the pinned wheel of the ``ansible`` package."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from door.lock import locked
from door.paths import BUILD, REQUIREMENTS
from door.venv import python_of, run_logged

PLACE = BUILD / "awx"
PINS = REQUIREMENTS / "awx.txt"
STAMP = ".requirements"
COLLECTION = "ansible_collections/awx/awx/"


def ensure_awx(venv: Path) -> Path:
    """The folder with ``ansible_collections/awx/awx``, fetched only when its pin changes."""
    with locked(PLACE.name):
        stamp = PLACE / STAMP
        if not (stamp.is_file() and stamp.read_text() == PINS.read_text()):
            shutil.rmtree(PLACE, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=BUILD, prefix="awx-") as scratch:
                unpack(download(venv, Path(scratch)), PLACE)
            stamp.write_text(PINS.read_text())
    return PLACE


def download(venv: Path, folder: Path) -> Path:
    """The wheel, without installing it or anything that it needs."""
    pip = [str(python_of(venv)), "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"]
    run_logged([*pip, "--only-binary", ":all:", "-d", str(folder), "-r", str(PINS)], "awx-download")
    return next(folder.glob("*.whl"))


def unpack(wheel: Path, target: Path) -> None:
    """One collection of the hundred."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [name for name in archive.namelist() if name.startswith(COLLECTION)])
