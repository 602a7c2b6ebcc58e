# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References that calls returned without the recording naming them in the result.

A later argument has a symbol for such a reference; it is the oldest one of its class that has no symbol yet.
"""

from __future__ import annotations

from .answers import Answer
from .symbols import Symbols, is_symbol
from .transcript import Step


class Made:
    """What calls have made, by class."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._unnamed: dict[str, list[str]] = {}

    def note(self, step: Step, answer: Answer) -> None:
        """Remember a returned reference that has no symbol."""
        result = step["result"]
        if answer.kind == "ok" and result.get("ok_type") == "ref" and "symbol" not in result:
            self._unnamed.setdefault(_class_made(step["call"]), []).append(str(answer.value))

    def claim(self, step: Step) -> None:
        """Bind symbols among the arguments that are still unknown."""
        for argument in step["args"]:
            if is_symbol(argument) and self._symbols.known(argument) is None:
                waiting = self._unnamed.get(_class_wanted(argument, step["call"]), [])
                if waiting:
                    self._symbols.bind(argument, waiting.pop(0))


def _class_made(call: str) -> str:
    return "task" if call.startswith("Async.") else call.partition(".")[0].lower()


def _class_wanted(symbol: str, call: str) -> str:
    kind = symbol[1:].partition(":")[0]
    return _class_made(call) if kind == "ref" else kind
