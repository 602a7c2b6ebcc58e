# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How CloudStack says no: an API error to the caller, or an agent that could not do its work."""

from __future__ import annotations

NOT_AUTHENTICATED = 401
TOO_MANY = 429
PARAMETER = 431
UNSUPPORTED = 432
INTERNAL = 530
DRAINING = 503
AUTHENTICATION = 531
CAPACITY = 533
UNAVAILABLE = 534

SERVER_API_EXCEPTION = 9999
INVALID_PARAMETER_EXCEPTION = 4350
RUNTIME_EXCEPTION = 4250


class ApiError(Exception):
    """The error envelope of an answer (``cloudstack.md`` 4.4)."""

    def __init__(self, code: int, text: str, cs_code: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.cs_code = cs_code if cs_code is not None else _cs_code(code)

    def __reduce__(self) -> tuple[type[ApiError], tuple[int, str, int]]:
        return ApiError, (self.code, self.text, self.cs_code)


def _cs_code(code: int) -> int:
    return {PARAMETER: INVALID_PARAMETER_EXCEPTION, INTERNAL: RUNTIME_EXCEPTION}.get(code, SERVER_API_EXCEPTION)


def invalid(text: str) -> ApiError:
    """A parameter is wrong."""
    return ApiError(PARAMETER, text)


def refused(text: str) -> ApiError:
    """The request is understood and not carried out."""
    return ApiError(INTERNAL, text)


def not_modelled(what: str) -> ApiError:
    """What the lab does not do is an explicit error, never a made-up success."""
    return ApiError(INTERNAL, f"not modelled by xencloud-lab: {what}")


def failed(text: str) -> ApiError:
    """A command that says itself that it has failed."""
    return ApiError(INTERNAL, text, SERVER_API_EXCEPTION)


class AgentUnavailable(Exception):
    """The agent of a host could not be asked; XenServer agents live in the management server."""


class NoCapacity(Exception):
    """No host can take a VM."""


class OperationFailed(Exception):
    """The hypervisor said no, or the VM is not where it should be."""
