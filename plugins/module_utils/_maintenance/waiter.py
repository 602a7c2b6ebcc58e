# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way to wait: a probe, a clock, a limit, and a line when nothing was said for long.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .errors import WaitTimeout

T = t.TypeVar("T")
Report = t.Callable[[str], None]


@dataclass(frozen=True)
class NotYet:
    """What a probe returns while the condition does not hold; ``why`` goes into progress and time-out lines."""

    why: str


class Clock(t.Protocol):
    """Time as the waiter sees it, so that its tests need no waiting."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class WallClock:
    """The real one."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass
class Waiter:
    """Polls a probe every ``interval_s`` seconds until it holds, at most ``timeout_s`` seconds.

    ``silence_s`` is the longest time without a progress line; ``pulse`` is called every ``pulse_s`` seconds.
    """

    report: Report
    timeout_s: float
    interval_s: float
    silence_s: float
    clock: Clock = field(default_factory=WallClock)
    pulse: t.Callable[[], None] | None = None
    pulse_s: float = 60.0

    def wait(self, what: str, probe: t.Callable[[], T | NotYet], remedy: str = "") -> T:
        """Return the probe's first value that is not ``NotYet``.

        :param what: subject and condition, such as ``"xen02: waiting for its restart"``.
        :param probe: looks once; raises to give up, returns ``NotYet(why)`` to go on.
        :param remedy: the sentence that tells what to do when the time runs out.
        :raises WaitTimeout: when ``timeout_s`` have passed.
        """
        begun = spoken = beaten = self.clock.now()
        while True:
            answer = probe()
            if not isinstance(answer, NotYet):
                return answer
            now = self.clock.now()
            if now - begun >= self.timeout_s:
                raise WaitTimeout(_timeout_text(what, answer.why, self.timeout_s, remedy))
            if now - spoken >= self.silence_s:
                self.report(f"{what}: {answer.why} ({now - begun:.0f} s)")
                spoken = now
            if self.pulse is not None and now - beaten >= self.pulse_s:
                self.pulse()
                beaten = now
            self.clock.sleep(min(self.interval_s, max(0.0, begun + self.timeout_s - now)))


def _timeout_text(what: str, why: str, timeout_s: float, remedy: str) -> str:
    text = f"{what}: gave up after {timeout_s:g} s, last seen: {why}."
    return f"{text} {remedy}" if remedy else text
