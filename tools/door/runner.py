# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs checks beside each other, tells how each ended, and sums up."""

from __future__ import annotations

import typing as t
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from door.check import Check, Outcome, Running, run_check
from door.paths import LOGS, real

TAIL_LINES = 60


def run_checks(checks: list[Check], jobs: int, timeout_s: float) -> list[Outcome]:
    """All outcomes, in the order of ``checks``; each is told as soon as it is there."""
    outcomes = {outcome.name: outcome for outcome in finished(checks, jobs, Running(), timeout_s)}
    return [outcomes[check.name] for check in checks]


def finished(checks: list[Check], jobs: int, running: Running, timeout_s: float) -> t.Iterator[Outcome]:
    """Outcomes as they come in. A check starts when a worker is free and nobody of its group is at work."""
    waiting, active = list(checks), dict[Future[Outcome], Check]()
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            while waiting or active:
                while len(active) < jobs and (check := next_check(waiting, active.values())):
                    waiting.remove(check)
                    active[pool.submit(run_check, check, running, timeout_s)] = check
                for future in wait(active, return_when=FIRST_COMPLETED).done:
                    del active[future]
                    tell(future.result())
                    yield future.result()
        except KeyboardInterrupt:
            # Before the pool waits for its workers: they wait for their children.
            running.stop()
            raise


def next_check(waiting: list[Check], active: t.Iterable[Check]) -> Check | None:
    busy = {check.group for check in active if check.group}
    return next((check for check in waiting if check.group not in busy), None)


def tell(outcome: Outcome) -> None:
    if outcome.verdict == "skipped":
        print(f"{outcome.name} ... skipped: {outcome.reason}", flush=True)
        return
    print(f"{outcome.name} ... {outcome.verdict} {outcome.seconds:.1f} s", flush=True)
    if outcome.verdict == "FAILED":
        log = LOGS / f"{outcome.name}.log"
        lines = log.read_text(errors="replace").splitlines()
        print("\n".join(f"    {line}" for line in lines[-TAIL_LINES:]))
        print(f"    ({len(lines)} lines in {real(log)})", flush=True)


def sum_up(outcomes: list[Outcome], seconds: float) -> int:
    """pytest's own closing lines, a table, one plain line; 1 when anything failed."""
    print()
    for outcome in outcomes:
        print("".join(f"{outcome.name}:\n{line}\n" for line in outcome.closing), end="")
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    print()
    for outcome in outcomes:
        rest = outcome.reason if outcome.verdict == "skipped" else f"{outcome.seconds:6.1f} s"
        print(f"  {outcome.name:<{width}}  {outcome.verdict:<7}  {rest}")
    counts = Counter(outcome.verdict for outcome in outcomes)
    print(f"\nchecks in {seconds:.0f} s: {counts['ok']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped")
    return 1 if counts["FAILED"] else 0
