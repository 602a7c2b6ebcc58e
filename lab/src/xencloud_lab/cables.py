# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cables that somebody can pull: a set of names that tells when it changes."""

from __future__ import annotations

import typing as t

from .timeline import Action


class Cut(set[str]):
    """Names of machines whose cable is out.

    :ivar changed: called after each change, when somebody wants to know.
    """

    changed: Action | None = None

    def tell(self) -> None:
        """Something may have changed."""
        if self.changed is not None:
            self.changed()

    def add(self, element: str) -> None:
        super().add(element)
        self.tell()

    def discard(self, element: object) -> None:
        super().discard(t.cast(str, element))
        self.tell()

    def remove(self, element: str) -> None:
        super().remove(element)
        self.tell()

    def clear(self) -> None:
        super().clear()
        self.tell()

    def update(self, *others: t.Iterable[str]) -> None:
        super().update(*others)
        self.tell()

    def difference_update(self, *others: t.Iterable[t.Any]) -> None:
        super().difference_update(*others)
        self.tell()

    def symmetric_difference_update(self, other: t.Iterable[str]) -> None:
        super().symmetric_difference_update(other)
        self.tell()
