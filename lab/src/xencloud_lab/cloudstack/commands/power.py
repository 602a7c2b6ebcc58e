# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start, stop, reboot and destroy: the same for instances, routers and system VMs (``cloudstack.md`` 8)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..call import Call
from ..envelope import Body
from ..errors import invalid
from ..later import then_show
from ..registry import command
from ..rows import Host, Instance
from ..states import VmState
from ..views.instances import router_view, system_view, user_view

_ADMIN = "org.apache.cloudstack.api.command.admin"
View = t.Callable[..., Body]


@dataclass(frozen=True, slots=True)
class Family:
    """Instances that commands of one name are for.

    :ivar noun: what the names of the commands end with.
    """

    noun: str
    kinds: tuple[str, ...]
    key: str
    view: View
    package: str
    unknown: str


_FAMILIES = (
    Family("VirtualMachine", ("user",), "virtualmachine", user_view, "vm", "Unable to find a virtual machine"),
    Family("Router", ("router",), "router", router_view, "router", "Unable to find router by id"),
    Family(
        "SystemVm",
        ("console_proxy", "secondary_storage"),
        "systemvm",
        system_view,
        "systemvm",
        "unable to find a system vm with id",
    ),
    Family(
        "InternalLoadBalancerVM",
        ("internal_lb",),
        "internalloadbalancervm",
        router_view,
        "internallb",
        "Can't find internal lb vm by id specified",
    ),
)


class PowerCommands:
    """The commands of one family."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._add("start", self.start, "id!", "hostid", "considerlasthost")
        self._add("stop", self.stop, "id!", "forced")
        if family.noun != "InternalLoadBalancerVM":
            self._add("reboot", self.reboot, "id!", "forced")
        if family.noun in ("Router", "SystemVm"):
            self._add("destroy", self.destroy, "id!")

    def _add(self, verb: str, run: t.Callable[[Call], t.Any], *params: str) -> None:
        family = self._family
        name = f"{verb}{family.noun}"
        cmd = f"{_ADMIN}.{family.package}.{name[0].upper()}{name[1:]}Cmd".replace("VirtualMachineCmd", "VMCmdByAdmin")
        command(name, *params, job_class=cmd, about=family.noun, prepare=_named)(run)

    # commands -----------------------------------------------------------------------------

    def start(self, call: Call) -> t.Any:
        vm, target = self._vm(call), _target(call)
        if vm.state is VmState.RUNNING:
            return self._show(call, vm)
        if vm.state is not VmState.STOPPED or vm.busy:
            raise invalid(f"Unable to start VM {vm.display_name}: it is {vm.state}")
        return then_show(call.server.instances.start(vm, target), self._show, call, vm)

    def stop(self, call: Call) -> t.Any:
        vm = self._vm(call)
        if vm.state is VmState.STOPPED:
            return self._show(call, vm)
        if vm.busy:
            raise invalid(f"Unable to stop VM {vm.display_name}: it is {vm.state}")
        return then_show(call.server.instances.stop(vm, forced=call.flag("forced")), self._show, call, vm)

    def reboot(self, call: Call) -> t.Any:
        """Routers and system VMs are stopped and started, wherever the planner wants them."""
        vm = self._vm(call)
        if vm.state is not VmState.RUNNING or vm.busy:
            raise invalid(f"Unable to reboot VM {vm.display_name}: it is {vm.state}")
        work = call.server.instances.restart(vm) if vm.is_system else call.server.instances.reboot(vm)
        return then_show(work, self._show, call, vm)

    def destroy(self, call: Call) -> t.Any:
        """What CloudStack needs it makes anew, with another number in its name."""
        vm = self._vm(call)
        shown = self._show(call, vm)
        return then_show(call.server.instances.destroy(vm), dict, shown)

    # parts --------------------------------------------------------------------------------

    def _vm(self, call: Call) -> Instance:
        vm = _named(call)
        if vm.kind not in self._family.kinds:
            raise invalid(f"{self._family.unknown}={vm.id}")
        return vm

    def _show(self, call: Call, vm: Instance) -> Body:
        return {self._family.key: self._family.view(call.server, vm)}


def _named(call: Call) -> Instance:
    return call.row("id", call.server.tables.instances)


def _target(call: Call) -> Host | None:
    return call.row_if_given("hostid", call.server.tables.hosts)


POWER = [PowerCommands(family) for family in _FAMILIES]
