# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception that leaves this collection's code.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t


class MaintenanceError(Exception):
    """Something that stops an operation, told as "*object*: *what is wrong*. *What to do.*".

    It is raised as deep as the cause is known and caught once, in the front door
    (module or action plugin), which shows the sentence and the ``details``.
    """

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class WaitTimeout(MaintenanceError):
    """A bounded wait ran out; the message names what was waited for."""
