# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world as bytes and back: for saves, and for sweeps that go on from one moment many times.

Only what a world is made of comes back: bytes that name anything else are refused.
"""

from __future__ import annotations

import contextlib
import gc
import io
import pickle
import sys
import typing as t

_PROTOCOL = 5
# Long queues of things that wait for each other are deep.
_DEPTH = 20_000
_OUR_OWN = "xencloud_lab."
_OTHERS = frozenset(
    {
        "builtins.getattr",
        "builtins.set",
        "builtins.frozenset",
        "builtins.ValueError",
        "collections.OrderedDict",
        "collections.Counter",
        "collections.defaultdict",
        "collections.deque",
        "copyreg._reconstructor",
        "builtins.object",
        "datetime.datetime",
        "datetime.timezone",
        "datetime.timedelta",
    }
)


class NotOurs(Exception):
    """The bytes name something that no world is made of."""


class _Thaw(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> t.Any:
        if module.startswith(_OUR_OWN) or f"{module}.{name}" in _OTHERS:
            return super().find_class(module, name)
        raise NotOurs(f"it names {module}.{name}")


def freeze(thing: t.Any) -> bytes:
    """The thing as bytes; what outside the world waits for it is not in them."""
    with quiet_collector(), _deep():
        return pickle.dumps(thing, _PROTOCOL)


def thaw(data: bytes) -> t.Any:
    """The thing again.

    :raises NotOurs: the bytes are damaged, or name what no world is made of.
    """
    try:
        with quiet_collector(), _deep():
            return _Thaw(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, ImportError, IndexError, KeyError) as error:
        raise NotOurs(str(error)) from error


@contextlib.contextmanager
def quiet_collector() -> t.Iterator[None]:
    """No garbage is looked for while very many objects are made that all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def _deep() -> t.Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
