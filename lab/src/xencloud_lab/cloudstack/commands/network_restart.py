# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that restart networks: what that means for the routers behind them."""

from __future__ import annotations

import typing as t

from ...timeline import Completion
from ..call import Call
from ..envelope import Body
from ..later import then_show
from ..registry import command
from ..rows import Instance, Zone
from ..states import VmState

_USER = "org.apache.cloudstack.api.command.user"


class RestartRouters:
    """Routers are stopped and started one after another, the next only when the last one runs."""

    def __init__(self, call: Call, routers: list[Instance]) -> None:
        self._server = call.server
        self._left = routers
        self.completion = Completion()

    def begin(self) -> Completion:
        self._next()
        return self.completion

    def _next(self) -> None:
        if not self._left:
            self.completion.resolve(None)
            return
        self._server.instances.restart(self._left.pop(0)).then(self._restarted, self._server.epoch)

    def _restarted(self, epoch: int, ended: Completion) -> None:
        if epoch != self._server.epoch:
            return
        if ended.error is not None:
            self.completion.reject(ended.error)
        else:
            self._next()


def _zone(call: Call) -> Zone:
    """The zone whose network this is.

    :raises ApiError: none has it.
    """
    server = call.server
    for zone in server.tables.zones:
        if server.lasting_uuid(f"network {zone.name}") == call.text("id"):
            return zone
    raise call.bad("id")


@command(
    "restartNetwork",
    *("id!", "cleanup", "makeredundant", "livepatch"),
    job_class=f"{_USER}.network.RestartNetworkCmd",
    about="Network",
    prepare=_zone,
)
def restart_network(call: Call) -> t.Any:
    """The lab has one network a zone. Without ``cleanup`` its routers are told anew and go on running."""
    zone = _zone(call)
    routers = [vm for vm in call.server.tables.instances if vm.kind == "router" and vm.cluster.pod.zone is zone]
    running = [vm for vm in routers if vm.state is VmState.RUNNING and not vm.busy]
    if not call.flag("cleanup"):
        return {"success": True}
    return then_show(RestartRouters(call, running).begin(), _success)


@command("restartVPC", "id!", "cleanup", "makeredundant", job_class=f"{_USER}.vpc.RestartVPCCmd", about="Vpc")
def restart_vpc(call: Call) -> Body:
    """There are no VPCs (listVPCs is empty), so no id names one."""
    raise call.bad("id")


def _success() -> Body:
    return {"success": True}
