# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ``Async`` call: its task, and the call itself that runs behind it (``xapi.md`` 1.8)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import tasks, wire_xmlrpc
from .errors import Unreachable, XapiError
from .model import NULL, Message
from .registry import Call

if t.TYPE_CHECKING:
    from ..faults import Doom

_CANCELLABLE = frozenset(
    ("VM", name)
    for name in (
        "start",
        "start_on",
        "resume",
        "resume_on",
        "suspend",
        "clean_shutdown",
        "clean_reboot",
        "hard_shutdown",
        "hard_reboot",
        "pool_migrate",
        "migrate_send",
    )
)
_FORWARDED = _CANCELLABLE | {("host", name) for name in ("disable", "enable", "reboot", "shutdown", "call_plugin")}

Perform = t.Callable[[Call, str, str, list[t.Any]], t.Any]


class AsyncCall:
    """One asynchronous call."""

    def __init__(self, call: Call, cls: str, message: Message, args: list[t.Any], perform: Perform) -> None:
        self._call = call
        self._cls = cls
        self._message = message
        self._args = args
        self._perform = perform
        self._doom: Doom | None = None
        self._host: str | None = None

    def begin(self) -> str:
        """Make the task, let the call follow, return the task."""
        call = self._call
        self._doom = call.world.faults.take_doom()
        call.task = tasks.create(call, f"Async.{self._cls}.{self._message.name}")
        if (self._cls, self._message.name) in _CANCELLABLE:
            call.db.set("task", call.task, allowed_operations=["cancel"])
        call.toolstack.later(0.0, self._run)
        return call.task

    def _run(self) -> None:
        if self._doom is not None and self._doom.before:
            self._failed(XapiError(*self._doom.error))
            return
        self._host = self._forwarded_to()
        try:
            value = self._perform(self._call, self._cls, self._message.name, self._args)
        except XapiError as error:
            self._failed(error)
        else:
            if isinstance(value, Completion):
                value.then(self._finished)
            else:
                self._succeeded(value)

    def _finished(self, completion: Completion) -> None:
        match completion.error:
            case None:
                self._succeeded(completion.value)
            case XapiError() as error:
                self._failed(error)
            case Unreachable() as error:
                self._failed(XapiError("INTERNAL_ERROR", f"Connection lost: {error}"))
            case error:
                raise error

    def _succeeded(self, value: t.Any) -> None:
        if self._doom is not None:
            self._failed(XapiError(*self._doom.error))
            return
        self._settle()
        tasks.complete(self._call, wire_xmlrpc.writer(self._message.result)(value))

    def _forwarded_to(self) -> str | None:
        """The host that will work on this call, when that is not the master."""
        if not self._args or (self._cls, self._message.name) not in _FORWARDED:
            return None
        if self._cls == "host":
            return str(self._args[0])
        rows = self._call.db.rows("VM")
        return str(rows[self._args[0]]["resident_on"]) if self._args[0] in rows else None

    def _settle(self) -> None:
        """The task ends on the host that did the work (``tasks_async_success_and_result_text``)."""
        host = self._host if self._host != NULL else self._forwarded_to()
        db, task = self._call.db, self._call.task
        if host and host != NULL and task is not None and db.exists("task", task):
            db.set("task", task, resident_on=host)

    def _failed(self, error: XapiError) -> None:
        tasks.fail(self._call, error)
