# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters that came with a later release: an older one counts them as too many.

The datamodel's table says that they are optional, not since when; clients find out a server's
version by this (``xapi.md`` 1.2).
"""

from __future__ import annotations

import typing as t

from .errors import XapiError
from .model import load

if t.TYPE_CHECKING:
    from .registry import Call


def assert_known(call: Call, method: str, required: int, since: t.Sequence[str], later: t.Sequence[t.Any]) -> None:
    """Refuse more optional parameters than this release has.

    :param since: for each optional parameter the release that brought it.
    :raises XapiError: MESSAGE_PARAMETER_COUNT_MISMATCH.
    """
    known = sum(load().has(call.release, release, None) for release in since)
    if len(later) > known and known < len(since):
        raise XapiError("MESSAGE_PARAMETER_COUNT_MISMATCH", method, required, required + len(later))
