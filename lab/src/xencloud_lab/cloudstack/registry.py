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
from .profiles import Profile, Version
from .rows import Row

if t.TYPE_CHECKING:
    from .call import Call

Function = t.Callable[["Call"], t.Any]
Prepare = t.Callable[["Call"], Row | None]


class Rendered(t.Sequence[dict[str, t.Any]]):
    """Rows that are written only when they are looked at: of a long list, a page."""

    def __init__(self, items: t.Sequence[t.Any], render: t.Callable[..., dict[str, t.Any]], *args: t.Any) -> None:
        self._items = items
        self._render = render
        self._args = args

    def __len__(self) -> int:
        return len(self._items)

    @t.overload
    def __getitem__(self, index: int) -> dict[str, t.Any]: ...

    @t.overload
    def __getitem__(self, index: slice) -> list[dict[str, t.Any]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, t.Any] | list[dict[str, t.Any]]:
        """One row, or those of a page; ``render`` takes the arguments first and the item last."""
        if isinstance(index, slice):
            return [self._render(*self._args, item) for item in self._items[index]]
        return self._render(*self._args, self._items[index])


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows of a list; the server cuts the page."""

    key: str
    rows: t.Sequence[dict[str, t.Any]]


@dataclass(frozen=True, slots=True)
class Command:
    """One API command.

    :ivar job_class: what jobs show as ``cmd``; empty for a command that answers at once.
    :ivar about: the kind of object that its job is about.
    :ivar id_of: the tables that its ``id`` is looked for in.
    :ivar since: the version that it came with.
    :ivar creates: ``prepare`` makes the object, and the answer tells its id.
    """

    name: str
    run: Function
    params: tuple[str, ...]
    required: tuple[str, ...]
    job_class: str = ""
    about: str = ""
    prepare: Prepare | None = None
    id_of: tuple[str, ...] = ()
    since: Version = (4, 4, 0)
    creates: bool = False

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
    since: Version = (4, 4, 0),
    creates: bool = False,
) -> t.Callable[[Function], Function]:
    """Register the function that answers a command."""

    def register(function: Function) -> Function:
        names = tuple(param.removesuffix("!") for param in params)
        required = tuple(param[:-1] for param in params if param.endswith("!"))
        _COMMANDS[name] = Command(name, function, names, required, job_class, about, prepare, id_of, since, creates)
        return function

    return register


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}")


def find(name: str, profile: Profile) -> Command | None:
    """A command of this version by its name, letter case included."""
    _load()
    found = _COMMANDS.get(name)
    return found if found is not None and profile.since(*found.since) else None


def everything(profile: Profile | None = None) -> list[Command]:
    """All commands that the lab answers; of one version, when it is given."""
    _load()
    ordered = sorted(_COMMANDS.values(), key=lambda c: c.name)
    return [c for c in ordered if profile is None or profile.since(*c.since)]
