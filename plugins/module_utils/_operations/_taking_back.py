# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking back what a run left changed: the order that a pool can bear, and how each kind of entry is taken back.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .._cloudstack.picture import read_hosts
from .._maintenance.errors import MaintenanceError
from .._maintenance.estate import Host, Pool
from .._maintenance.ha import left_on
from .._maintenance.joining import member_of_nobody
from .._maintenance.kinds import (
    CLUSTER_MANAGED,
    HA_LEFT_ON,
    HOST_IN_SERVICE,
    HOST_JOINING,
    HOST_LEAVING,
    OF_A_HOST,
    POOL_HA,
    RESTORED,
    SETTLED,
    STAYS,
    VM_CAPTAIN,
    VM_PROTECTION,
    service_of,
)
from .._maintenance.record import UndoEntry
from .._xapi.apart import stands_apart
from .._xapi.login import Credentials, beside
from .._xapi.picture import look_again, read_pool
from . import (
    _settling,
    cloudstack_cluster,
    cloudstack_host,
    cloudstack_host_maintenance,
    xapi_host,
    xapi_pool_ha,
    xapi_pool_member,
    xapi_vm_protection,
)
from ._context import Context, Operation
from ._limbo import in_limbo


@dataclass
class TakingBack:
    """The work: each entry is done, with the words for how it ended, or left with the reason why."""

    context: Context
    pool_is_gone: str = ""
    done: dict[str, UndoEntry] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    left: list[dict[str, t.Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _seen: Pool | None = None

    def take_back(self, entries: t.Sequence[UndoEntry]) -> None:
        """Hosts enabled, then CloudStack looks again, then its maintenance ends, HA last (xapi.md 14, rule 7)."""
        for entry in _of(entries, HOST_JOINING):
            self._settle(entry)
        for entry in _of(entries, HOST_LEAVING):
            self._finish_leaving(entry)
        hosts = [entry for entry in _of(entries, HOST_IN_SERVICE) if not self._settled(entry)]
        enabled = [entry for entry in hosts if self._enable(entry)]
        for entry in _of(entries, CLUSTER_MANAGED):
            self._step(entry, cloudstack_cluster, cluster=entry.object, managed_state="managed", wait_for_up=False)
            self._finish(entry)
        for entry in enabled:
            self._end_maintenance(entry)
            self._finish(entry)
        for entry in reversed(_of(entries, VM_PROTECTION)):
            self._on_pool(entry, xapi_vm_protection, restore=entry.before)
            self._finish(entry)
        for entry in _of(entries, VM_CAPTAIN):
            self._decide_as_before(entry)
            self._finish(entry)
        if not self.pool_is_gone:
            _settling.plug_again(self.context)
        for entry in _of(entries, POOL_HA):
            if self._too_few_for_ha(entries):
                self._leave_ha_off(entry)
                continue
            self._on_pool(entry, xapi_pool_ha, restore=entry.before)
            self._finish(entry)

    def ending(self, entry: UndoEntry) -> UndoEntry:
        """The entry with the words for how it ends: what somebody else wants otherwise stays otherwise."""
        if entry.kind == HOST_IN_SERVICE:
            return replace(entry, kind=service_of(entry.before).kind)
        if entry.kind == POOL_HA and not self.pool_is_gone:
            pool = look_again(self.context.xapi)
            text = left_on(pool, entry.before) if isinstance(pool, Pool) else ""
            if text:
                self.warnings.append(text)
                return replace(entry, kind=HA_LEFT_ON)
        return entry

    def _too_few_for_ha(self, entries: t.Sequence[UndoEntry]) -> bool:
        """A host has left that was the last one too many: who removed it was told that HA stays off then."""
        leavers = [entry for entry in _of(entries, HOST_LEAVING) if _noted(entry).get("ends_pool_ha")]
        return not self.pool_is_gone and any(self._has_left(entry) for entry in leavers)

    def _leave_ha_off(self, entry: UndoEntry) -> None:
        self.warnings.append(
            f"{entry.ended(STAYS)}, because too few hosts are left for it. "
            "The role pool_ha switches it on with pool_ha_allow_small_pool, or after hosts were added."
        )
        self._finish(entry, STAYS)

    def _decide_as_before(self, entry: UndoEntry) -> bool:
        if self.pool_is_gone:
            return self._leave(entry, self.pool_is_gone)
        return self._tried(entry, lambda: xapi_vm_protection.declare(self.context, self._pool, str(entry.before)))

    def told(self) -> list[str]:
        """How each change ended."""
        return [entry.ended(self.outcomes[key]) for key, entry in self.done.items()]

    def hindering(self, leaving: t.Collection[str]) -> list[dict[str, t.Any]]:
        """What is left but for hosts that are to be removed: a dead one can never be in service again."""
        if not (self.left and leaving):
            return self.left
        going = {*leaving, *(host.address for host in self._pool.hosts if host.uuid in leaving)}
        return [
            each for each in self.left if each["kind"] not in OF_A_HOST or not {each["object"], each["name"]} & going
        ]

    def gone(self, entries: t.Sequence[UndoEntry]) -> list[str]:
        """Names and addresses of the hosts that an earlier run has brought out of the pool."""
        left = [entry for entry in _of(entries, HOST_LEAVING) if self._has_left(entry)]
        return sorted({name for entry in left for name in (entry.object, entry.name)})

    def _settle(self, entry: UndoEntry) -> None:
        """A host that has joined stays: ejecting it would wipe it. It only must not stand in the way of HA."""
        if self.pool_is_gone or not self._has_left(entry):
            self._on_pool(entry, _settling, host=entry.object, since=_noted(entry).get("since", 0.0))
        elif in_limbo(self.context, self._door(entry), Credentials.from_params(self.context.params), self._pool):
            # Nothing that the pool could do; but whoever takes back has to know of it.
            self.warnings.append(member_of_nobody(entry.name).sentence)
        self._finish(entry)

    def _door(self, entry: UndoEntry) -> str:
        return beside(entry.object, self.context.xapi.address)

    def _finish_leaving(self, entry: UndoEntry) -> None:
        """A host that has left cannot be taken back: what was begun is finished. One that has not is a member."""
        outcome = RESTORED
        if self.pool_is_gone:
            self._leave(entry, self.pool_is_gone)
        elif self._has_left(entry) or self._forget_ejected(entry):
            outcome = SETTLED
            self._step(
                entry,
                cloudstack_host,
                host=entry.object,
                cluster=_noted(entry).get("cluster"),
                state="absent",
                forced=bool(_noted(entry).get("forgotten")),
            )
        self._finish(entry, outcome)

    def _forget_ejected(self, entry: UndoEntry) -> bool:
        """A master that lost power may list a host that it has ejected; only then is there anything to forget."""
        host = self._member(entry)
        if host is None or not stands_apart(self.context.xapi, self._pool, host):
            return False
        forgotten = self._step(entry, xapi_pool_member, hosts=[host.uuid], state="forgotten")
        self._seen = None
        return forgotten

    def _settled(self, entry: UndoEntry) -> bool:
        """A host that the pool has no more will not be in service again."""
        if self.pool_is_gone or not (self._has_left(entry) or self._ejected_for_good(entry)):
            return False
        self._finish(entry, SETTLED)
        return True

    def _ejected_for_good(self, entry: UndoEntry) -> bool:
        """Neither this pool's nor CloudStack's any more, whatever the pool's list still says; remove_host clears it."""
        host = self._member(entry)
        if host is None or (host.live and host.enabled) or not stands_apart(self.context.xapi, self._pool, host):
            return False
        try:
            return all(each.ip_address != host.address for each in read_hosts(self.context.cloudstack))
        except MaintenanceError:
            return False

    def _has_left(self, entry: UndoEntry) -> bool:
        return self._member(entry) is None

    def _member(self, entry: UndoEntry) -> Host | None:
        return next((host for host in self._pool.hosts if host.address == entry.object), None)

    @property
    def _pool(self) -> Pool:
        if self._seen is None:
            self._seen = read_pool(self.context.xapi)
        return self._seen

    def _enable(self, entry: UndoEntry) -> bool:
        if not service_of(entry.before).enabled:
            return True
        return self._on_pool(entry, xapi_host, host=entry.object, state="enabled")

    def _end_maintenance(self, entry: UndoEntry) -> None:
        before = service_of(entry.before)
        if before.in_cloudstack:
            # A host that stays disabled in XAPI is not Up for CloudStack (xapi.md 5.9).
            options = {"host": entry.object, "state": "enabled", "wait_for_up": before.enabled}
            self._step(entry, cloudstack_host_maintenance, **options)

    def _on_pool(self, entry: UndoEntry, operation: Operation, **options: t.Any) -> bool:
        if self.pool_is_gone:
            return self._leave(entry, self.pool_is_gone)
        return self._step(entry, operation, **options)

    def _step(self, entry: UndoEntry, operation: Operation, **options: t.Any) -> bool:
        return self._tried(entry, lambda: operation.run(self.context.using(operation.SPEC, **options)))

    def _tried(self, entry: UndoEntry, act: t.Callable[[], object]) -> bool:
        try:
            act()
        except MaintenanceError as error:
            return self._leave(entry, error.message)
        return True

    def _leave(self, entry: UndoEntry, why: str) -> bool:
        text = f"{entry.still}: {why}"
        self.left.append({"kind": entry.kind, "object": entry.object, "name": entry.name, "text": text})
        self.context.report(f"{entry.name}: not taken back: {text}")
        return False

    def _finish(self, entry: UndoEntry, outcome: str = RESTORED) -> None:
        if not any((each["kind"], each["object"]) == (entry.kind, entry.object) for each in self.left):
            self.done[entry.key] = self.ending(entry) if outcome == RESTORED else entry
            self.outcomes[entry.key] = outcome
            how = "taken back" if outcome == RESTORED else "ended"
            self.context.report(f"{entry.name}: {how}: {self.done[entry.key].ended(outcome)}")


def _noted(entry: UndoEntry) -> dict[str, t.Any]:
    """What was noted beside the name, where that is more than a word."""
    return entry.before if isinstance(entry.before, dict) else {}


def _of(entries: t.Sequence[UndoEntry], kind: str) -> list[UndoEntry]:
    return [entry for entry in entries if entry.kind == kind]
