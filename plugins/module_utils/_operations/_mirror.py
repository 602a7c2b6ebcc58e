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

# A home that nobody knows is no OSError (pathlib raises RuntimeError then).
_CANNOT = (OSError, RuntimeError)


def keep_mirror(folder: str, record: RunRecord | None, run_id: str | None) -> list[str]:
    """Write the record's copy, or remove it when the run is over.

    :returns: a warning when that cannot be done; no run may stop, or leave its lock behind, for want of a copy.
    """
    name = _name(record.lock.run_id if record else run_id or "")
    try:
        path = Path(folder).expanduser() / name
        if record is not None:
            _write(path, record)
        elif path.exists():
            path.unlink(missing_ok=True)
    except _CANNOT as error:
        return [_warning(f"{folder}/{name}", error)]
    return []


def _write(path: Path, record: RunRecord) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps([entry.as_dict() for entry in record.undo]), "utf-8")
    os.replace(draft, path)


def _warning(file: str, error: Exception) -> str:
    """The same text for every note of a run, so that Ansible shows it once."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (
        f"{file}: the copy of the run's record cannot be kept up here ({why}). The run goes on with the record in the "
        "pool; only if the pool does not answer when the run fails, nothing can be taken back without it. Let the "
        "controller write there, or give another folder in mirror_dir."
    )


def read_mirror(folder: str, run_id: str) -> tuple[UndoEntry, ...]:
    """The entries of this run as this controller wrote them last; none when there is no copy that can be read."""
    try:
        entries: list[dict[str, t.Any]] = json.loads((Path(folder).expanduser() / _name(run_id)).read_text("utf-8"))
        return tuple(UndoEntry(e["key"], e["kind"], e["object"], e["before"], e["at"]) for e in entries)
    except (*_CANNOT, ValueError, KeyError, TypeError):
        return ()


def _name(run_id: str) -> str:
    # A run's id comes out of a database that others can write to: no path may hide in it.
    name = "".join(letter for letter in run_id if letter.isalnum() or letter in "-_")
    return f"{name or 'none'}.json"
