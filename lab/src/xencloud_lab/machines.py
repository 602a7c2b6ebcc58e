# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Machines: the physical servers, and the guests that run on them."""

from __future__ import annotations

import typing as t

from .domains import Domain
from .power import Power
from .software import Software
from .xapi.toolstack import Toolstack

if t.TYPE_CHECKING:
    from .world import World
    from .xapi.migration import Migration


class Machine:
    """One server.

    :ivar never_boots: a fault: it stays dark after a power off or a reboot.
    :ivar migrations: live migrations away from here, running and waiting, in order.
    :ivar clock_ahead_s: how much later its own clock is than the world's.
    """

    def __init__(self, world: World, name: str, address: str, uuid: str, software: Software) -> None:
        self.world = world
        self.name = name
        self.address = address
        self.uuid = uuid
        self.software = software
        self.memory_mib = 0
        self.dom0_mib = 0
        self.cpus = 1
        self._power = Power.OFF
        self._connected = True
        self._reachable = True
        self.never_boots = False
        self.boot_time = 0.0
        self.clock_ahead_s = 0.0
        self.domains: dict[str, Domain] = {}
        self.migrations: list[Migration] = []
        self.toolstack = Toolstack(self)

    @property
    def power(self) -> Power:
        """The state of its power."""
        return self._power

    @power.setter
    def power(self, value: Power) -> None:
        self._power = value
        self.world.presence += 1

    @property
    def connected(self) -> bool:
        """Whether its management network cable is in."""
        return self._connected

    @connected.setter
    def connected(self, value: bool) -> None:
        self._connected = value
        self.world.presence += 1
        self.toolstack.pool.xhad.look()

    @property
    def reachable(self) -> bool:
        """Whether those who are neither in the pool nor CloudStack have a way to it."""
        return self._reachable

    @reachable.setter
    def reachable(self, value: bool) -> None:
        self._reachable = value
        self.world.presence += 1

    def reaches(self, other: Machine) -> bool:
        """Whether packets get from here to there over the management network; to itself always."""
        both = self.powered and other.powered and self._connected and other.connected
        return self is other or both

    def answers(self) -> bool:
        """Whether a connection to its API gets through."""
        return self.powered and self.connected and self.toolstack.running

    @property
    def powered(self) -> bool:
        """Whether an operating system runs, if only on its way down."""
        return self.power in (Power.ON, Power.STOPPING)

    # power --------------------------------------------------------------------------------

    def power_cut(self) -> None:
        """The plug is pulled; guests die with their host."""
        if self.power is Power.OFF:
            return
        self.power = Power.OFF
        self.world.book.machine_power_cut(self.name)
        for uuid in list(self.domains):
            self.lose_domain(uuid, "power cut")
        migrations, self.migrations = self.migrations, []
        for migration in migrations:
            migration.source_died()
        self.toolstack.killed()
        self.world.machine_stopped(self, cleanly=False)

    def boot(self) -> None:
        """Press the button; nothing happens when it runs, or when it is dead for good."""
        if self.power is Power.OFF and not self.never_boots:
            self.power = Power.BOOTING
            self.world.timeline.after(self.world.durations.boot, self._booted)

    def reset(self) -> None:
        """A power cut and a boot, as a watchdog or a power switch does it."""
        self.power_cut()
        self.boot()

    def shut_down(self, *, then_boot: bool) -> None:
        """The operating system goes down after the toolstack has cleaned up; see ``xapi/poweroff.py``."""
        self.power = Power.STOPPING
        self.world.timeline.after(self.world.durations.os_shutdown, self._halted, then_boot)

    def _halted(self, then_boot: bool) -> None:
        if self.power is not Power.STOPPING:
            return
        self.power = Power.OFF
        for uuid in list(self.domains):
            self.lose_domain(uuid, "host went down")
        self.toolstack.stop()
        self.world.book.machine_off(self.name)
        self.world.machine_stopped(self, cleanly=True)
        if then_boot:
            self.boot()

    def _booted(self) -> None:
        if self.power is not Power.BOOTING:
            return
        self.power = Power.ON
        self.boot_time = self.world.timeline.now
        self.software.booted()
        self.world.book.machine_booted(self.name)
        self.toolstack.machine_booted()

    # guests -------------------------------------------------------------------------------

    def start_domain(self, vm_uuid: str, name: str, memory_mib: int) -> Domain:
        """A guest begins to run here."""
        domain = Domain(vm_uuid, name, memory_mib, self.name, self.world.timeline.now)
        self.domains[vm_uuid] = domain
        self.world.book.domain_started(vm_uuid, name, self.name)
        return domain

    def stop_domain(self, vm_uuid: str, why: str) -> None:
        """A guest ends because somebody wanted it."""
        if self.domains.pop(vm_uuid, None) is not None:
            self.world.book.domain_stopped(vm_uuid, self.name, why)

    def lose_domain(self, vm_uuid: str, why: str) -> None:
        """A guest dies."""
        if self.domains.pop(vm_uuid, None) is not None:
            self.world.book.domain_lost(vm_uuid, self.name, why)

    def hand_over(self, vm_uuid: str, target: Machine) -> None:
        """The end of a live migration: the same guest, elsewhere."""
        domain = self.domains.pop(vm_uuid)
        domain.machine = target.name
        target.domains[vm_uuid] = domain
        self.world.book.domain_migrated(vm_uuid, self.name, target.name, domain.memory_mib)
