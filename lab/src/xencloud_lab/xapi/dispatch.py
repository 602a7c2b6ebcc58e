# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a method and its parameters to an answer, with the checks in the order seen live.

Emergency, name, number of arguments, their types, session (or member), then the message itself
(``xapi_observed.md``, corrections to 1.2; transcripts ``wire_unknown_methods``, ``session_on_a_slave``).
"""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import access, generic, messages, registry
from .async_call import AsyncCall
from .codec import decoder
from .database import Database
from .errors import XapiError
from .model import Message
from .registry import Call

if t.TYPE_CHECKING:
    from ..machines import Machine
    from ..world import World
    from .toolstack import Toolstack

_ASYNC = ("Async.", "InternalAsync.")


def dispatch(world: World, machine: Machine, method: str, params: list[t.Any]) -> t.Any:
    """The value of a call, or a ``Completion`` of it.

    :raises XapiError: the call is refused.
    :raises Unreachable: a fault cuts the connection.
    """
    return world.faults.around("xapi", method, machine.name, answer, world, machine, method, params)


def answer(world: World, machine: Machine, method: str, params: list[t.Any]) -> t.Any:
    """``dispatch`` without faults."""
    asynchronous, cls, name = split(method)
    toolstack = machine.toolstack
    access.check_emergency(toolstack, cls, name)
    release = toolstack.pool.profile.release
    if method == "system.listMethods":
        return list(messages.names(release))
    message = messages.find(release, cls, name)
    try:
        if message is None:
            _check_session_of_unknown(toolstack, params)
            raise XapiError("MESSAGE_METHOD_UNKNOWN", method if not asynchronous else f"{cls}.{name}")
        return _checked(machine, release, cls, message, asynchronous, params)
    except access.Hangs:
        return Completion()


def split(method: str) -> tuple[bool, str, str]:
    """Whether a method is asynchronous, its class and its message."""
    for prefix in _ASYNC:
        if method.startswith(prefix):
            return True, *_split(method.removeprefix(prefix))
    return False, *_split(method)


def _split(method: str) -> tuple[str, str]:
    cls, _dot, name = method.partition(".")
    return cls, name


def result_type(release: str, method: str) -> str:
    """The datamodel type of a method's answer, for the wire."""
    asynchronous, cls, name = split(method)
    message = messages.find(release, cls, name)
    if method == "system.listMethods":
        return "string set"
    return "task ref" if asynchronous else message.result if message else "void"


def _check_session_of_unknown(toolstack: Toolstack, params: list[t.Any]) -> None:
    if params and isinstance(params[0], str):
        access.check_session(toolstack, params[0])


def _checked(
    machine: Machine, release: str, cls: str, message: Message, asynchronous: bool, params: list[t.Any]
) -> t.Any:
    name = message.name
    args = _arguments(cls, message, params)
    if asynchronous and not messages.has_async(cls, name, message):
        raise XapiError("Fault", f"No async mode for this operation (rpc: {cls}.{name})")
    session = decoder("string")(params[0]) if message.needs_session else None
    call = _call(machine, release, cls, name, session)
    if messages.removed(release, cls, name):
        raise XapiError("MESSAGE_REMOVED")
    if asynchronous:
        return AsyncCall(call, cls, message, args, perform).begin()
    return perform(call, cls, name, args)


def _arguments(cls: str, message: Message, params: list[t.Any]) -> list[t.Any]:
    """The decoded arguments; methods with optional ones swallow surplus (surprise 7)."""
    given = len(params) - (1 if message.needs_session else 0)
    required = sum(not p.optional for p in message.params)
    surplus = given > len(message.params) and required == len(message.params)
    if given < required or surplus:
        raise XapiError("MESSAGE_PARAMETER_COUNT_MISMATCH", f"{cls}.{message.name}", required, given)
    values = params[1:] if message.needs_session else params
    return [decoder(p.type)(value) for p, value in zip(message.params, values, strict=False)]


def _call(machine: Machine, release: str, cls: str, name: str, session: str | None) -> Call:
    """Who answers: this host for local messages, the master (over the database) for all others."""
    toolstack = machine.toolstack
    local = registry.answered_locally(cls, name)
    if session is not None:
        access.check_session(toolstack, session)
    elif not local and not toolstack.serves_as_master:
        raise access.is_slave(toolstack)
    if not local and not toolstack.serves_as_master:
        master = toolstack.master()
        if master is None:
            raise access.Hangs
        toolstack, machine = master, master.machine
    db = toolstack.database() or toolstack.db_copy or Database(toolstack.world.random)
    return Call(toolstack.world, machine, toolstack, db, session, None, release)


def perform(call: Call, cls: str, name: str, args: list[t.Any]) -> t.Any:
    """The message itself: written by hand, or made from the datamodel."""
    function = registry.implementation(cls, name)
    if function is not None:
        return function(call, *args)
    return generic.answer(call, cls, name, args)
