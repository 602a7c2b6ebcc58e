# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is what ``ansible-galaxy collection build`` makes of this checkout what should be shipped?

Run by the venv's Python as ``python -m door.artefact``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from door.paths import BUILD, NAME, NAMESPACE
from door.sources import git_files, source_files
from door.stage import copy

# Written by ansible-galaxy itself.
GENERATED = {Path("MANIFEST.json"), Path("FILES.json")}
SHIPPED_FOLDERS = {"LICENSES", "docs", "meta", "playbooks", "plugins", "roles"}
SHIPPED_TEXTS = {Path(name) for name in ("README.md", "CHANGELOG.md", "COPYING", "REUSE.toml")}
SHIPPED_CHANGELOGS = {Path("changelogs/config.yaml"), Path("changelogs/changelog.yaml")}
SHIPPED_EXTENSIONS = {"eda", "execution_environment", "patterns"}


def should_ship(file: Path) -> bool:
    """The rule in words of folders, kept apart from galaxy.yml on purpose: the two watch each other."""
    if file.parts[0] == "extensions":
        return len(file.parts) > 2 and file.parts[1] in SHIPPED_EXTENSIONS
    return file in SHIPPED_TEXTS | SHIPPED_CHANGELOGS or (len(file.parts) > 1 and file.parts[0] in SHIPPED_FOLDERS)


def faults(shipped: set[Path], sources: set[Path], known: set[Path] | None) -> list[str]:
    """One sentence a file that ships and should not, does not ship and should, or is unknown to git."""
    wanted = {file for file in sources if should_ship(file)}
    unknown = {file for file in shipped & wanted if known is not None and file not in known}
    return [
        *(f"{file}: it must not be shipped. Narrow the manifest in galaxy.yml." for file in sorted(shipped - wanted)),
        *(f"{file}: it is not shipped. Add it to the manifest in galaxy.yml." for file in sorted(wanted - shipped)),
        *(f"{file}: it would be shipped, but git does not know it. Run git add." for file in sorted(unknown)),
    ]


def build(sources: list[Path], output: Path) -> Path:
    """The artefact, made from a clean copy: ansible-galaxy does not read .gitignore (ansible.md 1.4)."""
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="building-") as scratch:
        copy(sources, Path(scratch))
        command = [sys.executable, "-m", "ansible", "galaxy", "collection", "build", scratch]
        subprocess.run([*command, "--output-path", str(output), "--force"], check=True, env=dict(os.environ))
    return max(output.glob(f"{NAMESPACE}-{NAME}-*.tar.gz"), key=lambda file: file.stat().st_mtime_ns)


def main() -> int:
    sources = source_files()
    artefact = build(sources, BUILD / "artefact")
    with tarfile.open(artefact) as archive:
        shipped = {Path(member.name) for member in archive.getmembers() if member.isfile()} - GENERATED
    known = git_files()
    found = faults(shipped, set(sources), None if known is None else set(known))
    print("\n".join([*found, f"{artefact.name}: {len(shipped)} files, {artefact.stat().st_size // 1024} KiB."]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
