# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What async jobs leave in the list of events: Scheduled (or Created), Started, Completed (``cloudstack.md`` 4.6)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .rows import EventRow, Instance, Row

if t.TYPE_CHECKING:
    from .manager import ManagementServer

_EVENTS: dict[str, tuple[str, str]] = {
    "prepareHostForMaintenance": ("MAINT.PREPARE", "preparing host for maintenance"),
    "cancelHostMaintenance": ("MAINT.CANCEL", "canceling maintenance for host"),
    "reconnectHost": ("HOST.RECONNECT", "reconnecting host"),
    **dict.fromkeys(
        ("migrateVirtualMachine", "migrateVirtualMachineWithVolume", "migrateSystemVm"), ("VM.MIGRATE", "migrating VM")
    ),
    "deployVirtualMachine": ("VM.CREATE", "starting Vm"),
    "startVirtualMachine": ("VM.START", "starting Vm"),
    "stopVirtualMachine": ("VM.STOP", "stopping Vm"),
    "rebootVirtualMachine": ("VM.REBOOT", "rebooting Vm"),
    "destroyVirtualMachine": ("VM.DESTROY", "destroying Vm"),
    "startRouter": ("ROUTER.START", "starting router Vm"),
    "stopRouter": ("ROUTER.STOP", "stopping router Vm"),
    "rebootRouter": ("ROUTER.REBOOT", "rebooting router Vm"),
    "destroyRouter": ("ROUTER.DESTROY", "destroying router"),
    "startSystemVm": ("SSVM.START", "starting system Vm"),
    "stopSystemVm": ("SSVM.STOP", "stopping system Vm"),
    "rebootSystemVm": ("SSVM.REBOOT", "rebooting system Vm"),
    "destroySystemVm": ("SSVM.DESTROY", "destroying system Vm"),
    "startInternalLoadBalancerVM": ("INTERNALLBVM.START", "starting internal LB Vm"),
    "stopInternalLoadBalancerVM": ("INTERNALLBVM.STOP", "stopping internal LB Vm"),
    "createAffinityGroup": ("AG.CREATE", "creating affinity group"),
    "deleteAffinityGroup": ("AG.DELETE", "deleting affinity group"),
    "restartNetwork": ("NETWORK.RESTART", "restarting network"),
    "restartVPC": ("VPC.RESTART", "restarting vpc"),
}
_TELL_THEMSELVES = frozenset({"MAINT.PREPARE"})
"""Their start and end are told when they come, which is not when the job runs."""


@dataclass(slots=True, eq=False)
class JobEvents:
    """The events of one job."""

    server: ManagementServer
    type: str
    words: str
    about: Row | None
    first: EventRow | None = None

    def submitted(self, *, created: bool) -> None:
        """The job is in the list; what a command creates exists by now."""
        if created:
            self._tell(f"Successfully created entity for {self.words}", "Created")
        self.first = self._tell(f"Scheduled async job for {self.words}", "Scheduled")

    def started(self) -> None:
        if self.type not in _TELL_THEMSELVES:
            self._tell(self.words, "Started")

    def ended(self, *, well: bool) -> None:
        if self.type in _TELL_THEMSELVES:
            return
        text = "Successfully completed" if well else "Error while"
        self._tell(f"{text} {self.words}", "Completed", "INFO" if well else "ERROR")

    def _tell(self, text: str, state: str, level: str = "INFO") -> EventRow:
        journal, now = self.server.journal, self.server.now
        return journal.event(now, self.type, text, state=state, level=level, about=self.about, start=self.first)


def events_of(server: ManagementServer, command: str, about: Row | None) -> JobEvents | None:
    """The events of a job of this command, None for one that leaves none."""
    if command not in _EVENTS:
        return None
    kind, words = _EVENTS[command]
    if isinstance(about, Instance) and about.kind == "console_proxy":
        kind = kind.replace("SSVM.", "PROXY.")
    shown = about.display_name if isinstance(about, Instance) else about.name if about else ""
    return JobEvents(server, kind, f"{words}: {shown}" if shown else words, about)
