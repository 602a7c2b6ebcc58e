# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of a run as JSON, as Markdown and as a page with a timeline.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from .._argspec import ArgumentSpec
from .._maintenance.errors import MaintenanceError
from .._maintenance.report import Data, build, by_account, markdown
from .._maintenance.report_page import page
from ._context import Context, Outcome
from .maintenance_run import owner

_STEP = {"at": {"type": "str", "required": True}, "text": {"type": "str", "required": True}}
_ACCOUNT = {
    "operation": {"type": "str", "required": True},
    "asked": {"type": "dict", "default": {}},
    "started": {"type": "str", "required": True},
    "ended": {"type": "str", "required": True},
    "steps": {"type": "list", "elements": "dict", "options": _STEP, "default": []},
    "left": {"type": "list", "elements": "str", "default": []},
}
SPEC = ArgumentSpec(
    options={
        "result": {"type": "dict"},
        "account": {"type": "dict", "options": _ACCOUNT},
        "pool": {"type": "str", "required": True},
        "error": {"type": "str", "default": ""},
        "folder": {"type": "path"},
    },
    required_one_of=(("result", "account"),),
    mutually_exclusive=(("result", "account"),),
)


def run(context: Context) -> Outcome:
    """Build the report from what closed the run or from its own account, and write it where that was asked for."""
    pool, error = context.params["pool"], context.params["error"]
    account = context.params["account"]
    report = by_account(account, pool, error, owner()) if account else _by_record(context.params["result"], pool, error)
    text = markdown(report)
    files = _files(context.params["folder"], report, text)
    stale = [path for path, content in files.items() if not path.exists() or path.read_text("utf-8") != content]
    if not context.check_mode:
        for path in stale:
            _write(path, files[path])
    told = {"report": report, "markdown": text, "files": [str(path) for path in files]}
    return Outcome(changed=bool(stale), result=told, step=None)


def _by_record(result: Data, pool: str, error: str) -> Data:
    held = result.get("run")
    if not held:
        raise MaintenanceError(
            f"{pool}: the result has no run in it. "
            "Give what maintenance_run (state: finished), maintenance_undo or maintenance_run_info returned."
        )
    return build(held, pool, error, result.get("left") or [])


def _files(folder: str | None, report: Data, text: str) -> dict[Path, str]:
    if not folder:
        return {}
    # Both come out of a database that others can write to: no path may hide in them.
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", f"{report['pool']}-{report['operation']}-{report['id']}").lstrip(".")
    data = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    told = {"json": data, "md": text, "html": page(report)}
    return {Path(folder, f"{name}.{kind}"): content for kind, content in told.items()}


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        draft.write_text(content, "utf-8")
        os.replace(draft, path)
    except OSError as error:
        raise MaintenanceError(
            f"{path}: the report cannot be written ({error.strerror}). Correct folder; the run itself is over."
        ) from None
