# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host maintenance: what prepare and cancel do, and what the monitor makes of it (``cloudstack.md`` 2.3, 2.4, 3)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import agent
from .errors import AgentUnavailable, ApiError, invalid, refused
from .ha import WorkType
from .journal import HOST_ALERT, place
from .rows import EventRow, Host, Instance
from .states import NoTransition, Resource, ResourceEvent, Status, VmState
from .storage_motion import MoveAway

if t.TYPE_CHECKING:
    from .manager import ManagementServer

_LOCAL_STRATEGY = "host.maintenance.local.storage.strategy"
_BROKEN = frozenset({VmState.ERROR, VmState.UNKNOWN})


class Maintenance:
    """Takes hosts in and out of maintenance."""

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self._started: dict[int, EventRow] = {}

    def transit(self, host: Host, event: ResourceEvent) -> None:
        """A change that the engine wants; a state that does not have it stays."""
        try:
            self._server.hosts.resource_event(host, event)
        except NoTransition:
            return

    # prepare ------------------------------------------------------------------------------

    def prepare(self, host: Host) -> Completion:
        """Begin to empty a host; ends when the migrations are scheduled, and local disks have been moved.

        :raises ApiError: refused, with this version's prefix.
        """
        try:
            return self._prepare(host)
        except ApiError as error:
            prefix = self._server.profile.prepare_prefix
            raise (refused(prefix + error.text) if prefix else error) from error

    def _prepare(self, host: Host) -> Completion:
        modern = self._server.profile.guards_transition
        if modern and (host.resource.is_preparing or host.resource is Resource.MAINTENANCE):
            raise refused(f"Host is already in state {host.resource}. Cannot recall for maintenance until resolved.")
        profile, zone = self._server.profile, host.cluster.pod.zone
        if self._server.settings.flag("set.host.down.to.maintenance", zone) and host.status is Status.DOWN:
            self._server.hosts.resource_event(host, ResourceEvent.ENTER)
            return MoveAway(self._server, []).begin()
        self._check_cluster(host)
        vms = self._server.tables.instances_on(host)
        self._check_local_storage(vms)
        if modern:
            self._check_transition(host)
        if profile.asks_for_ha:
            self._check_ha(host, vms)
        self._send_maintain(host)
        try:
            self._server.hosts.resource_event(host, ResourceEvent.ASK)
        except NoTransition as error:
            named = self._named(host) if modern else f"host {host.id}"
            raise refused(f"Cannot transit resource state of {named} to Maintenance{error}") from error
        return self._schedule(host, vms)

    def _check_cluster(self, host: Host) -> None:
        others = [h for h in self._server.tables.hosts_of(host.cluster) if h is not host]
        if self._server.profile.has_eipfm:
            if any(h.resource.is_preparing for h in others):
                raise refused(
                    "There are other servers attempting migrations for maintenance. Found hosts in"
                    " PrepareForMaintenance OR ErrorInPrepareForMaintenance STATUS in cluster "
                    f"{host.cluster.name}"
                )
        elif any(h.resource in (Resource.PREPARE, Resource.ERROR) for h in others):
            raise invalid(
                "There are other servers in PrepareForMaintenance OR ErrorInMaintenance STATUS in cluster "
                f"{host.cluster.id}"
            )

    def _check_local_storage(self, vms: list[Instance]) -> None:
        strategy = self._server.settings.text(_LOCAL_STRATEGY)
        local = [vm for vm in vms if vm.uses_local_storage]
        if local and strategy not in ("ForceStop", "Migration"):
            raise refused(
                "There are active VMs using the host's local storage pool. Please stop all VMs on this host that use"
                " local storage."
            )

    def _check_transition(self, host: Host) -> None:
        states = {vm.state for vm in self._server.tables.instances_on(host)}
        if VmState.MIGRATING in states:
            raise refused(
                "Host contains incoming VMs migrating. Please wait for them to complete before putting to maintenance."
            )
        if states & {VmState.STARTING, VmState.STOPPING}:
            raise refused(
                "Host contains VMs in starting/stopping state. Please wait for them to complete before putting to"
                " maintenance."
            )
        if states & _BROKEN:
            raise refused("Host contains VMs in error/unknown/shutdown state. Please fix errors to proceed.")

    def _check_ha(self, host: Host, vms: list[Instance]) -> None:
        if vms and not self._server.settings.flag("vm.ha.enabled", host.cluster.pod.zone):
            raise refused(
                f"Cannot perform maintain for the host {host.name} ({host.id}) as there are running VMs on it and VM"
                " high availability manager is disabled"
            )

    def _send_maintain(self, host: Host) -> None:
        """MaintainCommand; a host that is not Up does not get it (``cloudstack.md`` 1.7)."""
        try:
            if not host.attached:
                raise AgentUnavailable(host.name)
            agent.strip_tags(self._server.hosts.connection(host.cluster), host)
        except AgentUnavailable as error:
            if self._server.profile.ignores_maintain_failure:
                return
            raise refused(f"Unable to prepare for maintenance host {self._named(host)}") from error

    def _schedule(self, host: Host, vms: list[Instance]) -> Completion:
        self._started[host.id] = self._server.journal.event(
            self._server.now,
            "MAINT.PREPARE",
            f"starting maintenance for host {host.id}",
            state="Started",
            about=host,
        )
        others = self._server.hosts.usable_beside(host)
        if vms and not others and not self._server.profile.stops_on_last_host:
            # The API call fails although the host is in PrepareForMaintenance by now (3.3).
            raise refused(f"Unable to prepare for maintenance host {self._named(host)}")
        movable = bool(others) and self._server.settings.text(_LOCAL_STRATEGY) == "Migration"
        moved = [vm for vm in vms if movable and vm.uses_local_storage and not vm.offering.has_gpu]
        for vm in [vm for vm in vms if vm not in moved]:
            self._server.ha.schedule(self._work_for(vm, bool(others) and not vm.offering.has_gpu), vm)
        return MoveAway(self._server, moved).begin()

    def _work_for(self, vm: Instance, movable: bool) -> WorkType:
        """What becomes of a VM: one with a GPU, or without another host, is stopped and not restarted (3.1)."""
        if not movable:
            recreated = vm.kind in ("console_proxy", "secondary_storage")
            return WorkType.DESTROY if recreated else WorkType.FORCE_STOP
        if vm.uses_local_storage and self._server.settings.text(_LOCAL_STRATEGY) == "ForceStop":
            return WorkType.FORCE_STOP
        return WorkType.MIGRATION

    def _named(self, host: Host) -> str:
        return f'Host {{"id":{host.id},"name":"{host.name}","type":"Routing","uuid":"{host.uuid}"}}'

    # cancel -------------------------------------------------------------------------------

    def cancel(self, host: Host) -> None:
        """Enabled at once, whatever its connection is; what has been moved stays where it is.

        :raises ApiError: it is not in maintenance.
        """
        if not host.resource.is_maintenance:
            which = f"host: {self._named(host)}" if self._server.profile.since(4, 16) else f"hostId = {host.id}"
            raise refused(f"Cannot perform cancelMaintenance when resource state is {host.resource}, {which}")
        self._server.ha.drop_migrations(host)
        self._server.hosts.resource_event(host, ResourceEvent.CANCEL)

    # the monitor --------------------------------------------------------------------------

    def examine(self) -> None:
        """attemptMaintain for every host that is being emptied (3.2)."""
        for host in self._server.hosts.examined_for_maintenance():
            self._examine(host)

    def _examine(self, host: Host) -> None:
        here = self._server.tables.instances_on(host)
        leaving = [vm for vm in self._server.tables.instances if vm.last_host is host and vm.state is VmState.MIGRATING]
        pending = self._server.ha.pending_migrations(host)
        broken = [vm for vm in here if vm.state in _BROKEN]
        moving = [vm for vm in here if vm.state in (VmState.MIGRATING, VmState.STARTING, VmState.STOPPING)]
        if not here and not leaving:
            self._complete(host)
        elif (len(broken) == len(here) and not leaving) or (not pending and not leaving and not moving):
            self._fail(host)
        elif broken or self._has_failed_vms(host):
            self.transit(host, ResourceEvent.UNABLE_TO_MIGRATE)
        elif host.resource is Resource.ERROR_IN_PREPARE:
            self.transit(host, ResourceEvent.CORRECTED)

    def _has_failed_vms(self, host: Host) -> bool:
        """A VM counts as failed when it was started here and still is, queued or not (3.2)."""
        if not self._server.profile.has_eipfm:
            return False
        here = self._server.tables.instances_on(host)
        return any(vm.last_host is host and vm.state is not VmState.MIGRATING for vm in here)

    def _complete(self, host: Host) -> None:
        self.transit(host, ResourceEvent.ENTER)
        now = self._server.now
        text = f"completed maintenance for host {host.id}"
        start = self._started.pop(host.id, None)
        self._server.journal.event(now, "MAINT.PREPARE", text, about=host, start=start)
        self._server.journal.alert(now, HOST_ALERT, f"Migration Complete for host {place(host)}")

    def _fail(self, host: Host) -> None:
        self._server.ha.drop_migrations(host)
        self.transit(host, ResourceEvent.UNABLE_TO_MAINTAIN)
