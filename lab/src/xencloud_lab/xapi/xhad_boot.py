# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that have started and are in no liveset yet (``xapi.md`` 2.4, joining).

They join a liveset that lives when they hear all of it. Without one, a group forms: at once when
everybody is there, else after the boot time-out when it is the largest partition.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ..machines import Machine
    from .xhad import Xhad

BOOT_JOIN_EXTRA_S = 60.0


class Gathering:
    """Who waits to join, and since when."""

    def __init__(self, xhad: Xhad) -> None:
        self._xhad = xhad
        self._since: dict[str, float] = {}

    def clear(self) -> None:
        """Nobody waits."""
        self._since = {}

    def forget(self, name: str) -> None:
        """This machine does not wait any more."""
        self._since.pop(name, None)

    def timed_out(self, name: str) -> bool:
        """Whether this daemon has waited as long as it may."""
        limit_s = self._xhad.timeout_s + BOOT_JOIN_EXTRA_S
        return name in self._since and self._xhad.now - self._since[name] >= limit_s

    def join(self, machine: Machine) -> bool:
        """A daemon that reaches the statefile tries to join; whether it has."""
        xhad, name = self._xhad, machine.name
        if name in xhad.daemons:
            return True
        self._since.setdefault(name, xhad.now)
        members = sorted(xhad.daemons & xhad.liveset)
        if members and all(machine.reaches(xhad.machine(member)) for member in members):
            self.forget(name)
            xhad.joined({name})
        elif not members:
            self._form(machine)
        return name in xhad.daemons

    def _form(self, machine: Machine) -> None:
        group = self._group(machine)
        complete = group == self._xhad.configured
        only_excluded = group <= self._xhad.excluded
        if complete or (self.timed_out(machine.name) and not only_excluded and self._is_largest(group)):
            for name in group:
                self.forget(name)
            self._xhad.start_again(group)

    def _group(self, machine: Machine) -> set[str]:
        """The waiting machines that this one hears."""
        return {name for name in self._since if machine.reaches(self._xhad.machine(name))}

    def _is_largest(self, group: set[str]) -> bool:
        """The largest partition of those who wait wins, then the lowest uuid."""
        groups = [self._group(self._xhad.machine(name)) for name in sorted(self._since, key=self._uuid)]
        return max(groups, key=len) == group

    def _uuid(self, name: str) -> str:
        return self._xhad.machine(name).uuid
