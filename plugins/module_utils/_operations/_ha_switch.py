# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that switch pool HA, each read back on every host.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Pool, Sr
from .._maintenance.ha import PIN_KEY, DesiredHa, HaSteps, ha_before, unsettled, unverified
from .._maintenance.waiter import NotYet
from ._context import Context
from ._other_config import set_key
from ._pool import Deadline

_LOOK = "Look for a host that does not answer, then run this again."


@dataclass
class HaSwitch:
    """One pool whose HA is switched, as it was before."""

    context: Context
    deadline: Deadline
    pool: Pool

    def carry_out(self, desired: DesiredHa, steps: HaSteps) -> None:
        """Off, on, and what is beside it; then everything is read back."""
        if steps.disable:
            self._disable()
        if steps.enable and desired.sr is not None:
            self._enable(desired, desired.sr)
        if steps.tolerate is not None:
            self._tolerate(steps.tolerate)
        if steps.pin is not None:
            set_key(self.context, self.deadline, self.pool, PIN_KEY, steps.pin)
        self._verify(f"{self.pool.label}: reading HA back", lambda pool: unsettled(pool.ha, steps))

    def _disable(self) -> None:
        what = f"{self.pool.label}: switching HA off"
        # A member that does not answer makes xapi retry for ever, and ha_enabled tells the truth (xapi.md 2.7).
        self.deadline.insist(
            what,
            lambda: self._task("pool.disable_ha", what),
            lambda seen: not seen.ha.enabled or still_switching(seen) is not None,
            ("HA_NOT_ENABLED", "HA_DISABLE_IN_PROGRESS"),
        )
        self._verify(what, lambda pool: unverified(pool, DesiredHa(enabled=False)))
        # From here the copies are all that outlives the master, and they are from before the run (xapi.md 3.1, 3.3).
        self.context.journal.sync()
        self.context.report(f"{self.pool.label} HA is off")

    def _enable(self, desired: DesiredHa, sr: Sr) -> None:
        what = f"{self.pool.label}: switching HA on"
        arguments = ([sr.ref], dict(desired.configuration or {}))
        try:
            self.deadline.insist(
                what,
                lambda: self._task("pool.enable_ha", what, *arguments),
                lambda seen: seen.ha.enabled or still_switching(seen) is not None,
                ("HA_IS_ENABLED", "HA_ENABLE_IN_PROGRESS"),
            )
            self._verify(what, lambda pool: unverified(pool, desired))
        except MaintenanceError as error:
            raise self._with_way_back(error) from None
        timeout = (desired.configuration or {}).get("timeout", "XAPI's own")
        self.context.report(f"{self.pool.label} HA is on, heartbeat on {sr.name}, timeout {timeout} s")

    def _tolerate(self, number: int) -> None:
        method = "pool.set_ha_host_failures_to_tolerate"
        self.deadline.insist(
            f"{self.pool.label}: setting the failures to tolerate",
            lambda: self.context.xapi.call(method, self.pool.ref, str(number), about=self.pool.label),
            lambda seen: seen.ha.host_failures_to_tolerate == number,
            (),
        )
        self.context.report(f"{self.pool.label} HA is to tolerate {number} host failures")

    def _task(self, method: str, what: str, *arguments: t.Any) -> None:
        waiter = self.deadline.waiter()
        self.context.xapi.task(method, *arguments, waiter=waiter, what=what, about=self.pool.label)

    def _with_way_back(self, error: MaintenanceError) -> MaintenanceError:
        if not self.pool.ha.enabled:
            return error
        return MaintenanceError(
            f"{error.message} HA was on before and may be off now; pass ha_before as restore once the cause is gone.",
            ha_before=ha_before(self.pool.ha),
        )

    def _verify(self, what: str, wrong: t.Callable[[Pool], str | None]) -> None:
        def judge(pool: Pool) -> bool | NotYet:
            found = wrong(pool) or still_switching(pool)
            return NotYet(found) if found else True

        self.deadline.wait_for_pool(what, judge, _LOOK)


def still_switching(pool: Pool) -> str | None:
    """What HA operation the pool is busy with."""
    running = [operation for operation in pool.current_operations.values() if operation.startswith("ha_")]
    return f"the pool is busy with {running[0]}" if running else None
