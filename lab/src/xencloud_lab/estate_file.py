# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an estate file; what is wrong with it is one sentence with file and line."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import yaml
from pydantic import ValidationError

from .durations import Durations
from .estate import Estate

Location = tuple[int | str, ...]
_BOOL = "tag:yaml.org,2002:bool"


class EstateError(Exception):
    """The estate file cannot be used."""


class _Loader(yaml.SafeLoader):
    """YAML in which only true and false are booleans: ``on`` is a key of VMs, ``off`` a value of power."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


def load(path: Path) -> Estate:
    """Read an estate file.

    :raises EstateError: one sentence that names file and line.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EstateError(f"{path}: cannot be read ({error}). Name a readable estate file.") from error
    return parse(text, str(path))


def parse(text: str, name: str = "estate") -> Estate:
    """Read an estate from text; ``name`` is for error messages.

    :raises EstateError: one sentence that names file and line.
    """
    try:
        root = yaml.compose(text, _Loader)
        data = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise EstateError(f"{name}:{line}: not YAML ({error.problem}). Correct the syntax.") from error
    if not isinstance(data, dict):
        raise EstateError(f"{name}:1: an estate is a mapping with at least 'pools'. Write one.")
    _check_keys(root, name)
    try:
        estate = Estate.model_validate(data)
    except ValidationError as error:
        raise EstateError(_sentence(name, root, error)) from None
    _check_durations(estate, name, root)
    return estate


def _check_durations(estate: Estate, name: str, root: yaml.Node | None) -> None:
    known = {field.name for field in fields(Durations)}
    for key, value in estate.durations.items():
        what = ""
        if key not in known:
            what = f"no such duration. Use one of {', '.join(sorted(known))}"
        elif value < 0 or (value == 0 and "rate" in key):
            what = f"{value:g} is too little. Write seconds, 0 or more, or a rate above 0"
        if what:
            raise EstateError(f"{name}:{_line_of(root, ('durations', key))}: durations.{key}: {what}.")


def _check_keys(node: yaml.Node | None, name: str) -> None:
    """YAML itself lets a second key of the same name win in silence."""
    match node:
        case yaml.MappingNode(value=pairs):
            seen = set()
            for key, value in pairs:
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise EstateError(f"{name}:{line}: {key.value}: this key is there twice. Remove one of them.")
                seen.add(key.value)
                _check_keys(value, name)
        case yaml.SequenceNode(value=items):
            for item in items:
                _check_keys(item, name)


def _sentence(name: str, root: yaml.Node | None, error: ValidationError) -> str:
    first = error.errors()[0]
    location = (*first["loc"], *first.get("ctx", {}).get("place", ()))
    what = {"extra_forbidden": "there is no such key", "missing": "is missing"}.get(first["type"], "")
    what = what or first["msg"].removeprefix("Value error, ")
    return f"{name}:{_line_of(root, location)}: {_path(location)}: {what}. Correct the estate file."


def _path(location: Location) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "estate"


def _line_of(node: yaml.Node | None, location: Location) -> int:
    """The line of the innermost node on the way that exists."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in location:
        key, node = _child(node, part)
        if node is None or key is None:
            break
        line = key.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node | None, yaml.Node | None]:
    match node:
        case yaml.SequenceNode(value=items) if isinstance(part, int) and part < len(items):
            return items[part], items[part]
        case yaml.MappingNode(value=pairs):
            return next(((key, value) for key, value in pairs if key.value == part), (None, None))
        case _:
            return None, None
