# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events: ``event.from`` and ``event.inject`` (``xapi.md`` 1.9 with its corrections)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from ..errors import XapiError
from ..event_batch import Subscription, batch, parse_token, token_of
from ..model import load
from ..registry import Call, message

COALESCE_S = 0.05


@message("event", "from")
def event_from(call: Call, classes: list[str], token: str, timeout: float) -> Completion:
    """What has changed since the token; waits until something has, or for ``timeout`` seconds."""
    return Waiter(call, Subscription(classes), token, timeout).begin()


@message("event", "inject")
def event_inject(call: Call, cls: str, ref: str) -> str:
    """An event without a change; its token is a barrier."""
    name = next((known for known in load().classes if cls in (known, known.lower())), cls)
    if name not in load().classes or not call.db.exists(name, ref):
        raise XapiError("HANDLE_INVALID", cls, ref)
    call.db.touch(name, ref)
    return token_of(call.db)


@message("event", "get_current_id")
def event_get_current_id(call: Call) -> int:
    """Belongs to the old ``event.next``; 0 without a registration (seen live)."""
    registered = call.db.live.registered.get(call.session or "")
    return registered[1] if registered else 0


class Waiter:
    """One client that waits for events."""

    def __init__(self, call: Call, subscription: Subscription, token: str, timeout: float) -> None:
        self._call = call
        self._subscription = subscription
        self._since = parse_token(call.db, token)
        self._timeout = timeout
        self._due = False
        self._answer = Completion()

    def begin(self) -> Completion:
        """Look at once; then at every change, until the timeout. A negative one never ends."""
        timeline = self._call.world.timeline
        if self._look():
            self._changed()
            return self._answer
        self._call.db.live.watchers[self._changed] = None
        if self._timeout >= 0:
            timeline.after(self._timeout, self._end)
        return self._answer

    def _look(self) -> dict[str, t.Any] | None:
        found = batch(self._call, self._subscription, self._since)
        return found if found["events"] else None

    def _changed(self) -> None:
        """Changes within 50 ms come in one batch."""
        if not self._due:
            self._due = True
            self._call.world.timeline.after(COALESCE_S, self._answer_changes)

    def _answer_changes(self) -> None:
        self._due = False
        if self._answer.done or self._session_gone():
            return
        found = self._look()
        if found is not None:
            self._finish(found)

    def _session_gone(self) -> bool:
        session = self._call.session or ""
        if self._call.db.exists("session", session) or session in self._call.toolstack.local_sessions:
            return False
        self._stop_watching()
        self._answer.reject(XapiError("SESSION_INVALID", session))
        return True

    def _end(self) -> None:
        if not self._answer.done and not self._session_gone():
            self._finish(batch(self._call, self._subscription, self._since))

    def _finish(self, found: dict[str, t.Any]) -> None:
        self._stop_watching()
        self._answer.resolve(found)

    def _stop_watching(self) -> None:
        self._call.db.live.watchers.pop(self._changed, None)
