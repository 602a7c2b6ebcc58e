# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world in a file: a head of two lines that says what it is, then the world itself.

A world comes back exactly: clock, dice, databases and everything that is going to happen. What
does not come back are connections: a call that was in flight has no caller any more.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

from .estate import Estate
from .freezer import NotOurs, freeze, thaw
from .world import World

FORMAT = 1
_MAGIC = b"xencloud-lab save\n"
_REMEDY = "Make a new one with 'xencloud-lab save'."


class SaveError(Exception):
    """A save cannot be written or used, as one sentence."""


@dataclass(frozen=True)
class Saved:
    """What a save holds.

    :ivar internal_errors: faults of the lab itself that the run had before; they keep counting.
    """

    world: World
    estate: Estate
    internal_errors: list[str] = field(default_factory=list)


@cache
def build_mark() -> str:
    """What this build of the lab is: objects of another one need not fit."""
    mark = hashlib.sha256()
    package = Path(str(resources.files(__package__)))
    for path in sorted(package.rglob("*.py")) + sorted(package.rglob("*.json")):
        mark.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()[:16]


def write(path: Path, saved: Saved) -> int:
    """Save; a file that is there is replaced as a whole. The bytes written.

    :raises SaveError: the file cannot be written.
    """
    body = freeze((saved.world, saved.estate, saved.internal_errors))
    head = {"format": FORMAT, "build": build_mark(), "now": saved.world.timeline.now}
    head |= {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    draft = path.with_name(f"{path.name}.new")
    try:
        with draft.open("wb") as file:
            file.write(_MAGIC + json.dumps(head).encode() + b"\n")
            file.write(body)
        draft.replace(path)
    except OSError as error:
        remedy = "Name a file in a folder that exists."
        raise SaveError(f"{path}: cannot be written ({error.strerror}). {remedy}") from error
    return len(body)


def read(path: Path) -> Saved:
    """Load a save.

    :raises SaveError: it is none, of another version, or damaged.
    """
    try:
        with path.open("rb") as file:
            magic, head, body = file.read(len(_MAGIC)), file.readline(), file.read()
    except OSError as error:
        raise SaveError(f"{path}: cannot be read ({error.strerror}). Name a save of the lab.") from error
    _check(path, magic, head, body)
    try:
        world, estate, internal_errors = thaw(body)
    except (NotOurs, AttributeError, TypeError, ValueError) as error:
        raise SaveError(f"{path}: does not hold a world ({error}). {_REMEDY}") from error
    return Saved(world, estate, internal_errors)


def _check(path: Path, magic: bytes, head: bytes, body: bytes) -> None:
    if magic != _MAGIC:
        raise SaveError(f"{path}: is no save of xencloud-lab. {_REMEDY}")
    facts = _facts(path, head)
    if facts.get("format") != FORMAT:
        raise SaveError(f"{path}: has format {facts.get('format')}, and this lab reads format {FORMAT}. {_REMEDY}")
    if facts.get("build") != build_mark():
        what = f"was made by build {facts.get('build')} of the lab, and this is build {build_mark()}"
        raise SaveError(f"{path}: {what}. Use that build, or make a new save.")
    if hashlib.sha256(body).hexdigest() != facts.get("sha256"):
        raise SaveError(f"{path}: is damaged ({len(body)} of {facts.get('bytes')} bytes). {_REMEDY}")


def _facts(path: Path, head: bytes) -> dict[str, t.Any]:
    try:
        facts = json.loads(head)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise SaveError(f"{path}: its head is damaged. {_REMEDY}")
    return facts
