# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the command line, and the help of each command."""

from __future__ import annotations

import argparse
import typing as t
from pathlib import Path

from .fault_spec import EXPLAINED, FaultKind

DEFAULT_STATE = Path("xencloud-lab-state")
Command = t.Callable[[argparse.Namespace], int]

_CODES = "Exit codes: 0 good, 1 a bad verdict of the book, 2 an error, told in one sentence."
_DESCRIPTION = "A simulated estate of XenServer and XCP-ng pools under Apache CloudStack, served on loopback addresses."
_SAVE_TEXT = (
    "Save the whole world of a running lab, its clock and everything that is going to happen, to a file. "
    "It goes on from there, exactly, with 'serve --load FILE' or 'load FILE'; calls in flight have no caller then. "
    "A save can be read by the build of the lab that wrote it."
)
_LOAD_TEXT = "Let a running lab go on from a save. All connections break, as every server's certificate stays."


def parser(commands: t.Mapping[str, Command]) -> argparse.ArgumentParser:
    """The parser; each command puts its function into ``run``."""
    top = argparse.ArgumentParser(prog="xencloud-lab", description=_DESCRIPTION, epilog=_CODES)
    words = top.add_subparsers(required=True, metavar="COMMAND")
    for name, (add, text) in _COMMANDS.items():
        word = words.add_parser(name, help=text, description=_LONG.get(name, f"{text[0].upper()}{text[1:]}."))
        add(word)
        word.set_defaults(run=commands[name])
    return top


def _serve(word: argparse.ArgumentParser) -> None:
    source = word.add_mutually_exclusive_group(required=True)
    source.add_argument("estate", type=Path, nargs="?", help="estate file (YAML)")
    source.add_argument("--load", type=Path, metavar="FILE", help="go on from a save instead of an estate")
    _pace(word)
    word.add_argument("--port", type=_port, help="port of all HTTPS addresses instead of the estate's")
    word.add_argument("--control-port", type=_port, help="port of the control interface, 0 for any free one")
    _state(word)


def _start(word: argparse.ArgumentParser) -> None:
    word.add_argument("estate", type=Path, help="estate file (YAML)")
    _pace(word)
    word.add_argument("--port", type=_port, help="port of all HTTPS addresses (default: any free one)")
    _state(word)


def _check(word: argparse.ArgumentParser) -> None:
    word.add_argument("estate", type=Path, help="estate file (YAML)")


def _file(word: argparse.ArgumentParser) -> None:
    word.add_argument("file", type=Path, metavar="FILE", help="the save")
    _control(word)


def _advance(word: argparse.ArgumentParser) -> None:
    word.add_argument("seconds", type=float, metavar="SECONDS", help="world seconds")
    _control(word)


def _fault(word: argparse.ArgumentParser) -> None:
    word.formatter_class = argparse.RawDescriptionHelpFormatter
    word.epilog = "kinds:\n" + "\n".join(f"  {kind:20} {text}" for kind, text in EXPLAINED.items())
    word.add_argument("kind", choices=t.get_args(FaultKind), metavar="KIND", help="what goes wrong, see below")
    word.add_argument("--host", help="the machine it happens to")
    word.add_argument("--vm", help="name or uuid")
    word.add_argument("--sr", help="name of the storage")
    word.add_argument("--at", type=float, dest="at_s", metavar="SECONDS", help="world seconds from now")
    word.add_argument("--seconds", type=float, help="how late the answer of a slow call is")
    word.add_argument("--error", nargs="+", help="code and parameters of the refusal, or the text of a failed job")
    word.add_argument("--method", help="at this call (with * and ?), for example VM.pool_migrate")
    word.add_argument("--side", choices=("xapi", "cloudstack"), help="whose call (default xapi)")
    word.add_argument("--on", metavar="HOST", help="only calls that reach this host")
    word.add_argument("--nth", type=int, help="the n-th such call (default the first)")
    word.add_argument("--times", type=int, help="and this many in a row (default 1)")
    word.add_argument("--when", choices=("before", "after"), help="before or after the call takes effect")
    _control(word)


def _pace(word: argparse.ArgumentParser) -> None:
    word.add_argument(
        "--speed", type=_speed, default=1.0, help="world seconds a second (default 1), 0: the clock stands"
    )


def _state(word: argparse.ArgumentParser) -> None:
    word.add_argument("--state", type=Path, default=DEFAULT_STATE, help=f"state folder (default {DEFAULT_STATE})")


def _control(word: argparse.ArgumentParser) -> None:
    _state(word)
    word.add_argument("--control", metavar="URL", help="control interface (default: from the state folder)")


def _speed(text: str) -> float:
    value = float(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError("must be between 0 and 65535")
    return value


_COMMANDS: dict[str, tuple[t.Callable[[argparse.ArgumentParser], None], str]] = {
    "serve": (_serve, "serve an estate, or go on from a save, until it is stopped"),
    "start": (_start, "serve an estate in the background, return when it is ready"),
    "check": (_check, "say what is wrong with an estate file, and serve nothing"),
    "state": (_control, "show what is true now (JSON)"),
    "book": (_control, "show the book of truth (JSON); exit code 1 when its verdict is bad"),
    "fault": (_fault, "let something go wrong, now, later or at a call"),
    "advance": (_advance, "let world time pass at once"),
    "save": (_file, "save the whole world to a file"),
    "load": (_file, "let a running lab go on from a save"),
    "stop": (_control, "stop the lab"),
}
_LONG = {"save": _SAVE_TEXT, "load": _LOAD_TEXT}
