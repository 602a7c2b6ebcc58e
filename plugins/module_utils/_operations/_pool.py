# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all XAPI operations share: looking at the pool, a common time limit, and looking again after a lost answer.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._maintenance.audit.model import Finding, at_least, refuse_blocked, sort_findings
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
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
        left_s = max(0.0, self._end - self._context.clock.now())
        return self._context.waiter(round(left_s, 1))

    def wait_for_pool(self, what: str, judge: t.Callable[[Pool], T | NotYet], remedy: str = "") -> T:
        """Look at the pool until ``judge`` is content; lost connections are part of it, also while it judges."""

        def probe() -> T | NotYet:
            pool = look_again(self._context.xapi)
            if isinstance(pool, NotYet):
                return pool
            try:
                return judge(pool)
            except ConnectionLost:
                return NotYet("the connection broke")

        return self.waiter().wait(what, probe, remedy)

    def insist(
        self, what: str, call: t.Callable[[], object], heard: t.Callable[[Pool], bool], codes: t.Collection[str]
    ) -> None:
        """Make a call; when its answer is lost and the pool shows nothing of it, make it once more.

        :param heard: true when the pool shows that the call has begun or ended.
        :param codes: refusals of the second call which say that the first was heard.
        """
        if _answered(call) or self.wait_for_pool(what, lambda pool: (heard(pool),))[0]:
            return
        try:
            _answered(call)
        except XapiError as error:
            if error.code not in codes:
                raise


def _answered(call: t.Callable[[], object]) -> bool:
    """False when the answer was lost, so that the caller looks what became of it (xapi.md 14, rule 8)."""
    try:
        call()
    except ConnectionLost:
        return False
    return True


def refuse(name: str, problems: t.Sequence[str], remedy: str) -> None:
    """Raise one sentence with all problems, if there are any."""
    if problems:
        raise MaintenanceError(f"{name}: {'; '.join(problems)}. {remedy}", problems=list(problems))


@contextlib.contextmanager
def beside(findings: t.Iterable[t.Mapping[str, t.Any]], name: str) -> t.Iterator[None]:
    """Tell in one message what an audit has found and what is refused here about HA; either is enough to refuse."""
    known = [Finding(**each) for each in findings]
    try:
        yield
    except MaintenanceError as error:
        if not at_least(known, "blocker"):
            raise
        told = {each.text for each in known} | {each.sentence for each in known}
        more = [each for each in _refused(name, error) if not {each.text, each.sentence} & told]
        refuse_blocked(name, sort_findings([*known, *more]))
    refuse_blocked(name, known)


def _refused(name: str, error: MaintenanceError) -> list[Finding]:
    problems = error.details.get("problems")
    if problems:
        remedy = "Remove this cause, then run this again."
        return [Finding("ha_impossible", "blocker", name, problem, remedy) for problem in problems]
    thing, _colon, rest = error.message.partition(": ")
    text, _stop, remedy = rest.partition(". ")
    return [Finding("ha_impossible", "blocker", thing, text, remedy)]


def transient(error: XapiError) -> bool:
    """True for refusals that pass by themselves while a host is going down or starting (xapi.md 5.3)."""
    return error.code in ("HOST_OFFLINE", "HOST_STILL_BOOTING", "CANNOT_CONTACT_HOST", "OTHER_OPERATION_IN_PROGRESS")


def keep_copies(context: Context, pool: str) -> None:
    """Who joined or left would be forgotten with the master."""
    problem = context.xapi.copy_database(pool)
    if problem:
        context.report(f"{pool} the members' copies of the database are older than this change: {problem}")
