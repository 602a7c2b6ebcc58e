# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures as XAPI tells them: a code and its parameters, all strings."""

from __future__ import annotations


class XapiError(Exception):
    """``ErrorDescription`` of an answer (``xapi.md`` 1.4)."""

    def __init__(self, code: str, *params: object) -> None:
        super().__init__(code, *params)
        self.code = code
        self.params = [str(p) for p in params]

    @property
    def description(self) -> list[str]:
        """Code and parameters in one list, as on the wire."""
        return [self.code, *self.params]


class Unreachable(Exception):
    """Nobody answers at this address: refused connection, no power, no network, or a call that hangs."""


class NotModelled(XapiError):
    """What the lab does not model is an explicit error, never a made-up success."""

    def __init__(self, what: str) -> None:
        super().__init__("INTERNAL_ERROR", f"not modelled by xencloud-lab: {what}")
