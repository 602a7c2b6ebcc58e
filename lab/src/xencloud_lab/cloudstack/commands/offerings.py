# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that make service offerings, and give an instance another one."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..errors import invalid
from ..registry import command
from ..rows import Offering
from ..states import VmState
from ..views.instances import user_view
from ..views.offerings import offering_view
from .instances import user_vm

_DETAILS = "serviceofferingdetails"


@command(
    "createServiceOffering",
    *("name!", "displaytext!", "cpunumber", "cpuspeed", "memory", "offerha", "hosttags", "issystem", _DETAILS),
)
def create_service_offering(call: Call) -> Body:
    table = call.server.tables.offerings
    sizes = [call.number(name) for name in ("cpunumber", "cpuspeed", "memory")]
    cpus, mhz, mib = (size or 0 for size in sizes)
    if min(cpus, mhz, mib) <= 0:
        raise invalid("Failed to create service offering: specify the cpu number, cpu speed and memory value")
    row = table.next_id(), call.server.tables.new_uuid(), call.text("name"), call.server.now
    offering = Offering(*row, cpus, mhz, mib, call.flag("offerha"))
    offering.host_tags, offering.details = call.words("hosttags"), _details(call)
    return {"serviceoffering": offering_view(table.add(offering))}


def _details(call: Call) -> dict[str, str]:
    """Written as ``details[0].key=…&details[0].value=…``, or as ``details[0].NAME=…``."""
    given = call.starting_with(f"{_DETAILS}[")
    direct = {name.rpartition(".")[2]: value for name, value in given.items()}
    keys = {name.removesuffix(".key"): value for name, value in given.items() if name.endswith(".key")}
    pairs = {key: given.get(f"{prefix}.value", "") for prefix, key in keys.items()}
    cased = {"pcidevice": "pciDevice", "vgputype": "vgpuType"}
    rest = {cased.get(name, name): value for name, value in direct.items() if name not in ("key", "value")}
    return {**rest, **pairs}


@command("changeServiceForVirtualMachine", "id!", "serviceofferingid!", id_of=("instances",))
def change_service_for_virtual_machine(call: Call) -> Body:
    """Only while it is stopped; it counts from its next start on."""
    vm = user_vm(call, "id")
    if vm.state is not VmState.STOPPED:
        raise invalid(f"Unable to upgrade virtual machine {vm.name} in state {vm.state}")
    vm.offering = call.row("serviceofferingid", call.server.tables.offerings)
    return {"virtualmachine": user_view(call.server, vm)}
