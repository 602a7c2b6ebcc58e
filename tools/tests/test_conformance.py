# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the check finds its recordings, and what it says without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from door import conformance
from door.check import SkipError, closing_lines


def test_a_folder_named_by_the_environment_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(conformance.VARIABLE, str(tmp_path))
    assert conformance.transcripts() == tmp_path


def test_without_transcripts_the_check_is_skipped_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(conformance.VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(SkipError, match="no transcripts beside the project"):
        conformance.transcripts()


def test_the_figures_of_a_replay_are_among_the_closing_lines(tmp_path: Path) -> None:
    log = tmp_path / "conformance.log"
    log.write_text("known: x\nconformance vm: 1 of 2 alike in 1 files\n1 of 2 answers alike in 1 files\n")
    assert closing_lines(log) == ["conformance vm: 1 of 2 alike in 1 files", "1 of 2 answers alike in 1 files"]
