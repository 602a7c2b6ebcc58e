# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import WaitTimeout
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter import NotYet, Waiter


class SleepingClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def waiter(clock: SleepingClock, said: list[str], timeout_s: float = 100.0) -> Waiter:
    return Waiter(report=said.append, timeout_s=timeout_s, interval_s=5.0, silence_s=30.0, clock=clock)


def test_what_holds_at_once_is_not_waited_for() -> None:
    clock = SleepingClock()
    assert waiter(clock, []).wait("xen02: waiting", lambda: "up") == "up"
    assert clock.seconds == 0


def test_a_value_that_is_false_counts_as_held() -> None:
    assert waiter(SleepingClock(), []).wait("xen02: waiting", lambda: 0) == 0


def test_the_time_limit_is_kept_and_the_error_names_what_was_waited_for() -> None:
    clock = SleepingClock()
    with pytest.raises(WaitTimeout) as caught:
        waiter(clock, [], timeout_s=12).wait(
            "xen02: waiting for its restart", lambda: NotYet("it is down"), "Look at it."
        )
    assert clock.seconds == 12
    assert caught.value.message == (
        "xen02: waiting for its restart: gave up after 12 s, last seen: it is down. Look at it."
    )


def test_the_last_look_is_at_the_very_end() -> None:
    clock = SleepingClock()
    found = waiter(clock, [], timeout_s=12).wait(
        "xen02: waiting", lambda: True if clock.seconds >= 12 else NotYet("no")
    )
    assert found is True


def test_long_silence_is_broken_with_the_reason_and_the_time() -> None:
    clock, said = SleepingClock(), list[str]()
    waiter(clock, said).wait("xen02: waiting", lambda: True if clock.seconds >= 70 else NotYet("it is down"))
    assert said == ["xen02: waiting: it is down (30 s)", "xen02: waiting: it is down (60 s)"]


def test_an_error_of_the_probe_ends_the_wait() -> None:
    def probe() -> bool:
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        waiter(SleepingClock(), []).wait("xen02: waiting", probe)
