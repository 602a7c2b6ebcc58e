# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VM sync: instances that were moved, stopped or started behind CloudStack's back (``cloudstack.md`` 1.9)."""

from __future__ import annotations

import typing as t

from .agent import Report
from .journal import SYNC_ALERT
from .rows import Host, Instance
from .states import VmState

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class VmSync:
    """Compares what a host reports with the database."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server

    def reported(self, host: Host, report: Report) -> None:
        """A host has told which VMs it has."""
        for name, running in report.items():
            vm = self._server.tables.named(name)
            if vm is not None:
                vm.reported = self._server.now
                if not vm.busy:
                    self._seen(vm, host, running=running)
        for vm in self._server.tables.instances_on(host):
            if vm.name not in report and not vm.busy:
                self._missing(vm)

    def _seen(self, vm: Instance, host: Host, *, running: bool) -> None:
        if not running:
            self._powered_off(vm)
        elif vm.state is VmState.STOPPED:
            self._powered_on(vm, host)
        elif vm.host is not host or vm.state is not VmState.RUNNING:
            # No event, no alert, and capacity stays where it was (until the next count).
            self._server.instances.change(vm, VmState.RUNNING, host)

    def _powered_on(self, vm: Instance, host: Host) -> None:
        self._server.instances.change(vm, VmState.RUNNING, host)
        vm.last_host = host
        self._tell(vm, "VM.START", "Out of band VM power on")
        text = f"VM {vm.display_name}({vm.name}) state is sync-ed (Stopped -> Running) from out-of-context transition."
        self._server.journal.alert(self._server.now, SYNC_ALERT, f"{text} VM network environment may need to be reset")

    def _missing(self, vm: Instance) -> None:
        if self._server.now - max(vm.reported, vm.changed) > self._server.durations.missing:
            self._powered_off(vm)

    def _powered_off(self, vm: Instance) -> None:
        if vm.state not in (VmState.RUNNING, VmState.MIGRATING, VmState.STARTING, VmState.STOPPING):
            return
        restarts = self._server.profile.restarts_on_running_host
        if vm.ha and restarts and self._server.settings.flag("ha.vm.restart.hostup"):
            self._server.ha.restart(vm)
            return
        text = (
            f"VM {vm.display_name}({vm.name}) state is sync-ed ({vm.state} -> Stopped) from out-of-context transition."
        )
        vm.last_host = vm.host
        self._server.instances.change(vm, VmState.STOPPED, None)
        self._tell(vm, "VM.STOP", "Out of band VM power off")
        self._server.journal.alert(self._server.now, SYNC_ALERT, text)

    def _tell(self, vm: Instance, event: str, text: str) -> None:
        self._server.journal.event(self._server.now, event, text, about=vm)
