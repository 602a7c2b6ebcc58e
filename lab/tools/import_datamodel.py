# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the lab's table of XAPI classes from the datamodel that the xapi project publishes.

Usage: ``python import_datamodel.py xenapi_datamodel.json ../src/xencloud_lab/xapi/datamodel.json``

Only facts go in: names, types, defaults, arity and releases; no descriptions.
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

Json = dict[str, t.Any]


def since_and_removed(lifecycle: Json) -> tuple[str | None, str | None]:
    """The releases in which something came and went."""
    since = removed = None
    for step in lifecycle["transitions"]:
        if step["transition"] in ("published", "prototyped") and since is None:
            since = step["release"]
        if step["transition"] == "removed":
            removed = step["release"]
    return since, removed


def field_row(field: Json) -> Json:
    since, removed = since_and_removed(field["lifecycle"])
    row = {"type": field["type"], "access": field["qualifier"], "since": since}
    if field.get("default") is not None:
        row["default"] = field["default"]
    if removed:
        row["removed"] = removed
    return row


def message_row(message: Json) -> Json:
    since, removed = since_and_removed(message["lifecycle"])
    row: Json = {
        "result": message["result"][0],
        "params": [
            [p["name"], p["type"]] + ([] if p.get("required", True) else ["optional"]) for p in message["params"]
        ],
        "since": since,
    }
    if removed:
        row["removed"] = removed
    if message.get("implicit"):
        row["implicit"] = True
    return row


def class_row(entry: Json) -> Json:
    return {
        "since": since_and_removed(entry["lifecycle"])[0],
        "fields": {f["name"]: field_row(f) for f in entry["fields"]},
        "messages": {m["name"]: message_row(m) for m in entry["messages"]},
        "enums": {e["name"]: [v["name"] for v in e["values"]] for e in entry["enums"]},
    }


def table(source: Json) -> Json:
    """The compact table: releases oldest first, then one entry a class."""
    return {
        "releases": [r["code"] for r in reversed(source["releases"])],
        "classes": {c["name"]: class_row(c) for c in source["classes"]},
        "errors": {code: entry["params"] for code, entry in source["errors"].items()},
    }


def dump(rows: Json) -> str:
    """One class, field or message a line, so that a change is a readable diff."""
    lines = ["{", f' "releases": {json.dumps(rows["releases"])},', ' "errors": {']
    lines.append(",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(rows["errors"].items())))
    lines.append(' },\n "classes": {')
    classes = []
    for name, entry in rows["classes"].items():
        parts = [
            f'  {json.dumps(name)}: {{"since": {json.dumps(entry["since"])}, "enums": {json.dumps(entry["enums"])},'
        ]
        for section in ("fields", "messages"):
            items = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in entry[section].items())
            parts.append(f'   "{section}": {{\n{items}\n   }}' + ("," if section == "fields" else ""))
        classes.append("\n".join(parts) + "}")
    lines.append(",\n".join(classes) + "\n }\n}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(dump(table(json.loads(Path(sys.argv[1]).read_text("utf-8")))), "utf-8")
