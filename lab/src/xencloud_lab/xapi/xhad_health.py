# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xhad's eye on xapi: one restart a day, then the machine is fenced (``xapi.md`` 2.3, 2.4)."""

from __future__ import annotations

import typing as t

from ..power import Power

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .xhad import Xhad


class XapiHealth:
    """The xapi monitors of a pool's daemons.

    :ivar restarted: when each machine's daemon last restarted its xapi.
    """

    def __init__(self, xhad: Xhad) -> None:
        self._xhad = xhad
        self.restarted: dict[str, float] = {}

    def toolstack_stopped(self, machine: Machine) -> None:
        """From now on the health check fails; the daemon acts when it has failed for long enough."""
        if self._watches(machine):
            limit_s = machine.world.durations.ha_health_timeout
            machine.world.timeline.after(limit_s, self._still_down, machine, machine.toolstack.down_since)

    def _watches(self, machine: Machine) -> bool:
        return self._xhad.active and machine.name in self._xhad.daemons and machine.power is Power.ON

    def _still_down(self, machine: Machine, since: float) -> None:
        toolstack, now = machine.toolstack, self._xhad.now
        if not self._watches(machine) or toolstack.running or toolstack.down_since != since:
            return
        durations, last = machine.world.durations, self.restarted.get(machine.name)
        if last is not None and now - last < durations.ha_restart_budget_day:
            self._xhad.fence(machine, "xapi does not answer")
            return
        self.restarted[machine.name] = now
        toolstack.start()
        machine.world.timeline.after(durations.ha_xapi_restart_timeout, self._still_down, machine, since)
