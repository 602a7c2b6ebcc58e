# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command answers when something has ended: a view of what is there then, or an API error."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from .errors import CAPACITY, UNAVAILABLE, AgentUnavailable, ApiError, NoCapacity, OperationFailed, refused
from .states import NoTransition

EXPECTED = (ApiError, AgentUnavailable, NoCapacity, NoTransition, OperationFailed)
"""What the engines fail with; anything else is a fault of the lab."""


def then_show(work: Completion, render: t.Callable[..., t.Any], *args: t.Any) -> Completion:
    """A completion of ``render(*args)``, made when the work has ended."""
    shown = Completion()
    work.then(_show, shown, render, args)
    return shown


def _show(shown: Completion, render: t.Callable[..., t.Any], args: tuple[t.Any, ...], work: Completion) -> None:
    if work.error is not None:
        shown.reject(api_error(work.error))
    else:
        shown.resolve(render(*args))


def api_error(error: Exception) -> ApiError:
    """How the API tells a failure of the engines."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, NoCapacity):
        return ApiError(CAPACITY, str(error))
    if isinstance(error, AgentUnavailable):
        return ApiError(UNAVAILABLE, str(error))
    return refused(str(error))
