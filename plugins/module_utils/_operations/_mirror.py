# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy of a run's record on the controller, for the hour in which the pool does not answer.

The pool's own record is the truth; this file lets the run that wrote it take back what
CloudStack alone can take back when the master is gone.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from .._maintenance.record import RunRecord, UndoEntry


def keep_mirror(folder: str, record: RunRecord | None, run_id: str | None) -> None:
    """Write the record's copy, or remove it when the run is over."""
    if record is None:
        _file(folder, run_id or "").unlink(missing_ok=True)
        return
    path = _file(folder, record.lock.run_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps([entry.as_dict() for entry in record.undo]), "utf-8")
    os.replace(draft, path)


def read_mirror(folder: str, run_id: str) -> tuple[UndoEntry, ...]:
    """The entries of this run as this controller wrote them last; none when there is no copy."""
    try:
        entries: list[dict[str, t.Any]] = json.loads(_file(folder, run_id).read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(UndoEntry(e["key"], e["kind"], e["object"], e["before"], e["at"]) for e in entries)


def _file(folder: str, run_id: str) -> Path:
    # A run's id comes out of a database that others can write to: no path may hide in it.
    name = "".join(letter for letter in run_id if letter.isalnum() or letter in "-_")
    return Path(folder).expanduser() / f"{name or 'none'}.json"
