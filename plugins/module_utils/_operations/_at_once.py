# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking several hosts at the same time: one that hangs keeps nobody waiting but itself.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

_AT_ONCE = 32

Key = t.TypeVar("Key")
Answer = t.TypeVar("Answer")


def ask_all(doors: t.Mapping[Key, str], ask: t.Callable[[str], Answer]) -> dict[Key, Answer]:
    """What each host answers, by the key under which its door is given."""
    if not doors:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(doors))) as hosts:
        return dict(zip(doors, hosts.map(ask, doors.values()), strict=True))
