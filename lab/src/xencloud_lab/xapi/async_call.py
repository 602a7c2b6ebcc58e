# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An ``Async`` call: its task, and the call itself that runs behind it (``xapi.md`` 1.8)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import tasks, wire_xmlrpc
from .errors import Unreachable, XapiError
from .model import Message
from .registry import Call

Perform = t.Callable[[Call, str, str, list[t.Any]], t.Any]


class AsyncCall:
    """One asynchronous call."""

    def __init__(self, call: Call, cls: str, message: Message, args: list[t.Any], perform: Perform) -> None:
        self._call = call
        self._cls = cls
        self._message = message
        self._args = args
        self._perform = perform

    def begin(self) -> str:
        """Make the task, let the call follow, return the task."""
        call = self._call
        call.task = tasks.create(call, f"Async.{self._cls}.{self._message.name}")
        call.toolstack.later(0.0, self._run)
        return call.task

    def _run(self) -> None:
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
        tasks.complete(self._call, wire_xmlrpc.writer(self._message.result)(value))

    def _failed(self, error: XapiError) -> None:
        tasks.fail(self._call, error)
