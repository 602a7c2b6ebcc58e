# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists and maps that nobody can change, so that thousands of rows can share one default."""

from __future__ import annotations

import typing as t


class FrozenList(list[t.Any]):
    """A list that refuses to be changed."""

    def __reduce__(self) -> tuple[t.Any, ...]:
        return FrozenList, (list(self),)

    def _refuse(self, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
        raise TypeError("a value of a row is shared: give the row a new value")

    append = extend = insert = remove = pop = clear = sort = reverse = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse


class FrozenDict(dict[t.Any, t.Any]):
    """A map that refuses to be changed."""

    def __reduce__(self) -> tuple[t.Any, ...]:
        return FrozenDict, (dict(self),)

    def _refuse(self, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
        raise TypeError("a value of a row is shared: give the row a new value")

    update = pop = popitem = clear = setdefault = _refuse
    __setitem__ = __delitem__ = __ior__ = _refuse


def freeze(value: t.Any) -> t.Any:
    """The value as one that can be shared."""
    if isinstance(value, list):
        return FrozenList(value)
    return FrozenDict(value) if isinstance(value, dict) else value
