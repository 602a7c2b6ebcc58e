# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the lab's table of XAPI classes from the datamodel that the xapi project publishes.

Usage: ``python import_datamodel.py xenapi_datamodel.json ../src/xencloud_lab/xapi/datamodel.json``

Only facts go in: names, types, defaults, arity and releases; no descriptions. The published file
says which parameters are optional, not since when: ``PARAM_SINCE`` adds it, from the lifecycle
texts of the messages and the datamodel's source (``xapi.md`` 1.2).
"""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

Json = dict[str, t.Any]

PARAM_SINCE = {
    "session.login_with_password": {"version": "miami", "originator": "clearwater"},
    "pool.sync_updates": {"username": "25.7.0", "password": "25.7.0"},
    "pool.uninstall_ca_certificate": {"force": "24.35.0"},
    "pool.create_new_blob": {"public": "tampa"},
    "host.create_new_blob": {"public": "tampa"},
    "VM.create_new_blob": {"public": "tampa"},
    "SR.create_new_blob": {"public": "tampa"},
    "network.create_new_blob": {"public": "tampa"},
    "blob.create": {"public": "tampa"},
    "VM.assert_can_migrate": {"vgpu_map": "inverness"},
    "VM.migrate_send": {"vgpu_map": "inverness"},
    "VM.snapshot": {"ignore_vdis": "21.4.0"},
    "host.apply_edition": {"force": "clearwater"},
    "host.evacuate": {"network": "1.297.0", "evacuate_batch_size": "23.27.0"},
    "host.emergency_ha_disable": {"soft": "ely"},
    "host.disable": {"auto_enable": "25.31.0"},
    "PIF.introduce": {"managed": "vgpu-productisation"},
    "PIF.db_introduce": {"managed": "vgpu-productisation", "properties": "creedence"},
    "Bond.create": {"mode": "boston", "properties": "tampa"},
    "VDI.copy": {"base_vdi": "clearwater-felton", "into_vdi": "clearwater-felton"},
    "tunnel.create": {"protocol": "1.250.0"},
    "VGPU.create": {"type": "vgpu-tech-preview"},
    "Repository.introduce": {"gpgkey_path": "22.12.0"},
}


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


def param_row(param: Json, since: dict[str, str]) -> list[str]:
    """Name and type; for an optional one also that it is, and the release that brought it."""
    optional = [] if param.get("required", True) else ["optional"]
    return [param["name"], param["type"], *optional, *([since[param["name"]]] if param["name"] in since else [])]


def message_row(cls: str, message: Json) -> Json:
    since, removed = since_and_removed(message["lifecycle"])
    releases = PARAM_SINCE.get(f"{cls}.{message['name']}", {})
    row: Json = {
        "result": message["result"][0],
        "params": [param_row(p, releases) for p in message["params"]],
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
        "messages": {m["name"]: message_row(entry["name"], m) for m in entry["messages"]},
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
        since, enums = json.dumps(entry["since"]), json.dumps(entry["enums"])
        parts = [f'  {json.dumps(name)}: {{"since": {since}, "enums": {enums},']
        for section in ("fields", "messages"):
            items = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in entry[section].items())
            parts.append(f'   "{section}": {{\n{items}\n   }}' + ("," if section == "fields" else ""))
        classes.append("\n".join(parts) + "}")
    lines.append(",\n".join(classes) + "\n }\n}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(dump(table(json.loads(Path(sys.argv[1]).read_text("utf-8")))), "utf-8")
