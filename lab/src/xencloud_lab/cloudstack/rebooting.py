# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RebootCommand: asked nicely first, then not."""

from __future__ import annotations

from ..timeline import Completion
from . import agent
from .errors import AgentUnavailable, OperationFailed
from .operations import Operation, when
from .states import VmState
from .xen import Session


class Reboot(Operation):
    """The instance stays Running, on its host."""

    def begin(self) -> Completion:
        """Send it; an instance that the pool does not have has nothing to reboot."""
        self.vm.busy = True
        host = self.vm.host
        try:
            if host is None:
                raise AgentUnavailable(f"{self.vm.name} has no host")
            pool = self.server.hosts.reach(host)[0]
            found = agent.running_vm(pool, self.vm.name)
            if found is None:
                raise OperationFailed(f"Unable to find {self.vm.name} on {host.name}")
        except (AgentUnavailable, OperationFailed) as error:
            self.fail(VmState.RUNNING, host, error)
            return self.completion
        self._send(pool, found[0], "VM.clean_reboot")
        return self.completion

    def _send(self, pool: Session, vm: str, method: str) -> None:
        when(pool.attempt(method, vm), self._answered, pool, vm, method)

    def _answered(self, pool: Session, vm: str, method: str, answer: Completion) -> None:
        if self.orphaned:
            return
        if answer.error is None:
            self.end(VmState.RUNNING, self.vm.host)
        elif method == "VM.clean_reboot":
            self._send(pool, vm, "VM.hard_reboot")
        else:
            self.fail(
                VmState.RUNNING, self.vm.host, OperationFailed(f"Unable to reboot {self.vm.name}: {answer.error}")
            )
