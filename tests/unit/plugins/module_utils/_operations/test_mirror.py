# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's copy of a record serves the run that wrote it, and nobody else's path."""

from __future__ import annotations

from pathlib import Path

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


def test_a_run_id_is_never_a_path(tmp_path: Path) -> None:
    record = RunRecord(Lock("../../escape", "me", "nonce", "x", 1, 60), 1, (ENTRY,))
    keep_mirror(str(tmp_path), record, None)
    assert [path.name for path in tmp_path.iterdir()] == ["escape.json"]
