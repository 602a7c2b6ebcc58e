# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the world's time runs beside ours."""

from __future__ import annotations

import time


class Pacer:
    """World time as a function of real time: ``speed`` world seconds a second, plus jumps."""

    def __init__(self, start: float, speed: float) -> None:
        self.speed = speed
        self._start = start
        self._began = time.monotonic()

    def now(self) -> float:
        """The world's time now."""
        return self._start + (time.monotonic() - self._began) * self.speed

    def jump(self, seconds: float) -> None:
        """Let this much world time pass at once."""
        self._start += seconds

    def real_seconds_until(self, moment: float) -> float:
        """How long we wait, really, until the world's time is ``moment``."""
        return max(0.0, (moment - self.now()) / self.speed)
