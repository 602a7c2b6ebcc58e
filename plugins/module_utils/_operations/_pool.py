# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all XAPI operations share: looking at the pool, a common time limit, and looking again after a lost answer.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.waiter import NotYet, Waiter
from .._xapi.errors import ConnectionLost, XapiError
from .._xapi.picture import look_again
from ._context import Context

T = t.TypeVar("T")


class Deadline:
    """One limit for all the waits of an operation."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._end = context.clock.now() + float(context.params["wait_timeout"])

    def waiter(self) -> Waiter:
        """A waiter for what is left of the time."""
        return self._context.waiter(max(0.0, self._end - self._context.clock.now()))

    def wait_for_pool(self, what: str, judge: t.Callable[[Pool], T | NotYet], remedy: str = "") -> T:
        """Look at the pool until ``judge`` is content; lost connections are part of it."""

        def probe() -> T | NotYet:
            pool = look_again(self._context.xapi)
            return pool if isinstance(pool, NotYet) else judge(pool)

        return self.waiter().wait(what, probe, remedy)


def unless_lost(call: t.Callable[[], object]) -> bool:
    """Make a call; False when its answer was lost, so that the caller looks what became of it (xapi.md 14, rule 8)."""
    try:
        call()
    except ConnectionLost:
        return False
    return True


def refuse(name: str, problems: t.Sequence[str], remedy: str) -> None:
    """Raise one sentence with all problems, if there are any."""
    if problems:
        raise MaintenanceError(f"{name}: {'; '.join(problems)}. {remedy}", problems=list(problems))


def fresh(pool: Pool, host: Host) -> Host:
    """The same host in a newer picture."""
    return pool.host(host.ref)


def transient(error: XapiError) -> bool:
    """True for refusals that pass by themselves while a host is starting (xapi.md 5.3)."""
    return error.code in ("HOST_STILL_BOOTING", "CANNOT_CONTACT_HOST", "OTHER_OPERATION_IN_PROGRESS")
