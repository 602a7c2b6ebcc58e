# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role file of a host."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What the role file says; ``broken`` is a master switch that failed half-way (``xapi.md`` 3.1)."""

    MASTER = "master"
    SLAVE = "slave"
    BROKEN = "broken"
