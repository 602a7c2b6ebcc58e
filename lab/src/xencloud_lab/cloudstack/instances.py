# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances: one place where their state is written, and the operations on them."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from .journal import migration_alert, place
from .operations import Migrate, Start, Stop
from .rebooting import Reboot
from .replacing import Replace, Restart
from .rows import Host, Instance
from .states import VmState

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class Instances:
    """Begins operations, and writes what becomes of them."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server

    def change(self, vm: Instance, state: VmState, host: Host | None) -> None:
        """Write state and host; HA sees by the count that something changed."""
        if (vm.state, vm.host) == (state, host):
            return
        self._server.tables.put(vm, state, host)
        vm.updates += 1
        vm.changed = self._server.now

    def migrate(self, vm: Instance, target: Host) -> Completion:
        """Move it to this host, with nothing checked."""
        return Migrate(self._server, vm, target).begin()

    def stop(self, vm: Instance, *, forced: bool) -> Completion:
        return Stop(self._server, vm, forced=forced).begin()

    def start(self, vm: Instance, target: Host | None = None) -> Completion:
        return Start(self._server, vm, target).begin()

    def reboot(self, vm: Instance) -> Completion:
        return Reboot(self._server, vm).begin()

    def restart(self, vm: Instance) -> Completion:
        """Stop it, then start it where the planner wants it."""
        return Restart(self._server, vm).begin()

    def destroy(self, vm: Instance) -> Completion:
        """Stop it for good; what CloudStack cannot do without is made anew."""
        return Replace(self._server, vm).begin()

    def write_off(self, vms: list[Instance]) -> None:
        """Stopped in the database, whatever they really do: their host is gone."""
        for vm in vms:
            if vm.host is not None:
                self._server.capacity.release(vm.host, vm)
            vm.busy = False
            self.change(vm, VmState.STOPPED, None)

    def note_failed_migration(self, vm: Instance, source: Host, target: Host) -> None:
        """The alert about a migration that did not work."""
        text = f"Unable to migrate vm {vm.display_name} from host {place(source)} to host {target.name}"
        self._server.journal.alert(self._server.now, migration_alert(vm), text)

    def release_all(self) -> None:
        """The server process ends: nobody holds an instance any more."""
        for vm in self._server.tables.instances:
            vm.busy = False
