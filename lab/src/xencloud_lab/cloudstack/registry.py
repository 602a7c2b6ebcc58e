# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which function answers which API command.

A family of commands is a file in ``commands``; a command is a function in it::

    @command("listHosts", "id", "name", "state")
    def list_hosts(call: Call) -> Listing:
        ...

A parameter with ``!`` at its end is required. The function returns a ``Listing`` or the body of the
answer, or a ``Completion`` of it when it takes (simulated) time, or raises ``ApiError``. Of an
async command it is the job that does this; ``prepare`` is called before, for what is refused at once.
"""

from __future__ import annotations

import importlib
import pkgutil
import typing as t
from dataclasses import dataclass
from functools import cache

from . import commands
from .rows import Row

if t.TYPE_CHECKING:
    from .call import Call

Function = t.Callable[["Call"], t.Any]
Prepare = t.Callable[["Call"], Row | None]


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of a list; the server cuts the page."""

    key: str
    rows: list[dict[str, t.Any]]


@dataclass(frozen=True, slots=True)
class Command:
    """One API command.

    :ivar job_class: what jobs show as ``cmd``; empty for a command that answers at once.
    :ivar about: the kind of object that its job is about.
    :ivar id_of: the tables that its ``id`` is looked for in.
    """

    name: str
    run: Function
    params: tuple[str, ...]
    required: tuple[str, ...]
    job_class: str = ""
    about: str = ""
    prepare: Prepare | None = None
    id_of: tuple[str, ...] = ()

    @property
    def is_async(self) -> bool:
        return bool(self.job_class)


_COMMANDS: dict[str, Command] = {}


def command(
    name: str,
    *params: str,
    job_class: str = "",
    about: str = "",
    prepare: Prepare | None = None,
    id_of: tuple[str, ...] = (),
) -> t.Callable[[Function], Function]:
    """Register the function that answers a command."""

    def register(function: Function) -> Function:
        names = tuple(param.removesuffix("!") for param in params)
        required = tuple(param[:-1] for param in params if param.endswith("!"))
        _COMMANDS[name] = Command(name, function, names, required, job_class, about, prepare, id_of)
        return function

    return register


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}")


def find(name: str) -> Command | None:
    """A command by its name, letter case included."""
    _load()
    return _COMMANDS.get(name)


def everything() -> list[Command]:
    """All commands that the lab answers."""
    _load()
    return sorted(_COMMANDS.values(), key=lambda c: c.name)
