# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine: lets the world's time pass, and takes requests to the world.

Everything runs in one thread: a request finds the world at its own moment, and what takes
simulated time is awaited without holding anybody up.
"""

from __future__ import annotations

import asyncio
import logging
import typing as t
from collections import Counter

from .pacer import Pacer
from .recorder import Recorder
from .timeline import Completion
from .world import World

_log = logging.getLogger(__name__)

_LONGEST_NAP_S = 5.0
# How much of its own time a world whose clock stands lets pass for a caller who waits for an answer.
PATIENCE_S = 60.0


class Engine:
    """A world and its pace.

    :ivar internal_errors: exceptions of the lab itself; a run with any of them proves nothing.
    :ivar heard: how often clients have made each call, CloudStack's own calls to pools not counted.
    """

    def __init__(self, world: World, pacer: Pacer) -> None:
        self.world = world
        self.pacer = pacer
        self.internal_errors: list[str] = []
        self.heard: Counter[str] = Counter()
        self.after_step: list[t.Callable[[], None]] = []
        self.recorder: Recorder | None = None
        self._wake = asyncio.Event()
        self._sleeping_until = 0.0

    def replace(self, world: World) -> None:
        """Go on with another world, from its own moment at the same pace."""
        self.world = world
        self.pacer = Pacer(world.timeline.now, self.pacer.speed)
        self._wake.set()

    def step(self) -> None:
        """Let everything happen that is due now."""
        moment = self.pacer.now()
        while True:
            try:
                self.world.timeline.run_until(moment)
                break
            except Exception as error:  # the world goes on, the run is marked as bad
                self.internal_error("an event of the world", error)
        for look in self.after_step:
            look()

    def internal_error(self, where: str, error: Exception) -> None:
        """Note an exception that is the lab's own fault."""
        _log.error("internal error in %s", where, exc_info=error)
        self.internal_errors.append(f"{where}: {type(error).__name__}: {error}")

    async def recorded(self, side: str, method: str, host: str, ask: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
        """A client's call: a request that is written down while somebody records."""
        recorder = self.recorder
        if recorder is None:
            return await self.request(ask, *args)
        self.step()
        call = recorder.begin(self.world, side, method, host)
        try:
            return await self.request(ask, *args)
        finally:
            recorder.end(self.world, call)

    async def request(self, ask: t.Callable[..., t.Any], *args: t.Any) -> t.Any:
        """``ask(*args)`` in the world of now; its value, or that of the completion it gives.

        Raises what the world raises.
        """
        self.step()
        try:
            outcome = ask(*args)
        finally:
            for look in self.after_step:
                look()
            self._wake_if_sooner()
        return await self._end(outcome) if isinstance(outcome, Completion) else outcome

    def _pass_time_for(self, completion: Completion) -> None:
        """Where the clock stands, time passes for as long as a caller waits, event by event."""
        end = self.pacer.now() + PATIENCE_S
        while not completion.done and self.pacer.now() < end:
            due = self.world.timeline.next_at()
            self.pacer.jump(min(end, end if due is None else max(due, self.pacer.now())) - self.pacer.now())
            self.step()

    async def _end(self, completion: Completion) -> t.Any:
        if self.pacer.stands:
            self._pass_time_for(completion)
        done = asyncio.get_running_loop().create_future()
        completion.listen(_Listener(done))
        ended: Completion = await done
        if ended.error is not None:
            raise ended.error
        return ended.value

    def _wake_if_sooner(self) -> None:
        due = self.world.timeline.next_at()
        if due is not None and due < self._sleeping_until:
            self._wake.set()

    async def run(self) -> None:
        """Let time pass until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self.step()
            due = self.world.timeline.next_at()
            nap = _LONGEST_NAP_S if due is None else min(_LONGEST_NAP_S, self.pacer.real_seconds_until(due))
            self._sleeping_until = float("inf") if due is None else due
            self._wake.clear()
            timer = loop.call_later(nap, self._wake.set)
            await self._wake.wait()
            timer.cancel()


class _Listener:
    """Hands a completion to somebody who waits outside the world, if he still does."""

    def __init__(self, done: asyncio.Future[Completion]) -> None:
        self._done = done

    def __call__(self, completion: Completion) -> None:
        if not self._done.done():
            self._done.set_result(completion)
