# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``./run sweep``."""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import random
import signal
import sys
import time
import typing as t
from pathlib import Path

from . import ansible, cases, page
from .cases import Case
from .recording import Recording, RehearsalFailed, record
from .rehearsals import REHEARSALS, Rehearsal
from .stage import Stage

Result = tuple[Case, list[str], float]


def main(arguments: list[str]) -> int:
    """Sweep the roles; 1 when a promise was broken."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ansible.preload()
    begun, results = time.monotonic(), []
    for role in options.role or sorted(REHEARSALS):
        try:
            results += _sweep(REHEARSALS[role], options)
        except RehearsalFailed as error:
            print(error)
            return 1
    violations = sum(bool(wrong) for _case, wrong, _seconds in results)
    print(f"took {time.monotonic() - begun:.0f} s")
    print(f"{len(results)} cases, {violations} violations")
    return 1 if violations or not results else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run sweep", description="Stop roles dead at each of their API calls.")
    parser.add_argument("--role", action="append", choices=sorted(REHEARSALS), help="this role (again for another)")
    parser.add_argument("--sample", type=int, metavar="N", help="only N cases of each role, spread over its run")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--mode", choices=["crash", "faults", "all"], default="all", help="what goes wrong")
    parser.add_argument("--case", metavar="ID", help="only this case, with everything it printed")
    parser.add_argument("--docs", action="store_true", help="put the figures into docs/sweeps.md")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument("--folder", type=Path, required=True, help="where recordings and logs go")
    return parser.parse_args(arguments)


def _sweep(rehearsal: Rehearsal, options: argparse.Namespace) -> list[Result]:
    folder = Path(options.folder).resolve() / rehearsal.name
    recording = record(rehearsal, folder)
    every = _every(rehearsal.name, recording, options.mode)
    chosen = [case for case in every if options.case in (None, case.id)]
    chosen = sample(chosen, options.sample, options.seed)
    seen = f"{len(recording.calls)} calls, {len(recording.moments)} moments"
    print(f"{rehearsal.name}: {seen}, {len(every)} cases, {len(chosen)} of them now", flush=True)
    begun = time.monotonic()
    results = list(_played(chosen, rehearsal, recording, folder, options.jobs))
    told = _figures(recording, results) | {"took": round(time.monotonic() - begun)}
    (folder / "figures.json").write_text(json.dumps(told, indent=2) + "\n")
    if options.docs:
        page.renew({rehearsal.name: told})
    if options.case:
        for log in sorted(folder.glob("worker-*/*.log")):
            print(log.read_text())
    return results


def _every(role: str, recording: Recording, mode: str) -> list[Case]:
    crashes = cases.crash_cases(role, recording) if mode in ("crash", "all") else []
    faults = cases.fault_cases(role, recording) if mode in ("faults", "all") else []
    return [*crashes, *faults]


def sample(every: list[Case], size: int | None, seed: int) -> list[Case]:
    """As many as asked for, one out of each stretch of the run."""
    if size is None or size >= len(every):
        return every
    dice = random.Random(seed)
    edges = [round(number * len(every) / size) for number in range(size + 1)]
    return [every[dice.randrange(low, high)] for low, high in itertools.pairwise(edges)]


def _played(
    chosen: list[Case], rehearsal: Rehearsal, recording: Recording, folder: Path, jobs: int
) -> t.Iterator[Result]:
    """All cases, as they end; each worker has a lab of its own."""
    context = multiprocessing.get_context("fork")
    todo: t.Any = context.Queue()
    done: t.Any = context.Queue()
    workers = min(jobs, len(chosen))
    for case in [*chosen, *([None] * workers)]:
        todo.put(case)
    crew = [
        context.Process(target=_work, args=(number, rehearsal, recording, folder, todo, done))
        for number in range(workers)
    ]
    for worker in crew:
        worker.start()
    try:
        for number in range(len(chosen)):
            case, wrong, seconds = done.get()
            for each in wrong:
                print(f"VIOLATION {case.id}: {case.text}: {each}", flush=True)
            if (number + 1) % 20 == 0:
                print(f"  {rehearsal.name}: {number + 1} of {len(chosen)}", flush=True)
            yield case, wrong, seconds
    except BaseException:
        for worker in crew:
            worker.terminate()
        raise
    finally:
        for worker in crew:
            worker.join()


def _work(number: int, rehearsal: Rehearsal, recording: Recording, folder: Path, todo: t.Any, done: t.Any) -> None:
    # A worker that is told to end takes its lab with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stage = Stage(rehearsal, folder / f"worker-{number}")
    try:
        while (case := todo.get()) is not None:
            begun = time.monotonic()
            try:
                wrong = cases.play(case, rehearsal, stage, recording, folder / "begin.save")
            except Exception as error:
                wrong = [f"the case could not be played: {type(error).__name__}: {error}"]
            done.put((case, wrong, time.monotonic() - begun))
    finally:
        stage.stop()


def _figures(recording: Recording, results: list[Result]) -> dict[str, t.Any]:
    return {
        "calls": len(recording.calls),
        "moments": len(recording.moments),
        "cases": len(results),
        "violations": sum(bool(wrong) for _case, wrong, _seconds in results),
        "by": {
            what: sum(case.what == what for case, _wrong, _seconds in results) for what in (*cases.MODES, *cases.FAULTS)
        },
        "seconds": round(sum(seconds for _case, _wrong, seconds in results), 1),
        "broken": [{"case": case.id, "text": case.text, "wrong": wrong} for case, wrong, _seconds in results if wrong],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
