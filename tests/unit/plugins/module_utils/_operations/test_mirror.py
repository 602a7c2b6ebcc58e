# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's copy of a record serves the run that wrote it, and nobody else's path."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import (
    Lock,
    RunRecord,
    UndoEntry,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._operations._mirror import keep_mirror, read_mirror

ENTRY = UndoEntry("xencloud.maintenance.undo.001", "cluster_managed", "c1", {"name": "cluster-a"}, 1010)
RECORD = RunRecord(Lock("1-abc", "me", "nonce", "rolling_patch", 1, 60), 1, (ENTRY,))


def test_what_is_mirrored_is_read_again(tmp_path: Path) -> None:
    keep_mirror(str(tmp_path / "new"), RECORD, None)
    assert read_mirror(str(tmp_path / "new"), "1-abc") == (ENTRY,)


def test_the_mirror_ends_with_the_run(tmp_path: Path) -> None:
    keep_mirror(str(tmp_path), RECORD, None)
    keep_mirror(str(tmp_path), None, "1-abc")
    assert read_mirror(str(tmp_path), "1-abc") == ()
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_mirror_has_no_entries(tmp_path: Path) -> None:
    assert read_mirror(str(tmp_path), "1-abc") == ()
    (tmp_path / "1-abc.json").write_text("not JSON")
    assert read_mirror(str(tmp_path), "1-abc") == ()


@pytest.mark.parametrize("text", ["[1]", "[{}]", "{}", "7", '["x"]', "null"])
def test_a_copy_of_another_shape_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "1-abc.json").write_text(text)
    assert read_mirror(str(tmp_path), "1-abc") == ()


def test_a_copy_that_cannot_be_written_is_a_warning_that_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / "file" / "in the way")
    [warning] = keep_mirror(folder, RECORD, None)
    assert warning.startswith(f"{folder}/1-abc.json: ")
    assert "(Not a directory)" in warning
    assert "give another folder in mirror_dir" in warning
    assert keep_mirror(folder, RECORD, None) == [warning]
    assert read_mirror(folder, "1-abc") == ()
    assert keep_mirror(folder, None, "1-abc") == []


def test_a_home_that_nobody_knows_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)
    assert "Could not determine home directory" in keep_mirror("~/x", RECORD, None)[0]
    assert read_mirror("~/x", "1-abc") == ()


def test_what_can_be_written_gives_no_warning(tmp_path: Path) -> None:
    assert keep_mirror(str(tmp_path), RECORD, None) == []
    assert keep_mirror(str(tmp_path), None, "1-abc") == []


def test_a_run_id_is_never_a_path(tmp_path: Path) -> None:
    record = RunRecord(Lock("../../escape", "me", "nonce", "x", 1, 60), 1, (ENTRY,))
    keep_mirror(str(tmp_path), record, None)
    assert [path.name for path in tmp_path.iterdir()] == ["escape.json"]
