# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import typing as t
import urllib.error
import urllib.request
from pathlib import Path

from .background import NotStarted, start
from .estate_file import EstateError, load
from .fault_spec import FaultKind

DEFAULT_STATE = Path("xencloud-lab-state")
Json = dict[str, t.Any]


class CommandError(Exception):
    """What a command cannot do, as one sentence."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 is good, 1 a bad verdict, 2 an error."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except (CommandError, EstateError) as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xencloud-lab", description="A simulated estate of XenServer and XCP-ng pools under Apache CloudStack."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve an estate until it is stopped")
    serve.add_argument("estate", type=Path, help="estate file (YAML)")
    serve.add_argument("--speed", type=_positive, default=1.0, help="world seconds a second (default 1)")
    serve.add_argument("--port", type=int, help="port of all HTTPS addresses instead of the estate's")
    serve.add_argument("--control-port", type=int, help="port of the control interface, 0 for any free one")
    _state_option(serve)
    serve.set_defaults(run=_serve)
    background = commands.add_parser("start", help="serve an estate in the background, return when it is ready")
    background.add_argument("estate", type=Path, help="estate file (YAML)")
    background.add_argument("--speed", type=_positive, default=1.0, help="world seconds a second (default 1)")
    background.add_argument("--port", type=int, help="port of all HTTPS addresses (default: any free one)")
    _state_option(background)
    background.set_defaults(run=_start)
    _reading_commands(commands)
    _fault_command(commands)
    return parser


def _reading_commands(commands: t.Any) -> None:
    for name, run, text in (
        ("state", _state, "show what is true now (JSON)"),
        ("book", _book, "show the book of truth (JSON); exit code 1 when its verdict is bad"),
        ("stop", _stop, "stop the lab"),
    ):
        command = commands.add_parser(name, help=text)
        _control_options(command)
        command.set_defaults(run=run)
    advance = commands.add_parser("advance", help="let world time pass at once")
    advance.add_argument("seconds", type=float)
    _control_options(advance)
    advance.set_defaults(run=_advance)


def _fault_command(commands: t.Any) -> None:
    fault = commands.add_parser("fault", help="let something go wrong, now, later or at a call")
    fault.add_argument("kind", choices=t.get_args(FaultKind))
    fault.add_argument("--host", help="the machine it happens to")
    fault.add_argument("--vm", help="name or uuid")
    fault.add_argument("--sr", help="name of the storage")
    fault.add_argument("--at", type=float, dest="at_s", metavar="SECONDS", help="world seconds from now")
    fault.add_argument("--seconds", type=float, help="how late the answer of a slow call is")
    fault.add_argument("--error", nargs="+", help="code and parameters of the refusal")
    fault.add_argument("--method", help="at this call (with * and ?), for example VM.pool_migrate")
    fault.add_argument("--side", choices=("xapi", "cloudstack"), help="whose call (default xapi)")
    fault.add_argument("--on", metavar="HOST", help="only calls that reach this host")
    fault.add_argument("--nth", type=int, help="the n-th such call (default the first)")
    fault.add_argument("--times", type=int, help="and this many in a row (default 1)")
    fault.add_argument("--when", choices=("before", "after"), help="before or after the call takes effect")
    _control_options(fault)
    fault.set_defaults(run=_fault)


def _state_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--state", type=Path, default=DEFAULT_STATE, help=f"state folder (default {DEFAULT_STATE})")


def _control_options(command: argparse.ArgumentParser) -> None:
    _state_option(command)
    command.add_argument("--control", help="URL of the control interface (default: from the state folder)")


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be greater than 0")
    return value


# commands ---------------------------------------------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    from .serve import CannotServe, Lab

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    estate = load(options.estate)
    if options.control_port is not None:
        ports = estate.ports.model_copy(update={"control": options.control_port})
        estate = estate.model_copy(update={"ports": ports})

    async def serve() -> None:
        await Lab(estate, options.speed, options.state, options.port).run()

    try:
        asyncio.run(serve())
    except CannotServe as error:
        raise CommandError(str(error)) from error
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
        with urllib.request.urlopen(urllib.request.Request(url + path, data=data), timeout=60) as reply:
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


def _print(data: Json) -> None:
    print(json.dumps(data, indent=2))
