# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test works in a folder of its own; the checkout's ``build/`` is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from door import check, runner


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "logs"
    monkeypatch.setattr(check, "LOGS", folder)
    monkeypatch.setattr(runner, "LOGS", folder)
    return folder
