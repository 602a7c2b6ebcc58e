# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: what goes wrong in the world, at a time or at the n-th call that fits a pattern.

Every call, over the wire or from CloudStack to a pool, goes through ``Faults.around``.
"""

from __future__ import annotations

import typing as t
from fnmatch import fnmatchcase

from . import fault_events
from .fault_spec import THE_MASTER, CallPattern, FaultSpec
from .timeline import Action, Completion
from .xapi.errors import Unreachable, XapiError

if t.TYPE_CHECKING:
    from .world import World


class Doom(t.NamedTuple):
    """How a job or task fails: with what, and whether before its work is done."""

    error: tuple[str, ...]
    before: bool


class PendingFault:
    """A fault that waits for its call."""

    def __init__(self, spec: FaultSpec, pattern: CallPattern) -> None:
        self.spec = spec
        self.pattern = pattern
        self.seen = 0

    def fits(self, side: str, method: str, host: str, *, wire: bool) -> bool:
        """Count a call; whether the fault strikes at it."""
        wanted = self.pattern
        if wanted.side not in (side, "any") or (wanted.wire and not wire):
            return False
        if not fnmatchcase(method, wanted.method) or not fnmatchcase(host, wanted.host):
            return False
        self.seen += 1
        return wanted.nth <= self.seen < wanted.nth + wanted.times

    @property
    def spent(self) -> bool:
        return self.seen >= self.pattern.nth + self.pattern.times - 1


class Faults:
    """All faults of a world, those to come and those that stay."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pending: list[PendingFault] = []
        self._doom: Doom | None = None
        self._from_a_client = False
        self.struck: list[tuple[float, str]] = []

    def add(self, *specs: FaultSpec) -> None:
        """Order faults: each at its call, in ``at_s`` seconds, or now.

        :raises ValueError: when one names what does not exist; none is ordered then.
        """
        for spec in specs:
            fault_events.check_names(self._world, spec)
        for spec in specs:
            if spec.call is not None:
                self._pending.append(PendingFault(spec, spec.call))
            else:
                self._world.timeline.after(spec.at_s or 0, self._strike, spec, spec.host)

    def _strike(self, spec: FaultSpec, host: str | None) -> None:
        target = self._target(spec, host or "") or None
        self._note(spec, spec.vm or target or "")
        fault_events.strike(self._world, spec, target)

    def _note(self, spec: FaultSpec, where: str) -> None:
        self.struck.append((self._world.timeline.now, f"{spec.kind}: {where}"))

    def take_doom(self) -> Doom | None:
        """How the job or task that is made now will end, when a fault has said so."""
        doom, self._doom = self._doom, None
        return doom

    # at a call ----------------------------------------------------------------------------

    def from_a_client(self) -> None:
        """The next call comes over the wire, and not from CloudStack."""
        self._from_a_client = True

    def around(self, side: str, method: str, host: str, proceed: Action, *args: t.Any) -> t.Any:
        """``proceed(*args)``, with whatever goes wrong about this call.

        :raises XapiError: the fault (or the call itself) refuses.
        :raises Unreachable: the caller gets no answer.
        """
        wire, self._from_a_client = self._from_a_client, False
        fault = self._next(side, method, host, wire=wire) if self._pending else None
        if fault is None:
            return proceed(*args)
        self._note(fault.spec, f"{method} on {host or side}")
        return self._around(fault.spec, fault.pattern, host, proceed, args)

    def _next(self, side: str, method: str, host: str, *, wire: bool) -> PendingFault | None:
        struck = None
        for fault in self._pending:
            if fault.fits(side, method, host, wire=wire) and struck is None:
                struck = fault
        if struck is not None and struck.spent:
            self._pending.remove(struck)
        return struck

    def _around(
        self, spec: FaultSpec, pattern: CallPattern, host: str, proceed: Action, args: tuple[t.Any, ...]
    ) -> t.Any:
        if spec.kind == "fail_job":
            return self._doomed(Doom(spec.error, pattern.when == "before"), proceed, args)
        if pattern.when == "after" or spec.kind in ("lose_reply", "kill_task"):
            return self._after(spec, host, proceed, args)
        match spec.kind:
            case "refuse":
                raise XapiError(*spec.error)
            case "hang":
                return Completion()
            case "slow":
                late = Completion()
                self._world.timeline.after(spec.seconds, self._proceed_late, late, proceed, args)
                return late
            case _:
                target = self._target(spec, host)
                fault_events.strike(self._world, spec, target)
                if spec.kind in fault_events.TAKES_AWAY and target == host:
                    raise Unreachable(f"{host} went away before it heard the call")
                return proceed(*args)

    def _target(self, spec: FaultSpec, called: str) -> str:
        if spec.host != THE_MASTER:
            return spec.host or called
        pool = next(iter(self._world.pools.values()))
        master = pool.master()
        return master.name if master else pool.machines[0].name

    def _doomed(self, doom: Doom, proceed: Action, args: tuple[t.Any, ...]) -> t.Any:
        self._doom = doom
        try:
            return proceed(*args)
        finally:
            self._doom = None

    def _proceed_late(self, late: Completion, proceed: Action, args: tuple[t.Any, ...]) -> None:
        _pass_on(late, _ended(proceed, args))

    # after the call took effect -----------------------------------------------------------

    def _after(self, spec: FaultSpec, host: str, proceed: Action, args: tuple[t.Any, ...]) -> t.Any:
        """The call takes its course, and then the fault takes its."""
        answer = Completion()
        _ended(proceed, args).then(self._took_effect, spec, host, answer)
        if not answer.done:
            return answer
        if answer.error is not None:
            raise answer.error
        return answer.value

    def _took_effect(self, spec: FaultSpec, host: str, answer: Completion, call: Completion) -> None:
        match spec.kind:
            case "refuse":
                answer.reject(XapiError(*spec.error))
            case "lose_reply":
                answer.reject(Unreachable("the connection broke before the answer"))
            case "slow":
                self._world.timeline.after(spec.seconds, _pass_on, answer, call)
            case "kill_task" if spec.host is None:
                fault_events.kill_task(self._world, host, call.value)
                _pass_on(answer, call)
            case kind if kind != "hang":
                target = self._target(spec, host)
                fault_events.strike(self._world, spec, target)
                if spec.kind in fault_events.TAKES_AWAY and target == host:
                    answer.reject(Unreachable(f"{host} went away before it answered"))
                _pass_on(answer, call)


def _ended(proceed: Action, args: tuple[t.Any, ...]) -> Completion:
    """The outcome of a call as a completion, whatever the call does."""
    try:
        value = proceed(*args)
    except (XapiError, Unreachable) as error:
        ended = Completion()
        ended.reject(error)
        return ended
    if isinstance(value, Completion):
        return value
    ended = Completion()
    ended.resolve(value)
    return ended


def _pass_on(to: Completion, call: Completion) -> None:
    call.then(_settle, to)


def _settle(to: Completion, ended: Completion) -> None:
    if ended.error is not None:
        to.reject(ended.error)
    else:
        to.resolve(ended.value)
