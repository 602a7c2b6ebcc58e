# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the simulated estate of this checkout importable, and startable as ``xencloud-lab``, in a venv."""

from __future__ import annotations

import subprocess
from pathlib import Path

from door.paths import LAB
from door.venv import python_of

SCRIPT = """#!/bin/sh
exec "$(dirname -- "$0")/python" -m xencloud_lab "$@"
"""


def link_lab(venv: Path) -> None:
    """A .pth file is as good as an editable install and takes no time."""
    if not (LAB / "src").is_dir():
        return
    (packages(venv) / "xencloud_lab.pth").write_text(f"{LAB / 'src'}\n")
    script = venv / "bin" / "xencloud-lab"
    script.write_text(SCRIPT)
    script.chmod(0o755)


def packages(venv: Path) -> Path:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    output = subprocess.run([str(python_of(venv)), "-c", code], check=True, capture_output=True, text=True).stdout
    return Path(output.strip())
