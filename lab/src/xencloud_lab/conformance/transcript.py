# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A recording: an estate, then steps in the order in which they happened."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

Step = dict[str, t.Any]


class TranscriptError(Exception):
    """A file is no recording."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One scenario."""

    name: str
    area: str
    estate: dict[str, t.Any]
    steps: tuple[Step, ...]
    notes: str = ""


def load(path: Path) -> Transcript:
    """Read one file.

    :raises TranscriptError: it is not what the format says.
    """
    try:
        source = json.loads(path.read_text("utf-8"))
        return Transcript(
            path.stem, source["area"], source["estate"], tuple(source["steps"]), str(source.get("notes", ""))
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TranscriptError(f"{path.name}: is no transcript ({error}). Name a folder of transcripts.") from error


def load_all(folder: Path) -> list[Transcript]:
    """All recordings of a folder, by name.

    :raises TranscriptError: there is none, or one is broken.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise TranscriptError(f"{folder}: no transcripts (*.json) are there. Name a folder of transcripts.")
    return [load(path) for path in files]
