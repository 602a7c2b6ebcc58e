# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Known differences: each has its reason, and each must still be there."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources

import yaml

from .replay import Verdict


@dataclass(slots=True)
class Known:
    """Differences in ``file``, at ``step`` (any when None), whose words fit ``what``."""

    file: str
    reason: str
    step: int | None = None
    what: str = "*"
    used: int = 0

    def covers(self, file: str, verdict: Verdict) -> bool:
        """Whether this is the difference meant."""
        return (
            fnmatchcase(file, self.file)
            and self.step in (None, verdict.step)
            and fnmatchcase(f"{verdict.what}: {verdict.wrong}", self.what)
        )


def load_known() -> list[Known]:
    """The list."""
    text = resources.files(__package__).joinpath("known.yml").read_text("utf-8")
    return [Known(**entry) for entry in yaml.safe_load(text) or []]
