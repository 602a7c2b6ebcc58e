# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the world's time runs beside ours."""

from __future__ import annotations

import math
import time


class Pacer:
    """World time as a function of real time: ``speed`` world seconds a second, plus jumps.

    At speed 0 the clock stands: time passes only in jumps, and while a caller waits for an answer.
    """

    def __init__(self, start: float, speed: float) -> None:
        self.speed = speed
        self._start = start
        self._began = time.monotonic()

    @property
    def stands(self) -> bool:
        """No time passes by itself."""
        return self.speed == 0

    def now(self) -> float:
        """The world's time now."""
        return self._start + (time.monotonic() - self._began) * self.speed

    def jump(self, seconds: float) -> None:
        """Let this much world time pass at once."""
        self._start += seconds

    def real_seconds_until(self, moment: float) -> float:
        """How long we wait, really, until the world's time is ``moment``."""
        left = max(0.0, moment - self.now())
        return left / self.speed if self.speed else left and math.inf
