# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/audit.md explains every code there is, with its severity, and no other."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[6]
PAGE = ROOT / "docs" / "audit.md"
SOURCES = sorted((ROOT / "plugins" / "module_utils").rglob("*.py"))
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def findings() -> t.Iterator[tuple[str, str]]:
    """Every code in the source, with the severity where it is a plain word."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Finding", "_blocker")
            ):
                yield from ((code, _severity(node)) for argument in node.args[:1] for code in _texts(argument))


def _severity(call: ast.Call) -> str:
    severity = call.args[1]
    if isinstance(call.func, ast.Name) and call.func.id == "_blocker":
        return "blocker"
    return str(severity.value) if isinstance(severity, ast.Constant) else ""


def _texts(node: ast.expr) -> t.Iterator[str]:
    """The texts in an expression: the code, or the two that it may be."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def explained() -> dict[str, str]:
    return {code: severity for code, severity, _meaning, _remedy in ROW.findall(PAGE.read_text())}


def test_every_code_is_explained_and_no_other() -> None:
    assert set(explained()) == {code for code, _severity in findings()}


def test_no_code_is_explained_twice() -> None:
    assert len(ROW.findall(PAGE.read_text())) == len(explained())


@pytest.mark.parametrize(("code", "severity"), sorted(set(findings())))
def test_the_page_tells_the_severity_of_the_source(code: str, severity: str) -> None:
    assert severity in explained()[code]
