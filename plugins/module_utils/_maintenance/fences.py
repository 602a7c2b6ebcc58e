# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the two restarts a host first when its storage is gone: pool HA, or CloudStack's heartbeat in dom0.

Both run in every host and know nothing of each other (cloudstack.md 1.5, xapi.md 2.3 and 2.4).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

CLOUDSTACK_DEFAULT_S = 120
# HA's statefile watchdog fires this much later than its time-out.
_WATCHDOG_S = 15


@dataclass(frozen=True, slots=True)
class Fences:
    """Both limits in seconds; ``known`` is false when CloudStack could not be asked."""

    ha_timeout_s: int
    cloudstack_timeout_s: int = CLOUDSTACK_DEFAULT_S
    known: bool = False

    @property
    def first(self) -> t.Literal["pool_ha", "cloudstack"]:
        """Who fences first; at the same limit CloudStack does, its script waits for nobody."""
        return "pool_ha" if self.ha_timeout_s < self.cloudstack_timeout_s else "cloudstack"

    @property
    def text(self) -> str:
        """The order for people."""
        limit = f"{self.cloudstack_timeout_s} s" + ("" if self.known else " (its default; CloudStack was not asked)")
        if self.first == "pool_ha":
            return (
                f"pool HA fences a host {self.ha_timeout_s} s after its last heartbeat, before CloudStack's heartbeat "
                f"in dom0 does at {limit}. A storage gap that HA survives, because all hosts hear each other, still "
                "restarts every host at CloudStack's limit."
            )
        return (
            f"CloudStack's heartbeat in dom0 restarts a host that cannot write to primary storage for {limit}, before "
            f"pool HA with {self.ha_timeout_s} s does anything. Only storage gaps shorter than CloudStack's limit are "
            f"survived; to let HA decide, set xenserver.heartbeat.timeout above {self.ha_timeout_s + _WATCHDOG_S} and "
            "reconnect the hosts."
        )

    def as_dict(self) -> dict[str, t.Any]:
        """The order as playbooks see it."""
        return {
            "ha_timeout": self.ha_timeout_s,
            "cloudstack_timeout": self.cloudstack_timeout_s,
            "first": self.first,
            "text": self.text,
        }


def fences(ha_timeout_s: int, setting: str | None) -> Fences:
    """Both limits, as CloudStack's setting says when it could be read."""
    if setting is None or not setting.strip().isdecimal():
        return Fences(ha_timeout_s)
    return Fences(ha_timeout_s, int(setting), known=True)
