# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

from .background import NotStarted, start
from .estate_file import EstateError, load
from .options import Command, parser
from .savefile import SaveError, read

Json = dict[str, t.Any]
ANSWER_LIMIT_S = 300.0  # a save of the largest estate takes a while


class CommandError(Exception):
    """What a command cannot do, as one sentence."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 is good, 1 a bad verdict, 2 an error."""
    options = parser(_COMMANDS).parse_args(argv)
    try:
        return int(options.run(options))
    except (CommandError, EstateError, SaveError) as error:
        print(error, file=sys.stderr)
        return 2


# commands ---------------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    from .serve import CannotServe, Lab, fresh

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    saved = read(options.load) if options.load else fresh(load(options.estate))

    async def serve() -> None:
        await Lab(saved, options.speed, options.state, options.port, options.control_port).run()

    try:
        asyncio.run(serve())
    except CannotServe as error:
        raise CommandError(str(error)) from error
    return 0


def _check(options: argparse.Namespace) -> int:
    estate = load(options.estate)
    hosts = sum(len(pool.hosts) for pool in estate.pools)
    vms = sum(vm.count for pool in estate.pools for vm in pool.vms)
    held = ", ".join(_counted(*each) for each in ((len(estate.pools), "pool"), (hosts, "host"), (vms, "VM")))
    _tell(f"{options.estate}: good: {held}.")
    return 0


def _start(options: argparse.Namespace) -> int:
    load(options.estate)
    try:
        lab = start(options.estate, options.state, options.speed, options.port)
    except NotStarted as error:
        raise CommandError(str(error)) from error
    _print(lab.ready)
    return 0


def _state(options: argparse.Namespace) -> int:
    _print(_ask(options, "/state"))
    return 0


def _book(options: argparse.Namespace) -> int:
    book = _ask(options, "/book")
    _print(book)
    return 0 if book["verdict"] == "good" else 1


def _stop(options: argparse.Namespace) -> int:
    _ask(options, "/stop", {})
    return 0


def _advance(options: argparse.Namespace) -> int:
    _print(_ask(options, "/advance", {"seconds": options.seconds}))
    return 0


def _save(options: argparse.Namespace) -> int:
    _print(_ask(options, "/save", {"file": str(options.file.resolve())}))
    return 0


def _load(options: argparse.Namespace) -> int:
    _print(_ask(options, "/load", {"file": str(options.file.resolve())}))
    return 0


def _fault(options: argparse.Namespace) -> int:
    names = ("kind", "host", "vm", "sr", "at_s", "seconds", "error")
    call = {"method": options.method, "side": options.side, "host": options.on}
    call |= {"nth": options.nth, "times": options.times, "when": options.when}
    call = {name: value for name, value in call.items() if value is not None}
    spec: Json = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    _print(_ask(options, "/faults", spec | ({"call": call} if call else {})))
    return 0


def _ask(options: argparse.Namespace, path: str, body: Json | None = None) -> Json:
    url = options.control or _control_url(options.state)
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, data=data), timeout=ANSWER_LIMIT_S) as reply:
            return t.cast(Json, json.load(reply))
    except urllib.error.HTTPError as error:
        why = str(json.load(error).get("error")).rstrip(".")
        raise CommandError(f"xencloud-lab: {why}.") from error
    except OSError as error:
        remedy = "Start one with 'xencloud-lab serve'."
        raise CommandError(f"xencloud-lab: no lab answers at {url} ({error}). {remedy}") from error


def _control_url(state: Path) -> str:
    try:
        return str(json.loads((state / "ready.json").read_text("utf-8"))["control"])
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(
            f"xencloud-lab: no lab runs with the state folder {state}. Start one, or name it with --state or --control."
        ) from error


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _print(data: Json) -> None:
    _tell(json.dumps(data, indent=2))


def _tell(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # A reader such as head has read enough; nothing may be flushed at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_COMMANDS: dict[str, Command] = {
    "serve": _serve,
    "start": _start,
    "check": _check,
    "state": _state,
    "book": _book,
    "fault": _fault,
    "advance": _advance,
    "save": _save,
    "load": _load,
    "stop": _stop,
}
