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
from .._maintenance.report import Data, build, markdown
from .._maintenance.report_page import page
from ._context import Context, Outcome

SPEC = ArgumentSpec(
    options={
        "result": {"type": "dict", "required": True},
        "pool": {"type": "str", "required": True},
        "error": {"type": "str", "default": ""},
        "folder": {"type": "path"},
    }
)


def run(context: Context) -> Outcome:
    """Build the report from what closed the run, and write it where that was asked for."""
    result = context.params["result"]
    held = result.get("run")
    if not held:
        raise MaintenanceError(
            f"{context.params['pool']}: the result has no run in it. "
            "Give what maintenance_run (state: finished), maintenance_undo or maintenance_run_info returned."
        )
    report = build(held, context.params["pool"], context.params["error"], result.get("left") or [])
    text = markdown(report)
    files = _files(context.params["folder"], report, text)
    stale = [path for path, content in files.items() if not path.exists() or path.read_text("utf-8") != content]
    if not context.check_mode:
        for path in stale:
            _write(path, files[path])
    told = {"report": report, "markdown": text, "files": [str(path) for path in files]}
    return Outcome(changed=bool(stale), result=told, step=None)


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
