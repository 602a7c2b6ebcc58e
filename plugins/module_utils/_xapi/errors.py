# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with XAPI: it refused (``XapiError``), or nobody knows (``ConnectionLost``).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._maintenance.errors import MaintenanceError
from .texts import TEXTS, Text

_PARAMETERS = 5


class XapiError(MaintenanceError):
    """XAPI understood a call and refused it; ``code`` and ``params`` are its ErrorDescription."""

    def __init__(self, code: str, params: t.Sequence[str], about: str, names: t.Mapping[str, str]) -> None:
        super().__init__(sentence(code, params, about, names))
        self.code = code
        self.params = tuple(params)


class ConnectionLost(MaintenanceError):
    """The answer never came: whether the call took effect is unknown, so look again."""


class Unreachable(ConnectionLost):
    """No address of the pool leads to a serving master."""


def sentence(code: str, params: t.Sequence[str], about: str, names: t.Mapping[str, str]) -> str:
    """The error for people; the code stays in brackets for those who search for it."""
    told = [names.get(param, param) for param in params]
    if code == "HOST_NOT_ENOUGH_FREE_MEMORY" and len(told) == 2:
        told = [f"{_mib(told[0])} needed, {_mib(told[1])} free"]
    if code.lstrip("-").isdecimal():
        return f"{about}: the plugin failed: {_first_line(told)} (code {code}). Look at the plugin's log on the host."
    text = TEXTS.get(code) or _unknown(told)
    padded = told + ["?"] * (_PARAMETERS - len(told))
    return f"{about}: {text.what.format(*padded)} ({code}). {text.remedy}"


def _unknown(told: list[str]) -> Text:
    what = f"XAPI refuses with {', '.join(told)}" if told else "XAPI refuses"
    # Parameters are free text, and a brace in one must not be taken for a place holder.
    return Text(what.replace("{", "{{").replace("}", "}}"), "Look at /var/log/xensource.log of the pool's master.")


def _first_line(told: list[str]) -> str:
    return told[0].strip().splitlines()[0] if told and told[0].strip() else "it gives no reason"


def _mib(size_bytes: str) -> str:
    return f"{int(size_bytes) // 2**20} MiB" if size_bytes.isdecimal() else size_bytes
