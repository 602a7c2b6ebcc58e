# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration: a simulated estate, a real playbook run, and what the lab's book of truth says about it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from door.inventory import inventory
from door.paths import BUILD, LAB
from door.verdict import figures, promises
from xencloud_lab import background, estate_file

STATE = BUILD / "demo"
ESTATE = LAB / "estates" / "demo.yml"


def main(argv: list[str]) -> int:
    """Arguments as given after ``./run demo``; the exit code is the book's verdict."""
    options = _parser().parse_args(argv)
    lab = background.start(ESTATE, STATE, options.speed)
    try:
        return _run(lab, options)
    finally:
        lab.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run demo", description="Patch a simulated pool with the real playbook.")
    parser.add_argument("--speed", type=float, default=60, help="world seconds a second (default 60)")
    parser.add_argument("--check", action="store_true", help="only show the plan")
    return parser


def _run(lab: background.Running, options: argparse.Namespace) -> int:
    before = lab.ask("/state")
    print(
        f"A pool of 4 XCP-ng hosts with HA on, {_guests(before)} VMs, under CloudStack; "
        f"time runs {options.speed:g} times as fast as life."
    )
    begun = time.monotonic()
    played = _play(_inventory(lab), ["--check"] if options.check else [])
    took_s = time.monotonic() - begun
    after, book = lab.ask("/state"), lab.ask("/book")
    (STATE / "book.json").write_text(json.dumps(book, indent=1))
    if options.check:
        return played
    return _verdict(played, took_s, before, after, book)


def _verdict(played: int, took_s: float, before: t.Any, after: t.Any, book: t.Any) -> int:
    kept = promises(before, after, book)
    print(f"\nThe book of truth, after {took_s:.0f} s:")
    for promise in kept:
        print(f"  {promise}")
    for figure in figures(book):
        print(f"  {figure}")
    good = played == 0 and all(promise.kept for promise in kept)
    print(f"verdict: {'good' if good else 'BAD'}")
    return 0 if good else 1


def _guests(state: t.Any) -> int:
    return sum(len(host["domains"]) for host in state["hosts"].values())


def _inventory(lab: background.Running) -> Path:
    path = STATE / "inventory.json"
    path.write_text(json.dumps(inventory(estate_file.load(ESTATE), lab.ready), indent=1))
    return path


def _play(inventory: Path, arguments: list[str]) -> int:
    command = ["ansible-playbook", "-i", str(inventory), "xencloud.maintenance.rolling_patch", *arguments]
    environment = os.environ | {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false", "ANSIBLE_FORCE_COLOR": _colour()}
    return subprocess.call(command, env=environment, stdin=subprocess.DEVNULL)


def _colour() -> str:
    return "true" if sys.stdout.isatty() else "false"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
