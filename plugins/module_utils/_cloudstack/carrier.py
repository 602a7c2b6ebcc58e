# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack as a carrier of VMs (cloudstack.md 2.13): always an explicit host, a failure leaves the VM running.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._maintenance.cluster import Instance, Kind
from .._maintenance.errors import MaintenanceError
from .._maintenance.moves import Ended, InFlight, Move, Whereabouts
from . import records
from .client import CloudStackClient, Record
from .errors import Busy, CloudStackError, OutcomeUnknown, Unreachable

# Routers and internal load balancers, too, are moved by migrateSystemVm.
_MIGRATE: dict[Kind, str] = {"user": "migrateVirtualMachine", "router": "migrateSystemVm", "system": "migrateSystemVm"}
_LISTS: dict[Kind, tuple[tuple[str, str], ...]] = {
    "user": (("listVirtualMachines", "virtualmachine"),),
    "router": (("listRouters", "router"), ("listInternalLoadBalancerVMs", "internalloadbalancervm")),
    "system": (("listSystemVms", "systemvm"),),
}


class CloudStackCarrier:
    """Moves VMs by CloudStack; a ticket is the id of a job, or None when the answer to its start was lost."""

    def __init__(self, client: CloudStackClient, kinds: t.Mapping[str, Kind]) -> None:
        self._client = client
        self._kinds = kinds

    def start(self, move: Move) -> str | None:
        """Begin a migration."""
        command = _MIGRATE[self._kinds[move.vm]]
        try:
            return self._client.submit(command, virtualmachineid=move.vm, hostid=move.target)
        except CloudStackError as error:
            raise MaintenanceError(f"{error.text} ({error.code})") from None
        except Busy:
            raise
        except OutcomeUnknown:
            return None

    def poll(self, move: Move, ticket: str | None) -> InFlight | Ended:
        """Look at the job; where the answer was lost, the place of the VM has to tell."""
        if ticket is None:
            return Ended("CloudStack did not answer the request")
        try:
            answer = self._client.look_at(ticket)
        except CloudStackError as error:
            return Ended(f"{error.text} ({error.code})")
        match answer.status:
            case "pending":
                return InFlight()
            case "done":
                return Ended()
            case _:
                return Ended(answer.text)

    def locate(self, moves: t.Sequence[Move]) -> dict[str, Whereabouts]:
        """Where the VMs are; one that cannot be asked for now is left out."""
        found = {}
        for move in moves:
            try:
                place = _place(self._find(move.vm))
            except (OutcomeUnknown, Unreachable):
                continue
            found[move.vm] = place
        return found

    def _find(self, vm: str) -> Instance | None:
        kind = self._kinds[vm]
        for command, key in _LISTS[kind]:
            for scope in ({"listall": True}, {"listall": True, "projectid": "-1"}):
                rows = self._client.list(command, key, id=vm, **({} if kind == "system" else scope))
                if rows:
                    return _instance(kind, rows[0])
        return None


def _instance(kind: Kind, row: Record) -> Instance:
    match kind:
        case "user":
            return records.user_vm(row)
        case "router":
            return records.router(row, {})
        case "system":
            return records.system_vm(row, {})


def _place(instance: Instance | None) -> Whereabouts:
    """While a VM migrates, CloudStack already names its destination as its host (cloudstack.md 2.12)."""
    if instance is None:
        return Whereabouts(None, True, "gone")
    return Whereabouts(instance.host, not instance.in_transition, instance.state)
