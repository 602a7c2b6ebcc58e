# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of ``./run``."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import time
import typing as t
from pathlib import Path

from door.bench import command as bench_command
from door.checks import Checks
from door.conformance import MODULE
from door.env import Environment, child_environment
from door.errors import DoorError
from door.home import ensure_home
from door.lab import link_lab
from door.paths import BUILD, ROOT
from door.runner import run_checks, sum_up
from door.stage import ensure_staged
from door.sweep import MODULE as SWEEP
from door.sweep import sweep_paths
from door.venv import ensure_venv, python_of

VENV = BUILD / "venv"
USAGE = """usage: ./run COMMAND [ARGUMENTS]

  demo [...]         show a maintenance run against a simulated estate
  test [...]         run every check (--list, --only NAME,..., --skip NAME,...)
  lab ARGUMENTS      xencloud-lab of this checkout
  inventory ESTATE   print the inventory of a lab that serves this estate (--state DIR)
  bench              measure the lab: start, memory, answers, saves
  play ARGUMENTS     ansible-playbook with this checkout's collection
  setup              only prepare the environment for all of these
  shell-env          print the environment, for: eval "$(./run shell-env)"
  conformance DIR    replay the recordings of a folder against the lab and compare
  sweep [...]        stop roles dead at each of their API calls (--role, --sample N, --mode crash|faults, --case ID)
  docs               make the documentation as pages
"""


def main(argv: list[str]) -> int:
    name, *arguments = argv or ["help"]
    command = COMMANDS.get(name)
    if command is None:
        print(f"{name}: there is no such command.\n{USAGE}", file=sys.stderr)
        return 2
    # A cancelled CI job ends as Ctrl-C does: with nobody left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return command(arguments)
    except DoorError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def prepare(requirements: str) -> tuple[Path, Environment]:
    """The venv with what is asked for, the lab in it, and the environment for a child."""
    ensure_venv(VENV, requirements)
    link_lab(VENV)
    ensure_home()
    return VENV, child_environment(VENV)


def usage(_arguments: list[str]) -> int:
    print(USAGE, end="")
    return 0


def setup(_arguments: list[str]) -> int:
    venv, _environment = prepare("test")
    ensure_staged(venv)
    print("ready: try './run demo' or './run test'")
    return 0


def become(venv: Path, environment: Environment, module: str, *arguments: str) -> t.NoReturn:
    """This process turns into the program: signals and the exit code are its own."""
    python = str(python_of(venv))
    os.execve(python, [python, "-m", module, *arguments], environment)


def demo(arguments: list[str]) -> int:
    venv, environment = prepare("demo")
    ensure_staged(venv)
    environment["PYTHONPATH"] = str(ROOT / "tools")
    become(venv, environment, "door.demo", *arguments)


def lab(arguments: list[str]) -> int:
    venv, environment = prepare("demo")
    become(venv, environment, "xencloud_lab", *arguments)


def inventory(arguments: list[str]) -> int:
    venv, environment = prepare("demo")
    environment["PYTHONPATH"] = str(ROOT / "tools")
    become(venv, environment, "door.inventory", *arguments)


def bench(arguments: list[str]) -> int:
    venv, environment = prepare("demo")
    program = bench_command(python_of(venv), arguments)
    os.execve(program[0], program, environment)


def play(arguments: list[str]) -> int:
    venv, environment = prepare("demo")
    ensure_staged(venv)
    become(venv, environment, "ansible", "playbook", *arguments)


def conformance(arguments: list[str]) -> int:
    venv, environment = prepare("demo")
    become(venv, environment, MODULE, *arguments)


def sweep(arguments: list[str]) -> int:
    venv, environment = prepare("test")
    ensure_staged(venv)
    become(venv, environment | sweep_paths(), SWEEP, "--folder", str(BUILD / "sweep"), *arguments)


def docs(_arguments: list[str]) -> int:
    venv, environment = prepare("docs")
    ensure_staged(venv)
    environment["PYTHONPATH"] = str(ROOT / "tools")
    become(venv, environment, "door.docs")


def shell_env(_arguments: list[str]) -> int:
    """Only what differs from the caller's own environment. HOME stays: it is a person's shell."""
    venv, environment = prepare("demo")
    ensure_staged(venv)
    changed = {name: value for name, value in environment.items() if os.environ.get(name) != value and name != "HOME"}
    changed.pop("ANSIBLE_NOCOLOR", None)
    print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(changed.items())))
    return 0


def test(arguments: list[str]) -> int:
    options = test_options(arguments)
    checks = Checks(VENV).all()
    names = [check.name for check in checks]
    refuse_unknown(options.only + options.skip, names)
    if options.list:
        print("\n".join(names))
        return 0
    prepare("test")
    chosen = [c for c in checks if (not options.only or c.name in options.only) and c.name not in options.skip]
    started = time.monotonic()
    return sum_up(run_checks(chosen, options.jobs, options.timeout_s), time.monotonic() - started)


def test_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run test")
    parser.add_argument("--only", type=names_of, default=[], metavar="NAME,...", help="run these checks")
    parser.add_argument("--skip", type=names_of, default=[], metavar="NAME,...", help="leave these checks out")
    parser.add_argument("--list", action="store_true", help="print the checks' names")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="checks at a time")
    parser.add_argument("--timeout-s", type=float, default=1800.0, help="bound of each command of a check")
    return parser.parse_args(arguments)


def names_of(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def refuse_unknown(asked: t.Iterable[str], names: list[str]) -> None:
    for name in asked:
        if name not in names:
            raise DoorError(f"{name}: there is no such check. Choose from {', '.join(names)}.")


COMMANDS: dict[str, t.Callable[[list[str]], int]] = {
    "help": usage,
    "--help": usage,
    "-h": usage,
    "demo": demo,
    "test": test,
    "lab": lab,
    "inventory": inventory,
    "bench": bench,
    "play": play,
    "setup": setup,
    "conformance": conformance,
    "shell-env": shell_env,
    "sweep": sweep,
    "docs": docs,
}
