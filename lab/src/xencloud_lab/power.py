# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a machine's power."""

from __future__ import annotations

from enum import StrEnum


class Power(StrEnum):
    """``stopping`` is an operating system on its way down."""

    OFF = "off"
    BOOTING = "booting"
    ON = "on"
    STOPPING = "stopping"
