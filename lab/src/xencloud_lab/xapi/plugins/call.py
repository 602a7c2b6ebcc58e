# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plugin's function is given."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from ...machines import Machine
    from ..registry import Call


@dataclass(slots=True)
class PluginCall:
    """Who calls, on which machine, with what."""

    call: Call
    machine: Machine
    host: str
    args: dict[str, str]


Function = t.Callable[[PluginCall], t.Any]
