# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls about a VM on which something else is going on: they wait for their turn.

A real master asks again when the other operation has ended, for up to two hours, and only then
answers OTHER_OPERATION_IN_PROGRESS; every other refusal comes at once (transcript
``operations_at_the_same_time``; message_forwarding's policy ``standard``).
"""

from __future__ import annotations

import functools
import typing as t

from ..timeline import Completion
from . import vm_rules
from .errors import XapiError

if t.TYPE_CHECKING:
    from .registry import Call

LIMIT_S = 7200.0
Answer = t.Callable[..., t.Any]


def vm_operation(name: str) -> t.Callable[[Answer], Answer]:
    """Let a message about a VM begin only when this operation may; the function gets what the call gave."""

    def decorate(function: Answer) -> Answer:
        @functools.wraps(function)
        def in_turn(call: Call, vm: str, *args: t.Any) -> t.Any:
            error = vm_rules.error(call.db, vm, name)
            if error is None:
                return function(call, vm, *args)
            if error.code != "OTHER_OPERATION_IN_PROGRESS":
                raise error
            return Turn(in_turn, error, call, vm, args).wait()

        return in_turn

    return decorate


class Turn:
    """A call that waits until a VM is free."""

    def __init__(self, again: Answer, error: XapiError, call: Call, vm: str, args: tuple[t.Any, ...]) -> None:
        self.done = Completion()
        self._again = again
        self._error = error
        self._call = call
        self._vm = vm
        self._args = args
        self._over = False

    def wait(self) -> Completion:
        """Wait, but not for ever; a task can be cancelled meanwhile."""
        self._call.db.live.when_free("VM", self._vm, self._free)
        self._call.world.timeline.after(LIMIT_S, self._give_up, self._error)
        if self._call.task is not None:
            self._call.on_cancel(self._give_up, XapiError("TASK_CANCELLED", self._call.task))
        return self.done

    def _free(self) -> None:
        """The operation has ended; ask once all that belongs to its end has happened."""
        self._call.world.timeline.after(0.0, self._ask)

    def _ask(self) -> None:
        if self._over:
            return
        self._over = True
        try:
            value = self._again(self._call, self._vm, *self._args)
        except XapiError as error:
            self.done.reject(error)
        else:
            self._pass_on(value)

    def _pass_on(self, value: t.Any) -> None:
        if isinstance(value, Completion):
            value.then(self._ended)
        else:
            self.done.resolve(value)

    def _ended(self, answer: Completion) -> None:
        if answer.error is not None:
            self.done.reject(answer.error)
        else:
            self.done.resolve(answer.value)

    def _give_up(self, error: XapiError) -> None:
        if not self._over:
            self._over = True
            self.done.reject(error)
