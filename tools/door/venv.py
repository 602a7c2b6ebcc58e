# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments from pinned requirements, rebuilt only when the pins, the interpreter or the place change."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from door.errors import DoorError
from door.lock import locked
from door.paths import BUILD, LOGS, REQUIREMENTS, real

STAMP = ".requirements"


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def ensure_venv(venv: Path, requirements: str, interpreter: str = sys.executable) -> Path:
    """``venv`` with everything in ``requirements/NAME.txt`` installed. Instant when it is there already."""
    with locked(venv.name):
        wanted = all_stamps(requirements, interpreter, venv)
        present = stamps(venv)
        if wanted[0] not in present:
            # A venv of the demo with today's pins is a good start for the tests' venv; any other is not.
            if not set(wanted) & set(present):
                create(venv, interpreter)
            install(venv, requirements)
            (venv / STAMP).write_text("\n".join(wanted))
    return venv


def requirement_files(name: str) -> list[Path]:
    """The file and those that it includes."""
    path = REQUIREMENTS / f"{name}.txt"
    included = re.findall(r"^-r (\w+)\.txt$", path.read_text(), re.MULTILINE)
    return [path, *(file for other in included for file in requirement_files(other))]


def fingerprint(requirements: str, interpreter: str, venv: Path) -> str:
    """The pins, the interpreter and the place, in a word."""
    pins = b"".join(path.read_bytes() for path in requirement_files(requirements))
    return hashlib.sha256(f"{Path(interpreter).resolve()} {venv} ".encode() + pins).hexdigest()[:16]


def all_stamps(requirements: str, interpreter: str, venv: Path) -> list[str]:
    """The fingerprint of the requirements first, then those of the files that they include."""
    return [fingerprint(file.stem, interpreter, venv) for file in requirement_files(requirements)]


def stamps(venv: Path) -> list[str]:
    """What the venv was filled with, or nothing when it is not there or its interpreter has gone."""
    stamp = venv / STAMP
    return stamp.read_text().split() if stamp.is_file() and python_of(venv).exists() else []


def create(venv: Path, interpreter: str) -> None:
    """A fresh venv; through virtualenv where the system's Python came without ensurepip (Debian)."""
    shutil.rmtree(venv, ignore_errors=True)
    print(f"creating {real(venv)} ...", flush=True)
    if subprocess.run([interpreter, "-m", "venv", str(venv)], capture_output=True, check=False).returncode == 0:
        return
    shutil.rmtree(venv, ignore_errors=True)
    bootstrap = BUILD / "bootstrap"
    if subprocess.run([interpreter, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0:
        raise DoorError(f"{interpreter}: it has neither ensurepip nor pip. Install python3-venv, or pip for it.")
    run_logged([interpreter, "-m", "pip", "install", "--target", str(bootstrap), "virtualenv"], "bootstrap")
    # -c instead of PYTHONPATH: the variable would leak into the pip that virtualenv starts.
    start = f"import sys; sys.path.insert(0, {str(bootstrap)!r}); import virtualenv; virtualenv.cli_run(sys.argv[1:])"
    run_logged([interpreter, "-c", start, str(venv)], "bootstrap")


def install(venv: Path, requirements: str) -> None:
    """pip runs in the caller's own environment: its index, certificates and cache are the caller's business."""
    print(f"installing requirements/{requirements}.txt into {real(venv)} ...", flush=True)
    (venv / STAMP).unlink(missing_ok=True)
    file = str(REQUIREMENTS / f"{requirements}.txt")
    command = [str(python_of(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", file]
    run_logged(command, venv.name)


def run_logged(command: list[str], name: str, environment: dict[str, str] | None = None) -> None:
    """Quiet when it works; the last lines and the whole log's place when it does not."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    with log.open("w") as output:
        result = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=environment, check=False)
    if result.returncode != 0:
        print("\n".join(log.read_text(errors="replace").splitlines()[-20:]), file=sys.stderr)
        what = " ".join(command[1:4])
        raise DoorError(f"{name}: '{what}' failed. Its last lines are above, the rest is in {real(log)}.")
