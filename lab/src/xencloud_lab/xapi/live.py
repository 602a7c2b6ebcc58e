# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hangs on a database while it is served: who watches it, and how its tasks are cancelled.

Belongs to the process, not to the rows: a copy of the database begins with nothing.
"""

from __future__ import annotations

import typing as t

from ..timeline import Action


class Live:
    """Watchers and hooks of a database in use.

    :ivar first: the generation at which this database was first served; older event tokens
        belong to another master's life (``xapi.md`` 1.9).
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self.watchers: dict[Action, None] = {}
        self.registered: dict[str, tuple[list[str], int]] = {}
        self._waiting: dict[tuple[str, str], list[Action]] = {}
        self._cancels: dict[str, tuple[Action, tuple[t.Any, ...]]] = {}

    def __deepcopy__(self, memo: dict[int, t.Any]) -> Live:
        return Live()

    def tell(self) -> None:
        """Something has changed."""
        for watcher in list(self.watchers):
            watcher()

    def when_free(self, cls: str, ref: str, action: Action) -> None:
        """Call ``action()`` once, when the next operation on this object ends."""
        self._waiting.setdefault((cls, ref), []).append(action)

    def freed(self, cls: str, ref: str) -> None:
        """An operation on this object has ended."""
        for action in self._waiting.pop((cls, ref), []):
            action()

    def on_cancel(self, task: str, action: Action, *args: t.Any) -> None:
        """Let ``task.cancel`` of this task call ``action(*args)``."""
        self._cancels[task] = (action, args)

    def cancel(self, task: str) -> None:
        """Use the hook of a task, once."""
        hook = self._cancels.pop(task, None)
        if hook is not None:
            hook[0](*hook[1])

    def task_ended(self, task: str) -> None:
        """Its hook has no use any more."""
        self._cancels.pop(task, None)
