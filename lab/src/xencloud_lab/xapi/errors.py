# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures as XAPI tells them: a code and its parameters, all strings."""

from __future__ import annotations

import typing as t


class XapiError(Exception):
    """``ErrorDescription`` of an answer (``xapi.md`` 1.4)."""

    def __init__(self, code: str, *params: object) -> None:
        super().__init__(code, *params)
        self.code = code
        self.params = [str(p) for p in params]

    def __reduce__(self) -> tuple[t.Any, ...]:
        return _again, (type(self), self.description)

    @property
    def description(self) -> list[str]:
        """Code and parameters in one list, as on the wire."""
        return [self.code, *self.params]


def _again(kind: type[XapiError], description: list[str]) -> XapiError:
    """An error out of a saved world, whatever its kind is made from."""
    error = kind.__new__(kind)
    XapiError.__init__(error, *description)
    return error


class Unreachable(Exception):
    """Nobody answers at this address: refused connection, no power, no network, or a call that hangs."""


class NotModelled(XapiError):
    """What the lab does not model is an explicit error, never a made-up success."""

    def __init__(self, what: str) -> None:
        super().__init__("INTERNAL_ERROR", f"not modelled by xencloud-lab: {what}")
