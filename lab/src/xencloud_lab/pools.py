# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pool as it physically is: its machines, and xhad between them.

What the pool believes about itself is in the database of whoever acts as its master.
"""

from __future__ import annotations

import typing as t

from .xapi.profiles import Profile
from .xapi.xhad import Xhad

if t.TYPE_CHECKING:
    from .machines import Machine
    from .world import World


class Pool:
    """One pool.

    :ivar cluster: the name of its CloudStack cluster; None when CloudStack does not know it.
    """

    def __init__(self, world: World, name: str, profile: Profile, password: str) -> None:
        self.world = world
        self.name = name
        self.profile = profile
        self.password = password
        self.cluster: str | None = None
        self.machines: list[Machine] = []
        self.xhad = Xhad(self)

    @classmethod
    def of_its_own(cls, machine: Machine) -> Pool:
        """The machine leaves its pool and is one of its own, called after it, with the same password."""
        world, old = machine.world, machine.toolstack.pool
        name = machine.name if machine.name not in world.pools else f"{machine.name}-{machine.uuid[:8]}"
        world.pools[name] = cls(world, name, old.profile, old.password)
        world.move(machine, name)
        return world.pools[name]

    def masters(self) -> list[Machine]:
        """Machines that act as master now; one, unless something is badly wrong."""
        return [m for m in self.machines if m.toolstack.serves_as_master]

    def master(self) -> Machine | None:
        """The machine that acts as master now."""
        return next(iter(self.masters()), None)

    def levels(self) -> dict[str, str]:
        """The software that runs, by machine."""
        return {machine.name: machine.software.level for machine in self.machines}
