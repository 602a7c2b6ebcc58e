# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: what goes wrong in the world, at a time or at the n-th call that fits a pattern.

Every call, over the wire or from CloudStack to a pool, goes through ``Faults.around``.
"""

from __future__ import annotations

import typing as t
from fnmatch import fnmatchcase

from .fault_spec import ABOUT_A_CALL, CallPattern, FaultSpec
from .timeline import Action, Completion
from .xapi.errors import Unreachable, XapiError

if t.TYPE_CHECKING:
    from .machines import Machine
    from .world import World


class PendingFault:
    """A fault that waits for its call."""

    def __init__(self, spec: FaultSpec, pattern: CallPattern) -> None:
        self.spec = spec
        self.pattern = pattern
        self.seen = 0

    def fits(self, side: str, method: str, host: str) -> bool:
        """Count a call; whether the fault strikes at it."""
        wanted = self.pattern
        if side != wanted.side or not fnmatchcase(method, wanted.method) or not fnmatchcase(host, wanted.host):
            return False
        self.seen += 1
        return wanted.nth <= self.seen < wanted.nth + wanted.times

    @property
    def spent(self) -> bool:
        return self.seen >= self.pattern.nth + self.pattern.times - 1


class Faults:
    """All faults of a world, those to come and those that stay."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pending: list[PendingFault] = []
        self.struck: list[tuple[float, str]] = []

    def add(self, spec: FaultSpec) -> None:
        """Order a fault: at its call, in ``at_s`` seconds, or now.

        :raises ValueError: when it names a host that does not exist.
        """
        if spec.host is not None and spec.host not in self._world.machines:
            remedy = "Use the name of a host of the estate."
            raise ValueError(f"fault {spec.kind}: host {spec.host} does not exist. {remedy}")
        if spec.call is not None:
            self._pending.append(PendingFault(spec, spec.call))
        else:
            self._world.timeline.after(spec.at_s or 0, self._strike, spec, spec.host)

    # at a call ----------------------------------------------------------------------------

    def around(self, side: str, method: str, host: str, proceed: Action, *args: t.Any) -> t.Any:
        """``proceed(*args)``, with whatever goes wrong about this call.

        :raises XapiError: the fault (or the call itself) refuses.
        :raises Unreachable: the caller gets no answer.
        """
        fault = self._next(side, method, host)
        if fault is None:
            return proceed(*args)
        self._note(fault.spec, f"{method} on {host or side}")
        if fault.spec.kind not in ABOUT_A_CALL:
            return self._around_event(fault, host, proceed, args)
        return self._around_call(fault, proceed, args)

    def _next(self, side: str, method: str, host: str) -> PendingFault | None:
        struck = None
        for fault in self._pending:
            if fault.fits(side, method, host) and struck is None:
                struck = fault
        if struck is not None and struck.spent:
            self._pending.remove(struck)
        return struck

    def _around_event(self, fault: PendingFault, host: str, proceed: Action, args: tuple[t.Any, ...]) -> t.Any:
        target = fault.spec.host or host
        if fault.pattern.when == "before":
            self._do(fault.spec, target)
            return proceed(*args)
        value = proceed(*args)
        self._do(fault.spec, target)
        if fault.spec.kind in ("crash", "reset", "toolstack_stop") and target == host:
            raise Unreachable(f"{host} went away before it answered")
        return value

    def _around_call(self, fault: PendingFault, proceed: Action, args: tuple[t.Any, ...]) -> t.Any:
        spec, before = fault.spec, fault.pattern.when == "before"
        match spec.kind:
            case "refuse":
                raise XapiError(*spec.error)
            case "lose_reply":
                proceed(*args)
                raise Unreachable("the connection broke before the answer")
            case "hang":
                if not before:
                    proceed(*args)
                return Completion()
            case _:
                late = Completion()
                if before:
                    self._world.timeline.after(spec.seconds, self._proceed_late, late, proceed, args)
                else:
                    self._world.timeline.after(spec.seconds, self._hand_over, late, proceed(*args))
                return late

    def _proceed_late(self, late: Completion, proceed: Action, args: tuple[t.Any, ...]) -> None:
        try:
            value = proceed(*args)
        except (XapiError, Unreachable) as error:
            late.reject(error)
        else:
            self._hand_over(late, value)

    def _hand_over(self, late: Completion, value: t.Any) -> None:
        if isinstance(value, Completion):
            value.then(self._settle, late)
        else:
            late.resolve(value)

    def _settle(self, late: Completion, ended: Completion) -> None:
        if ended.error is not None:
            late.reject(ended.error)
        else:
            late.resolve(ended.value)

    # at a time ----------------------------------------------------------------------------

    def _strike(self, spec: FaultSpec, host: str | None) -> None:
        self._note(spec, spec.vm or host or "")
        self._do(spec, host)

    def _note(self, spec: FaultSpec, where: str) -> None:
        self.struck.append((self._world.timeline.now, f"{spec.kind}: {where}"))

    def _do(self, spec: FaultSpec, host: str | None) -> None:
        if spec.kind == "vm_never_migrates":
            self._pin(spec.vm or "")
        elif spec.kind == "cloudstack_restart":
            if self._world.cloudstack is not None:
                self._world.cloudstack.restart()
        else:
            self._do_to_host(spec, host or "")

    def _do_to_host(self, spec: FaultSpec, host: str) -> None:
        machine = self._world.machines[host]
        match spec.kind:
            case "crash":
                machine.power_cut()
            case "reset":
                machine.reset()
            case "power_on":
                machine.never_boots = False
                machine.boot()
            case "toolstack_stop":
                machine.toolstack.killed()
            case "toolstack_start":
                machine.toolstack.start()
            case "storage_cut" | "storage_back":
                self._cable(spec.sr or "", host, cut=spec.kind == "storage_cut")
            case "expire_sessions":
                _expire_sessions(machine)
            case "host_never_boots":
                machine.never_boots = True

    def _pin(self, vm: str) -> None:
        """The guest's memory changes faster than any network: its migrations never end."""
        for machine in self._world.machines.values():
            for domain in machine.domains.values():
                if vm in (domain.name, domain.vm_uuid):
                    domain.never_migrates = True

    def _cable(self, sr: str, host: str, *, cut: bool) -> None:
        for storage in self._world.storage.values():
            if storage.name == sr and host in storage.machines:
                (storage.cut.add if cut else storage.cut.discard)(host)


def _expire_sessions(machine: Machine) -> None:
    toolstack = machine.toolstack
    toolstack.local_sessions.clear()
    if toolstack.serves_as_master and toolstack.db is not None:
        for ref in list(toolstack.db.rows("session")):
            toolstack.db.destroy("session", ref)
