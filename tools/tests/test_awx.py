# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""awx.awx comes out of a wheel, alone, and again only when its pin changes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from door import awx


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was downloaded; the pins are in ``tmp_path/awx.txt``."""
    downloads: list[Path] = []

    def download(venv: Path, folder: Path) -> Path:
        wheel = folder / "ansible.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name in ("awx/awx/plugins/modules/project.py", "awx/awxlike/README.md", "community/general/README.md"):
                archive.writestr(f"ansible_collections/{name}", "text")
        downloads.append(wheel)
        return wheel

    (tmp_path / "awx.txt").write_text("ansible==1\n")
    monkeypatch.setattr(awx, "BUILD", tmp_path)
    monkeypatch.setattr(awx, "PLACE", tmp_path / "awx")
    monkeypatch.setattr(awx, "PINS", tmp_path / "awx.txt")
    monkeypatch.setattr(awx, "download", download)
    monkeypatch.setattr("door.lock.BUILD", tmp_path)
    return downloads


def test_only_awx_awx_is_unpacked(tmp_path: Path, fetched: list[Path]) -> None:
    place = awx.ensure_awx(tmp_path / "venv")
    files = [path.relative_to(place) for path in place.rglob("*") if path.is_file() and path.name != awx.STAMP]
    assert files == [Path("ansible_collections/awx/awx/plugins/modules/project.py")]
    assert not fetched[0].exists()


def test_it_is_fetched_again_only_when_the_pin_changes(tmp_path: Path, fetched: list[Path]) -> None:
    awx.ensure_awx(tmp_path / "venv")
    awx.ensure_awx(tmp_path / "venv")
    assert len(fetched) == 1
    (tmp_path / "awx.txt").write_text("ansible==2\n")
    awx.ensure_awx(tmp_path / "venv")
    assert len(fetched) == 2
