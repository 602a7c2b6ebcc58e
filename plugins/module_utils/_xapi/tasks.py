# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XAPI's tasks: begin, look, forget.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t
import xmlrpc.client
from dataclasses import dataclass

from .._maintenance.waiter import NotYet, Waiter
from .errors import ConnectionLost, XapiError

if t.TYPE_CHECKING:
    from .client import XapiClient


@dataclass(frozen=True, slots=True)
class Pending:
    """A task that still runs."""

    progress: float

    @property
    def text(self) -> str:
        """Its progress for people."""
        return f"{self.progress * 100:.0f} % done" if self.progress > 0 else "running"


@dataclass(frozen=True, slots=True)
class Done:
    """A task that succeeded, with what the method returned."""

    value: t.Any


def run(client: XapiClient, method: str, args: t.Sequence[t.Any], waiter: Waiter, what: str, about: str) -> t.Any:
    """Begin a task, wait for its end, return its value."""
    ref = begin(client, method, args, about)

    def probe() -> Done | NotYet:
        state = look(client, ref, about)
        return state if isinstance(state, Done) else NotYet(state.text)

    # A task that is still pending at the time-out is left alone: xapi forgets it once it ends (xapi.md 1.8).
    return waiter.wait(what, probe).value


def begin(client: XapiClient, method: str, args: t.Sequence[t.Any], about: str) -> str:
    """Start ``method`` as a task and return its reference."""
    ref: str = client.call(f"Async.{method}", *args, about=about)
    return ref


def look(client: XapiClient, ref: str, about: str) -> Pending | Done:
    """Look once at a task, and forget it when it has ended.

    :raises XapiError: it failed or was cancelled.
    :raises ConnectionLost: it is gone, which proves nothing (xapi.md 1.8).
    """
    record = _record(client, ref)
    if record["status"] in ("pending", "cancelling"):
        return Pending(float(record["progress"]))
    forget(client, ref)
    if record["status"] == "success":
        return Done(_value(record["result"]))
    raise client.error(record["error_info"] or ["TASK_CANCELLED", ref], about)


def forget(client: XapiClient, ref: str) -> None:
    """Destroy an ended task; one that is gone already is fine."""
    with contextlib.suppress(XapiError, ConnectionLost):
        client.call("task.destroy", ref)


def _record(client: XapiClient, ref: str) -> dict[str, t.Any]:
    try:
        record: dict[str, t.Any] = client.call("task.get_record", ref)
    except XapiError as error:
        if error.code != "HANDLE_INVALID":
            raise
        raise ConnectionLost(
            f"{client.address}: XAPI has lost the task. Its outcome is unknown; look at the pool, then run this again."
        ) from None
    return record


def _value(result: str) -> t.Any:
    """The value inside a task's result, which is XML-RPC text over every protocol (xapi.md 1.8)."""
    if not result:
        return ""
    document = f"<methodResponse><params><param>{result}</param></params></methodResponse>"
    values, _unused = xmlrpc.client.loads(document)
    return values[0]
