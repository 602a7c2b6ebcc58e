# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VM high availability: the queue of work and the workers (``cloudstack.md`` 3.1, 3.4, 5.1, 5.2).

The queue is in the database: it outlives a restart of the server.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from enum import StrEnum

from ..timeline import Completion
from .errors import AgentUnavailable, NoCapacity, OperationFailed
from .fencer import Fencer
from .investigators import Investigators
from .journal import HA_ALERT, place
from .rows import Host, Instance
from .states import ResourceEvent, Status, VmState

if t.TYPE_CHECKING:
    from .manager import ManagementServer


class WorkType(StrEnum):
    """What a work item is for."""

    MIGRATION = "Migration"
    FORCE_STOP = "ForceStop"
    DESTROY = "Destroy"
    RESTART = "HA"


@dataclass(slots=True, eq=False)
class Work:
    """One item: a VM, where it was and how it looked when this was scheduled."""

    type: WorkType
    vm: Instance
    host: Host
    updates: int
    due: float
    host_died: bool = False
    declared: bool = False
    tries: int = 0
    taken: bool = False
    stopped: bool = False


class HighAvailability:
    """``ha.workers`` workers on one queue, first come first served."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._queue: list[Work] = []
        self._investigators = Investigators(server)
        self._fencer = Fencer(server)

    # the queue ----------------------------------------------------------------------------

    def schedule(self, type_: WorkType, vm: Instance, *, host_died: bool = False) -> None:
        """Queue work on a VM; the workers wake up."""
        if vm.host is None or any(w.vm is vm and w.type is type_ for w in self._queue):
            return
        self._queue.append(Work(type_, vm, vm.host, vm.updates, self._server.now, host_died))
        self._server.after(self._server.durations.submit, self._work)

    def host_died(self, host: Host) -> None:
        """Every VM of a dead host is looked at, system VMs first."""
        if not self._server.settings.flag("vm.ha.enabled", host.cluster.pod.zone):
            text = f"Unable to restart VMs of host {place(host)}: VM high availability manager is disabled"
            self._server.journal.alert(self._server.now, HA_ALERT, text)
            return
        for vm in sorted(self._server.tables.instances_on(host), key=lambda vm: not vm.is_system):
            self.schedule(WorkType.RESTART, vm, host_died=True)

    def restart(self, vm: Instance) -> None:
        """A VM is not where it should run."""
        if self._server.settings.flag("vm.ha.enabled", vm.cluster.pod.zone):
            self.schedule(WorkType.RESTART, vm)

    def declared_dead(self, host: Host) -> None:
        """The operator says so: nothing is investigated, nothing is fenced (``cloudstack.md`` 2.8)."""
        for vm in sorted(self._server.tables.instances_on(host), key=lambda vm: not vm.is_system):
            if vm.state in (VmState.RUNNING, VmState.STARTING, VmState.STOPPING):
                self._queue.append(Work(WorkType.RESTART, vm, host, vm.updates, self._server.now, declared=True))
        self._server.after(self._server.durations.submit, self._work)

    def forget_host(self, host: Host) -> None:
        """The host is deleted: what was planned for it is off."""
        self._queue = [work for work in self._queue if work.host is not host]

    def restart_stopped(self, vms: list[Instance], host: Host) -> None:
        """VMs that have been written off are to run elsewhere."""
        for vm in vms:
            self._queue.append(Work(WorkType.RESTART, vm, host, vm.updates, self._server.now, stopped=True))
        self._server.after(self._server.durations.submit, self._work)

    def pending_migrations(self, host: Host) -> list[Work]:
        return [w for w in self._queue if w.host is host and w.type is WorkType.MIGRATION]

    def drop_migrations(self, host: Host) -> None:
        """Migrations off this host that nobody has begun are off; those under way go on."""
        self._queue = [w for w in self._queue if w.taken or w not in self.pending_migrations(host)]

    def release_all(self) -> None:
        """The server process ends: what was taken is to be done again."""
        for work in self._queue:
            work.taken = False

    # workers ------------------------------------------------------------------------------

    def idle_loop(self, epoch: int) -> None:
        """Workers that sleep look at the queue every ``time.to.sleep``."""
        if epoch != self._server.epoch:
            return
        self._work()
        self._server.after(self._server.durations.worker_sleep, self.idle_loop, epoch)

    def _work(self) -> None:
        if not self._server.running:
            return
        workers = int(self._server.settings.number("ha.workers"))
        for work in list(self._queue):
            if sum(w.taken for w in self._queue) >= workers:
                return
            if not work.taken and work.due <= self._server.now and not work.vm.busy:
                work.taken = True
                self._begin(work)

    def _begin(self, work: Work) -> None:
        match work.type:
            case WorkType.MIGRATION:
                self._migrate(work)
            case WorkType.RESTART:
                self._restart(work)
            case WorkType.FORCE_STOP | WorkType.DESTROY:
                self._force_stop(work)

    def _done(self, work: Work) -> None:
        if work in self._queue:
            self._queue.remove(work)
        self._work()

    def _again(self, work: Work, seconds: float, tries: float) -> None:
        """Try later, unless it has been tried often enough."""
        work.tries += 1
        work.taken = False
        work.due = self._server.now + seconds
        if work.tries >= tries:
            self._done(work)
        else:
            self._work()

    # migration away -----------------------------------------------------------------------

    def _migrate(self, work: Work) -> None:
        vm = work.vm
        if vm.state is not VmState.RUNNING or vm.host is not work.host:
            self._done(work)
            return
        try:
            target = self._server.planner.choose(vm, self._server.now)
        except NoCapacity:
            self._server.maintenance.transit(work.host, ResourceEvent.UNABLE_TO_MIGRATE)
            self._retry_migration(work)
            return
        self._server.instances.migrate(vm, target).then(self._migrated, work, self._server.epoch)

    def _migrated(self, work: Work, epoch: int, ended: Completion) -> None:
        if epoch != self._server.epoch:
            return
        if isinstance(ended.error, AgentUnavailable):
            # The dangerous one: CloudStack powers the VM off, and nothing starts it again (3.4).
            self._server.instances.stop(work.vm, forced=True).then(self._ended, work, epoch)
        elif isinstance(ended.error, OperationFailed) and work.vm.state is VmState.RUNNING:
            self._retry_migration(work)
        else:
            self._done(work)

    def _retry_migration(self, work: Work) -> None:
        tries = self._server.settings.number(self._server.profile.migration_retries)
        self._again(work, self._server.durations.migrate_retry, tries)

    # stop ---------------------------------------------------------------------------------

    def _force_stop(self, work: Work) -> None:
        instances = self._server.instances
        gone = instances.destroy(work.vm) if work.type is WorkType.DESTROY else instances.stop(work.vm, forced=True)
        gone.then(self._ended, work, self._server.epoch)

    def _ended(self, work: Work, epoch: int, _ended: Completion) -> None:
        if epoch == self._server.epoch:
            self._done(work)

    # restart ------------------------------------------------------------------------------

    def _restart(self, work: Work) -> None:
        """Investigate, fence, stop in the database, start elsewhere (5.2)."""
        vm = work.vm
        if work.stopped:
            self._start(work)
        elif (
            vm.updates != work.updates or vm.host is not work.host or (work.host_died and work.host.status is Status.UP)
        ):
            self._done(work)
        elif work.declared:
            self._stop(work)
        else:
            self._investigate(work)

    def _investigate(self, work: Work) -> None:
        alive = self._investigators.is_alive(work.vm, work.host)
        if alive and work.host.status is Status.UP:
            self._done(work)
        elif alive:
            self._again(work, self._server.durations.investigate_retry, float("inf"))
        elif alive is None and not self._fencer.fence(work.vm, work.host):
            text = f"Unable to restart {work.vm.display_name} which was running on host {place(work.host)}"
            self._server.journal.alert(self._server.now, HA_ALERT, text)
            self._again(work, self._server.durations.restart_retry, self._server.settings.number("max.retries"))
        else:
            self._stop(work)

    def _stop(self, work: Work) -> None:
        """Stopped by force: in the database, and by the agent if there is one."""
        self._server.instances.stop(work.vm, forced=True).then(self._stopped, work, self._server.epoch)

    def _stopped(self, work: Work, epoch: int, _ended: Completion) -> None:
        if epoch != self._server.epoch:
            return
        work.stopped = True
        if work.vm.ha or self._server.settings.flag("force.ha", work.vm.cluster):
            self._start(work)
        else:
            self._done(work)

    def _start(self, work: Work) -> None:
        if work.vm.state is not VmState.STOPPED:
            self._done(work)
            return
        self._server.instances.start(work.vm).then(self._started, work, self._server.epoch)

    def _started(self, work: Work, epoch: int, ended: Completion) -> None:
        if epoch != self._server.epoch:
            return
        vm = work.vm
        if ended.error is None:
            self._server.journal.alert(self._server.now, HA_ALERT, f"HA starting VM: {vm.display_name} ({vm.name})")
            self._done(work)
            return
        text = f"Unable to restart {vm.display_name} which was running on host {place(work.host)}"
        self._server.journal.alert(self._server.now, HA_ALERT, text)
        self._again(work, self._server.durations.restart_retry, self._server.settings.number("max.retries"))
