# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets the ``ha_restart_priority`` of VMs, all of them or none.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool
from .._maintenance.kinds import VM_PROTECTION
from .._maintenance.protection import Change
from .._maintenance.waiter import NotYet
from .._xapi.errors import ConnectionLost, XapiError
from ._context import Context
from ._pool import Deadline

# What may have become of a VM meanwhile: it was destroyed, so nobody restarts it.
GONE = ("HANDLE_INVALID", "UUID_INVALID")


@dataclass
class Priorities:
    """The work: what cannot be finished is put back, because in a mixture some VMs have two captains."""

    context: Context
    pool: Pool
    done: list[Change] = field(default_factory=list)
    most: int | None = None

    def set(self, changes: t.Sequence[Change]) -> int | None:
        """Batch by batch, each noted in the run's record before it begins.

        :returns: for how many failures of hosts there is room then, as XAPI says while HA is on.
        """
        deadline, size = Deadline(self.context), self.context.params["batch"]
        batches = [changes[first : first + size] for first in range(0, len(changes), size)]
        try:
            for batch in batches:
                self.context.journal.note(VM_PROTECTION, _name(batch), {each.uuid: each.before for each in batch})
                self._set_batch(deadline, batch)
                self._report(len(changes))
        except MaintenanceError as error:
            raise self._put_back(error) from None
        self._verify(deadline)
        return self.most

    def _set_batch(self, deadline: Deadline, batch: t.Sequence[Change]) -> None:
        for change in batch:
            self._set_one(deadline, change, change.after)
            self.done.append(change)

    def _set_one(self, deadline: Deadline, change: Change, priority: str) -> None:
        """Setting it twice does no harm, so a lost answer is followed by the same call."""

        def attempt(_pool: Pool | None = None) -> bool:
            method = "VM.set_ha_restart_priority"
            try:
                self.context.xapi.call(method, change.ref, priority, about=change.name)
            except XapiError as error:
                if error.code not in GONE:
                    raise
            return True

        try:
            attempt()
        except ConnectionLost:
            deadline.wait_for_pool(f"{change.name}: setting its ha_restart_priority", attempt)

    def _report(self, number: int) -> None:
        kept = sum(1 for change in self.done if change.after)
        to_whom = f"{kept} to the pool's HA, {len(self.done) - kept} to CloudStack"
        self.context.report(f"{self.pool.label} {len(self.done)}/{number} VMs handed over: {to_whom}")

    def _put_back(self, error: MaintenanceError) -> MaintenanceError:
        deadline, left = Deadline(self.context), []
        for change in reversed(self.done):
            try:
                self._set_one(deadline, change, change.before)
            except MaintenanceError as trouble:
                left.append(f"{change.name} still has the priority {change.after!r} ({trouble.message.rstrip('.')})")
        what = f"Not put back: {'; '.join(left)}. Run this again." if left else "All priorities are as they were."
        return MaintenanceError(f"{error.message} {what}")

    def _verify(self, deadline: Deadline) -> None:
        wanted = {change.uuid: change for change in self.done}

        def judge(pool: Pool) -> bool | NotYet:
            present = [vm for vm in pool.vms if vm.uuid in wanted]
            wrong = [wanted[vm.uuid].name for vm in present if vm.ha_restart_priority != wanted[vm.uuid].after]
            return NotYet(f"another value on {', '.join(wrong)}") if wrong else self._figures_renewed()

        what, remedy = "reading the priorities back", "Look who else sets ha_restart_priority, then run this again."
        deadline.wait_for_pool(f"{self.pool.label}: {what}", judge, remedy)

    def _figures_renewed(self) -> bool:
        """Asked for the maximum, XAPI writes the pool's plan figures anew on the way (xapi.md 2.6)."""
        if self.pool.ha.enabled:
            method = "pool.ha_compute_max_host_failures_to_tolerate"
            self.most = int(self.context.xapi.call(method, about=self.pool.label))
        return True


def _name(batch: t.Sequence[Change]) -> str:
    """The batch as its entry in the run's record is called."""
    return batch[0].name if len(batch) == 1 else f"{len(batch)} VMs from {batch[0].name} to {batch[-1].name}"
