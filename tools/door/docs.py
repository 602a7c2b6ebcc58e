# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as pages: the guides as they are, and the reference of modules and roles from their own texts.

Run by the venv's Python as ``python -m door.docs``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from door.paths import BUILD, NAME, NAMESPACE, ROOT, real
from door.sources import source_files

SITE = ROOT / "tools" / "docsite"
MADE = BUILD / "docs"
SOURCE, PAGES = MADE / "source", MADE / "html"


def is_page(file: Path) -> bool:
    """A text that becomes a page where it is, so that links between the texts stay good."""
    return str(file) in ("README.md", "CHANGELOG.md") or (file.suffix == ".md" and file.parts[0] in ("docs", "roles"))


def gather() -> None:
    """The texts of this checkout, and what Sphinx is told about them."""
    shutil.rmtree(MADE, ignore_errors=True)
    shutil.copytree(SITE, SOURCE, ignore=shutil.ignore_patterns("__pycache__"))
    for file in filter(is_page, source_files()):
        (SOURCE / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, SOURCE / file)


def describe() -> None:
    """The reference, from the collection as it is staged."""
    reference = SOURCE / "reference"
    reference.mkdir()
    options = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(reference))
    program = Path(sys.executable).parent / "antsibull-docs"
    environment = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(BUILD)}
    subprocess.run([program, "collection", *options, f"{NAMESPACE}.{NAME}"], check=True, env=environment)


def render() -> int:
    """Sphinx's own exit status; a link to nowhere is an error."""
    options = ("--quiet", "--fail-on-warning", "--keep-going", "--define", f"checkout={ROOT}")
    return subprocess.run([sys.executable, "-m", "sphinx", *options, SOURCE, PAGES], check=False).returncode


def main() -> int:
    gather()
    describe()
    status = render()
    if status == 0:
        print(f"open {real(PAGES / 'index.html')}")
    return status


if __name__ == "__main__":
    sys.exit(main())
