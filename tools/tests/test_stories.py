# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the stories names tests that exist, for every story."""

from __future__ import annotations

import re

import pytest

from door.paths import ROOT

PAGE = ROOT / "docs" / "stories.md"
STORIES = [f"S{number}" for number in range(1, 12)]


def named_tests(story: str) -> list[tuple[str, str]]:
    row = next(line for line in PAGE.read_text().splitlines() if line.startswith(f"| {story} |"))
    return re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)


@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_played_by_tests_that_exist(story: str) -> None:
    named = named_tests(story)
    assert named
    for file, function in named:
        files = [*ROOT.glob(f"tests/*/{file}"), *ROOT.glob(f"lab/tests/{file}")]
        assert any(f"def {function}(" in path.read_text() for path in files), (file, function)
