# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the table of hidden messages: names that ``system.listMethods`` has and the published datamodel has not.

Usage: ``python import_hidden.py xenapi_datamodel.json methods.json ../src/xencloud_lab/xapi/hidden.json``

``methods.json`` is a list of names as ``system.listMethods`` answers. Parameter types come from the
``hidden_messages`` of the datamodel where they are told; ``null`` stands for a message whose arity is not known.
"""

from __future__ import annotations

import json
import re
import sys
import typing as t
from pathlib import Path

Json = dict[str, t.Any]
_SIMPLE = {"String": "string", "SecretString": "string", "Int": "int", "Bool": "bool", "DateTime": "datetime"}
_GENERATED = ("get_all_records_where", "get_all_where")


class Importer:
    """From the two sources to one table."""

    def __init__(self, source: Json) -> None:
        self._classes = {entry["name"].lower(): entry["name"] for entry in source["classes"]}
        self._published = {f"{c['name']}.{m['name']}" for c in source["classes"] for m in c["messages"]}
        self._hidden: list[Json] = source["hidden_messages"]

    def table(self, names: list[str]) -> dict[str, list[list[str]] | None]:
        """Parameters by full name."""
        wanted = sorted(name for name in names if name not in self._published)
        return {name: self._params(*name.split(".", 1)) for name in wanted if name.split(".", 1)[1] not in _GENERATED}

    def _params(self, cls: str, name: str) -> list[list[str]] | None:
        own = [h for h in self._hidden if h["name"] == name and h["file"] == f"datamodel_{cls.lower()}.ml"]
        shared = [h for h in self._hidden if h["name"] == name and h["file"] == "datamodel.ml" and h["params"]]
        about = [h for h in shared if h["params"][0][0] == f"Ref _{cls.lower()}"]
        found = own or about or (shared if len(shared) == 1 else [])
        return [[p[1], self._type(p[0])] for p in found[0]["params"]] if found else None

    def _type(self, text: str) -> str:
        if text in _SIMPLE:
            return _SIMPLE[text]
        if pair := re.fullmatch(r"Map \((.+), (.+)\)", text):
            return f"({self._type(pair[1])} -> {self._type(pair[2])}) map"
        if inner := re.fullmatch(r"Set \(?(.+?)\)?", text):
            return f"{self._type(inner[1])} set"
        return f"{self._classes[text.removeprefix('Ref _')]} ref"


def main(source: str, names: str, target: str) -> None:
    table = Importer(json.loads(Path(source).read_text("utf-8"))).table(json.loads(Path(names).read_text("utf-8")))
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(params)}" for name, params in table.items())
    Path(target).write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
