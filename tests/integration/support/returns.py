# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares what a module returned with its ``RETURN``."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import yaml

Json = dict[str, t.Any]

MODULES = Path(__file__).parents[3] / "plugins" / "modules"
# The words of documentation, and what JSON makes of a value.
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "dict": (dict,),
    "list": (list,),
}
# What every task may have, and what is no condition.
OF_ANSIBLE = {"changed", "failed", "warnings", "diff"}
ALWAYS = ("always", "success")


def documented(module: str) -> Json:
    """``RETURN`` of a module."""
    body = ast.parse((MODULES / f"{module}.py").read_text()).body
    texts = {ast.unparse(node.targets[0]): node.value for node in body if isinstance(node, ast.Assign)}
    found: Json = yaml.safe_load(ast.literal_eval(texts["RETURN"]))
    return found


def differences(place: str, told: Json, value: t.Any) -> t.Iterator[str]:
    """Where a value is not what its documentation says; null is fine anywhere."""
    if value is None:
        return
    if not isinstance(value, TYPES.get(told["type"], (object,))):
        yield f"{place} is a {type(value).__name__}, not a {told['type']}"
        return
    for each in t.cast(list[Json], value if isinstance(value, list) else [value]):
        yield from keys(place, told["contains"], each) if "contains" in told else ()


def faults(module: str, answer: Json) -> list[str]:
    """Where an answer is not what the documentation of its module says."""
    own = {key: value for key, value in answer.items() if key not in OF_ANSIBLE}
    return list(keys(module, documented(module), own))


def keys(place: str, told: Json, value: Json) -> t.Iterator[str]:
    yield from (f"{place}.{name} is not documented" for name in sorted(set(value) - set(told)))
    for name, each in told.items():
        if name not in value:
            # A condition is for people to read; "success" and "always" are none.
            yield from [f"{place}.{name} is not returned"] if each.get("returned", "always") in ALWAYS else []
        else:
            yield from differences(f"{place}.{name}", each, value[name])
