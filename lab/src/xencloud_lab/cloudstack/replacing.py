# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routers and system VMs are cattle: a reboot is a stop and a start, and what is destroyed is made anew."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from . import agent, records
from .deploying import Deploy
from .errors import AgentUnavailable, NoCapacity
from .names import xapi_name
from .rows import Instance

if t.TYPE_CHECKING:
    from .manager import ManagementServer


_NEEDED = frozenset({"console_proxy", "secondary_storage"})


class _Stopping:
    """Something that begins with a stop by force."""

    def __init__(self, server: ManagementServer, vm: Instance) -> None:
        self.server = server
        self.vm = vm
        self.completion = Completion()

    def begin(self) -> Completion:
        self.server.instances.stop(self.vm, forced=True).then(self._ended, self.server.epoch)
        return self.completion

    def _ended(self, epoch: int, ended: Completion) -> None:
        if epoch != self.server.epoch:
            return
        if ended.error is not None:
            self.completion.reject(ended.error)
            return
        self._stopped()

    def _stopped(self) -> None:
        raise NotImplementedError


class Restart(_Stopping):
    """A stop by force, then a start on a host of the planner's choice."""

    def _stopped(self) -> None:
        self.server.instances.start(self.vm).then(self._started)

    def _started(self, ended: Completion) -> None:
        if ended.error is not None:
            self.completion.reject(ended.error)
        else:
            self.completion.resolve(self.vm)


class Replace(_Stopping):
    """A stop by force and the end of its row; a system VM has a successor a while later, with its own number."""

    def _stopped(self) -> None:
        self._discard()
        self.server.tables.remove_instance(self.vm)
        self.completion.resolve(self.vm)
        if self.vm.kind in _NEEDED:
            self.server.after(self.server.durations.system_vm_check, self._succeed, self.server.epoch)

    def _discard(self) -> None:
        """Its record in XAPI goes too; one that cannot be reached stays."""
        host = self.vm.last_host
        if host is None:
            return
        try:
            pool = self.server.hosts.reach(host)[0]
            for ref, record in agent.find_vms(pool, self.vm.name):
                records.discard_if_possible(pool, ref, record, None)
        except AgentUnavailable:
            return

    def _succeed(self, epoch: int) -> None:
        """CloudStack looks again and again until it has one."""
        if epoch != self.server.epoch:
            return
        tables, old = self.server.tables, self.vm
        number = tables.instances.next_id()
        name = xapi_name(old.kind, number)
        row = number, tables.new_uuid(), name, self.server.now
        new = tables.add_instance(Instance(*row, old.kind, name, old.offering, old.cluster))
        try:
            Deploy(self.server, new, old.cluster.pod.zone, None).begin().then(self._tried, new, epoch)
        except (AgentUnavailable, NoCapacity):
            self._try_later(new, epoch)

    def _tried(self, new: Instance, epoch: int, ended: Completion) -> None:
        if ended.error is not None:
            self._try_later(new, epoch)

    def _try_later(self, new: Instance, epoch: int) -> None:
        self.server.tables.remove_instance(new)
        self.server.after(self.server.durations.system_vm_check, self._succeed, epoch)
