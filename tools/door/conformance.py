# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of a real pool, replayed against the lab: where they are, and the command that does it."""

from __future__ import annotations

import os
from pathlib import Path

from door.check import SkipError
from door.paths import ROOT

MODULE = "xencloud_lab.conformance"
VARIABLE = "XENCLOUD_TRANSCRIPTS"
# Recordings are somebody's measurements: they stand beside the project, they are no part of it.
BESIDE = ROOT.parent / "shared" / "reference" / "transcripts"


def transcripts() -> Path:
    """The folder for the check.

    :raises SkipError: there is none.
    """
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else BESIDE
    if not folder.is_dir():
        raise SkipError(f"no transcripts beside the project; {VARIABLE} can name a folder")
    return folder
