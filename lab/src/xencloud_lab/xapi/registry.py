# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which function answers which XAPI message.

A class of messages is a file in ``classes``; a message is a function in it::

    @message("host", "disable")
    def host_disable(call: Call, host: str) -> t.Any:
        ...

Parameters are decoded Python by datamodel type, without the session. The function returns the
value, or a ``Completion`` when the answer takes (simulated) time, or raises ``XapiError``.
"""

from __future__ import annotations

import importlib
import pkgutil
import typing as t
from dataclasses import dataclass
from functools import cache

from ..timeline import Action
from . import classes

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..world import World
    from .database import Database
    from .toolstack import Toolstack

Implementation = t.Callable[..., t.Any]

_REGISTRY: dict[tuple[str, str], Implementation] = {}
_LOCAL: set[tuple[str, str]] = set()


@dataclass(slots=True)
class Call:
    """Who asks, and where: the circumstances of one message."""

    world: World
    machine: Machine
    toolstack: Toolstack
    db: Database
    session: str | None
    task: str | None
    release: str

    @property
    def now(self) -> float:
        """Seconds since 1970 in the world's time."""
        return self.world.timeline.now

    def progress(self, share: float) -> None:
        """Tell the task of an ``Async`` call how far it is, 0 to 1."""
        if self.task is not None and self.db.exists("task", self.task):
            self.db.set("task", self.task, progress=share)

    def on_cancel(self, action: Action, *args: t.Any) -> None:
        """Let ``task.cancel`` of this call's task, if it has one, call a bound method."""
        if self.task is not None:
            self.db.live.on_cancel(self.task, action, *args)
            self.db.set("task", self.task, allowed_operations=["cancel"])


def message(cls: str, name: str, *, local: bool = False) -> t.Callable[[Implementation], Implementation]:
    """Register the function that answers ``cls.name``.

    :param local: a slave and an emergency host answer it too (``xapi.md`` 1.7).
    """

    def register(function: Implementation) -> Implementation:
        _REGISTRY[cls, name] = function
        if local:
            _LOCAL.add((cls, name))
        return function

    return register


@cache
def _load_classes() -> None:
    for module in pkgutil.iter_modules(classes.__path__):
        importlib.import_module(f"{classes.__name__}.{module.name}")


def implementation(cls: str, name: str) -> Implementation | None:
    """The function for a message; None when only the datamodel (or nobody) knows it."""
    _load_classes()
    return _REGISTRY.get((cls, name))


def answered_locally(cls: str, name: str) -> bool:
    """Whether a slave answers this itself instead of HOST_IS_SLAVE."""
    _load_classes()
    return (cls, name) in _LOCAL


def everything() -> list[tuple[str, str]]:
    """Class and name of every message that has a function."""
    _load_classes()
    return list(_REGISTRY)
