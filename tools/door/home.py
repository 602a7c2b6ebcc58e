# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A home folder under ``build/``, so that no check touches the caller's, and pip still finds its configuration."""

from __future__ import annotations

import configparser
import os
import subprocess
from pathlib import Path

from door.paths import HOME
from door.venv import python_of, run_logged

SEED = """import pathlib, runpy, sys
sys.path.insert(0, str(next(pathlib.Path(__file__).parent.glob("pip-{version}-*.whl"))))
sys.argv[1:] = ["install", *(a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel"))]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def ensure_home() -> None:
    """ansible-test hands only HOME and PATH on, so pip's settings must be found from there."""
    (HOME / ".ansible").mkdir(parents=True, exist_ok=True)
    link(HOME / ".pip" / "pip.conf", users_pip_configuration())
    link(HOME / ".cache" / "pip", Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pip")
    write_pip_variables(HOME / ".config" / "pip" / "pip.conf")


def users_pip_configuration() -> Path:
    """The first that pip would read: PIP_CONFIG_FILE, the user's file, the old place of the user's file."""
    if named := os.environ.get("PIP_CONFIG_FILE"):
        return Path(named)
    file = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "pip" / "pip.conf"
    return file if file.exists() else Path.home() / ".pip" / "pip.conf"


def link(place: Path, target: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        place.unlink()
    if target.exists() and not place.exists():
        place.symlink_to(target)


def write_pip_variables(file: Path) -> None:
    """The caller's PIP_* variables as a file. It may hold an index's password, so it is for the owner's eyes only."""
    configuration = configparser.RawConfigParser()
    names = sorted(name for name in os.environ if name.startswith("PIP_") and name != "PIP_CONFIG_FILE")
    values = {name.removeprefix("PIP_").lower().replace("_", "-"): os.environ[name] for name in names}
    configuration["global"] = {"disable-pip-version-check": "1"} | values
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as handle:
        configuration.write(handle)


def ensure_pip_seed(venv: Path) -> None:
    """What ansible-test would fetch from a host that is often out of reach, from the package index (ansible.md 1.3)."""
    version = seed_version(venv)
    cache = HOME / ".ansible" / "test" / "cache"
    seed = cache / f"get_pip_{version.replace('.', '_')}.py"
    if seed.is_file():
        return
    cache.mkdir(parents=True, exist_ok=True)
    command = [str(python_of(venv)), "-m", "pip", "download", "--no-deps", "-d", str(cache), f"pip=={version}"]
    run_logged(command, "pip-seed")
    seed.write_text(SEED.format(version=version))


def seed_version(venv: Path) -> str:
    """The pip that this venv's ansible-test puts into its own venvs."""
    code = (
        "import pathlib, re, ansible_test; "
        "text = (pathlib.Path(ansible_test.__path__[0]) / '_internal/python_requirements.py').read_text(); "
        "print(re.search(r\"pip='([\\d.]+)'\", text).group(1))"
    )
    command = [str(python_of(venv)), "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
