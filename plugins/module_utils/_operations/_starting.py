# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at hosts whose toolstack may be starting.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._maintenance.election import Sighting
from .._maintenance.errors import WaitTimeout
from .._maintenance.waiter import NotYet
from .._xapi.login import Credentials
from .._xapi.sight import look_at
from ._at_once import ask_all
from ._context import Context

# In emergency mode a toolstack starts again every other minute, which takes it half a minute (xapi.md 1.7).
_LOOKS_AT_A_START = 12


def look_until_started(
    context: Context, doors: t.Mapping[str, str], credentials: Credentials, dead: t.Collection[str] = ()
) -> dict[str, Sighting]:
    """What hosts show, by the key of their door; who refuses the connection has power and is looked at again.

    :param dead: keys of those that refuse it for good.
    """
    seen: dict[str, Sighting] = {}

    def starts(key: str) -> bool:
        return seen[key].refuses and key not in dead

    def probe() -> bool | NotYet:
        again = {key: at for key, at in doors.items() if key not in seen or starts(key)}
        seen.update(ask_all(again, lambda at: look_at(at, credentials)))
        starting = [key for key in again if starts(key)]
        return NotYet(f"{', '.join(starting)} refuses the connection") if starting else True

    waiter = context.waiter(_LOOKS_AT_A_START * context.params["poll_interval"])
    with contextlib.suppress(WaitTimeout):
        waiter.wait("looking whether a toolstack starts", probe)
    return seen
