# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start, stop and migrate one instance: state in the database, commands to the agents, and the end.

Each is an object of the world; a step that takes time calls the next one as a bound method. A
restart of the management server orphans what is under way: XAPI goes on, nobody here listens
(``cloudstack.md`` 4.6).
"""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from ..xapi.errors import XapiError
from . import agent, records
from .errors import AgentUnavailable, NoCapacity, OperationFailed
from .rows import Host, Instance
from .states import Resource, VmState
from .xen import FAILURES, Record, Session

if t.TYPE_CHECKING:
    from .manager import ManagementServer


def when(outcome: t.Any, action: t.Callable[..., t.Any], *args: t.Any) -> None:
    """``action(*args, completion)`` once a value is there, which may be now."""
    if not isinstance(outcome, Completion):
        value, outcome = outcome, Completion()
        outcome.resolve(value)
    outcome.then(action, *args)


class Operation:
    """One operation on one instance, from ``begin`` to ``completion``."""

    def __init__(self, server: ManagementServer, vm: Instance) -> None:
        self.server = server
        self.vm = vm
        self.completion = Completion()
        self._epoch = server.epoch

    @property
    def orphaned(self) -> bool:
        """Whether the server that began this is gone."""
        return self._epoch != self.server.epoch

    def enter(self, state: VmState, host: Host | None) -> None:
        """Write state and host."""
        self.vm.busy = True
        self.server.instances.change(self.vm, state, host)

    def end(self, state: VmState, host: Host | None) -> None:
        """Write the last state, and tell who waits that it went well."""
        self.server.instances.change(self.vm, state, host)
        self.vm.busy = False
        self.completion.resolve(self.vm)

    def fail(self, state: VmState, host: Host | None, error: Exception) -> None:
        """Write the last state, and tell who waits what went wrong."""
        self.server.instances.change(self.vm, state, host)
        self.vm.busy = False
        self.completion.reject(error)


class Migrate(Operation):
    """A live migration inside the cluster (``cloudstack.md`` 3.1 step 4, 1.8)."""

    def __init__(self, server: ManagementServer, vm: Instance, target: Host) -> None:
        super().__init__(server, vm)
        self.source = t.cast(Host, vm.host)
        self.target = target
        self._session: Session | None = None
        self._task = ""
        self._deadline = 0.0

    def begin(self) -> Completion:
        """PrepareForMigration on the target, then MigrateCommand on the source."""
        try:
            self.server.hosts.reach(self.target)
            if self.target.resource is Resource.MAINTENANCE:
                raise AgentUnavailable(f"Host {self.target.id} is in maintenance and takes no such command")
            self.server.hosts.reach(self.source)
        except AgentUnavailable as error:
            self.completion.reject(error)
            return self.completion
        self.vm.last_host = self.source
        self.enter(VmState.MIGRATING, self.target)
        self.server.capacity.charge(self.target, self.vm)
        self._send()
        return self.completion

    def _send(self) -> None:
        try:
            pool = self.server.hosts.reach(self.source)[0]
            self._session = pool
            found = agent.running_vm(pool, self.vm.name)
            if found is None:
                raise OperationFailed(f"Unable to find {self.vm.name} on {self.source.name}")
            agent.eject_discs(pool, found[1])
            target = agent.host_at(pool, self.target.address)
            self._task = self._ask(pool, *found, target)
        except AgentUnavailable as error:
            self._give_up(error)
            return
        except (*FAILURES, OperationFailed) as error:
            self._give_up(self._cause(error))
            return
        self._deadline = self.server.now + self.server.durations.migrate_wait
        self.server.after(self.server.durations.migrate_poll, self._poll)

    def _ask(self, pool: Session, vm: str, _record: Record, target: str) -> str:
        """The call that moves it; its task."""
        return str(pool.ask("Async.VM.pool_migrate", vm, target, {"live": "true"}))

    def _poll(self) -> None:
        if self.orphaned:
            return
        pool = t.cast(Session, self._session)
        try:
            status = pool.ask("task.get_status", self._task)
            if status == "pending":
                self._poll_again()
                return
            problem = pool.ask("task.get_error_info", self._task)
            pool.ask("task.destroy", self._task)
        except FAILURES as error:
            self._give_up(self._cause(error))
            return
        if status == "success":
            self._verify()
        else:
            self._give_up(self._cause(" ".join(problem) or status))

    def _poll_again(self) -> None:
        if self.server.now >= self._deadline:
            self._give_up(AgentUnavailable(f"the migration of {self.vm.name} did not end in time"))
        else:
            self.server.after(self.server.durations.migrate_poll, self._poll)

    def _verify(self) -> None:
        """CheckVirtualMachine on the target; a VM that it does not find is written off as stopped."""
        try:
            found = agent.running_vm(self.server.hosts.reach(self.target)[0], self.vm.name)
        except AgentUnavailable:
            found = ("", {})
        self.server.capacity.release(self.source, self.vm)
        if found is not None:
            self.end(VmState.RUNNING, self.target)
            return
        self.server.capacity.release(self.target, self.vm)
        self.fail(VmState.STOPPED, None, OperationFailed(f"Unable to complete migration for {self.vm.name}"))

    def _give_up(self, error: Exception) -> None:
        self.server.capacity.release(self.target, self.vm)
        self.server.instances.note_failed_migration(self.vm, self.source, self.target)
        self.fail(VmState.RUNNING, self.source, error)

    def _cause(self, error: object) -> OperationFailed:
        text = " ".join(error.description) if isinstance(error, XapiError) else str(error)
        return OperationFailed(f"Unable to migrate due to {text}")


class Stop(Operation):
    """A stop; ``forced`` writes it as stopped even when no agent can be asked."""

    def __init__(self, server: ManagementServer, vm: Instance, *, forced: bool) -> None:
        super().__init__(server, vm)
        self.forced = forced
        self._host = vm.host

    def begin(self) -> Completion:
        if self._host is None:
            self._stopped()
            return self.completion
        self.enter(VmState.STOPPING, self._host)
        self.server.after(self.server.durations.submit, self._send)
        return self.completion

    def _send(self) -> None:
        if self.orphaned:
            return
        host = t.cast(Host, self._host)
        try:
            pool, ref = self.server.hosts.reach(host)
            found = agent.running_vm(pool, self.vm.name)
        except AgentUnavailable as error:
            self._unreachable(error)
            return
        # Gone, or resident elsewhere, counts as stopped here (``cloudstack.md`` 1.8).
        if found is None or found[1]["resident_on"] != ref:
            self._stopped()
        else:
            self._shut_down(pool, found[0], "VM.hard_shutdown" if self.forced else "VM.clean_shutdown")

    def _shut_down(self, pool: Session, vm: str, method: str) -> None:
        when(pool.attempt(method, vm), self._answered, pool, vm, method)

    def _answered(self, pool: Session, vm: str, method: str, answer: Completion) -> None:
        if self.orphaned:
            return
        if answer.error is None:
            self._discard(pool, vm)
            self._stopped()
        elif method == "VM.clean_shutdown":
            self._shut_down(pool, vm, "VM.hard_shutdown")
        else:
            self._unreachable(AgentUnavailable(f"{method}: {answer.error}"))

    def _discard(self, pool: Session, vm: str) -> None:
        """Most versions leave no halted VM behind."""
        host = t.cast(Host, self._host)
        if self.server.profile.keeps_halted_vms(host.hypervisor_version):
            return
        try:
            records.discard_if_possible(pool, vm, pool.must("VM.get_record", vm), self.vm)
        except AgentUnavailable:
            return

    def _unreachable(self, error: AgentUnavailable) -> None:
        if self.forced:
            self._stopped()
        else:
            self.fail(VmState.RUNNING, self._host, error)

    def _stopped(self) -> None:
        if self._host is not None:
            self.server.capacity.release(self._host, self.vm)
            self.vm.last_host = self._host
        self.end(VmState.STOPPED, None)


class Start(Operation):
    """A start on a chosen host, or on the hosts that the planner offers, one after another."""

    def __init__(self, server: ManagementServer, vm: Instance, target: Host | None = None) -> None:
        super().__init__(server, vm)
        self._wanted = target
        self._tried: list[Host] = []

    def begin(self) -> Completion:
        self._next()
        return self.completion

    def _next(self) -> None:
        try:
            target = self._choose()
        except NoCapacity as error:
            self.fail(VmState.STOPPED, None, error)
            return
        self._tried.append(target)
        self.server.capacity.charge(target, self.vm)
        self.enter(VmState.STARTING, target)
        self.server.after(self.server.durations.submit, self._send, target)

    def _choose(self) -> Host:
        if self._wanted is None:
            return self.server.planner.choose(self.vm, self.server.now, self._tried)
        if self._tried or not self._wanted.usable:
            raise NoCapacity(f"Unable to create a deployment for VM instance {self.vm.name}")
        return self._wanted

    def _send(self, target: Host) -> None:
        if self.orphaned:
            return
        try:
            pool, host = self.server.hosts.reach(target)
            found = agent.find_vms(pool, self.vm.name)
            running = [record for _, record in found if record["power_state"] == "Running"]
            if running:
                self._adopt(pool, running[0], target)
                return
            ref = found[0][0] if found else records.create(pool, host, self.vm)
            outcome = pool.begin("VM.start_on", ref, host, False, False)
        except (*FAILURES, AgentUnavailable) as error:
            outcome = Completion()
            outcome.reject(error)
        when(outcome, self._answered, target)

    def _answered(self, target: Host, answer: Completion) -> None:
        if self.orphaned:
            return
        if answer.error is None:
            self.vm.reported = self.server.now
            self.vm.last_host = target
            self.end(VmState.RUNNING, target)
            return
        self.server.capacity.release(target, self.vm)
        self._next()

    def _adopt(self, pool: Session, record: Record, target: Host) -> None:
        """A VM of this name that runs already is taken as started where it runs (``cloudstack.md`` 1.8)."""
        self.server.capacity.release(target, self.vm)
        where = self.server.hosts.with_reference(pool, record["resident_on"])
        if where is None:
            self.fail(VmState.STOPPED, None, OperationFailed("Host Guid of the running VM is not known"))
            return
        self.server.capacity.charge(where, self.vm)
        self.vm.last_host = where
        self.end(VmState.RUNNING, where)
