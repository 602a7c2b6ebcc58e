# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The old way to events: register, next, unregister (``xapi.md`` 1.9, end)."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from ..errors import XapiError
from ..event_batch import Subscription, batch
from ..registry import Call, message

COALESCE_S = 0.05


@message("event", "register")
def event_register(call: Call, classes: list[str]) -> None:
    """From now on this session's ``event.next`` tells of these classes; ``*`` is all."""
    session = call.session or ""
    words, since = call.db.live.registered.get(session, ([], call.db.generation))
    call.db.live.registered[session] = ([*words, *(c for c in classes if c not in words)], since)


@message("event", "unregister")
def event_unregister(call: Call, classes: list[str]) -> None:
    """No more of these; without any left the session is not registered."""
    words, since = _registration(call)
    left = [word for word in words if word not in classes]
    del call.db.live.registered[call.session or ""]
    if left:
        call.db.live.registered[call.session or ""] = (left, since)


@message("event", "next")
def event_next(call: Call) -> Completion:
    """What has changed since the last time; waits for as long as that takes."""
    _registration(call)
    return NextEvents(call).begin()


def _registration(call: Call) -> tuple[list[str], int]:
    found = call.db.live.registered.get(call.session or "")
    if found is None:
        raise XapiError("SESSION_NOT_REGISTERED", call.session or "")
    return found


class NextEvents:
    """One client that waits for the next events of its session."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._due = False
        self._answer = Completion()

    def begin(self) -> Completion:
        """Look at once, then at every change."""
        self._call.db.live.watchers[self._changed] = None
        self._changed()
        return self._answer

    def _changed(self) -> None:
        if not self._due:
            self._due = True
            self._call.world.timeline.after(COALESCE_S, self._look)

    def _look(self) -> None:
        self._due = False
        if self._answer.done:
            return
        try:
            events = self._events()
        except XapiError as error:  # the session has gone, or it has unregistered
            self._stop()
            self._answer.reject(error)
            return
        if events:
            self._stop()
            self._answer.resolve(events)

    def _events(self) -> list[dict[str, t.Any]]:
        call, session = self._call, self._call.session or ""
        if not call.db.exists("session", session) and session not in call.toolstack.local_sessions:
            raise XapiError("SESSION_INVALID", session)
        words, since = _registration(call)
        found: list[dict[str, t.Any]] = batch(call, Subscription(words), since)["events"]
        if found:
            call.db.live.registered[session] = (words, call.db.generation)
        return found

    def _stop(self) -> None:
        self._call.db.live.watchers.pop(self._changed, None)
