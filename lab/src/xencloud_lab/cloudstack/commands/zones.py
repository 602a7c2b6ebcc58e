# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that make, change and delete zones."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..errors import invalid, refused
from ..registry import command
from ..rows import Zone
from ..views.clusters import zone_view

_STATES = ("Enabled", "Disabled")
_IGNORED = ("dns1", "dns2", "internaldns1", "internaldns2", "domain", "guestcidraddress", "localstorageenabled")
"""What the lab takes and has no use for."""


@command("createZone", "name!", "networktype!", "dns1!", "internaldns1!", "allocationstate", "domainid", *_IGNORED)
def create_zone(call: Call) -> Body:
    """A zone is Disabled until it is enabled: nothing is in it yet."""
    tables, name = call.server.tables, call.text("name")
    if call.text("networktype") not in ("Basic", "Advanced"):
        raise invalid("Invalid zone type; only Advanced and Basic values are supported")
    _check_name(call, name, None)
    row = tables.zones.next_id(), tables.new_uuid(), name, call.server.now
    return {"zone": zone_view(tables.zones.add(Zone(*row, _state(call, "Disabled"))))}


@command("updateZone", "id!", "name", "allocationstate", "ispublic", *_IGNORED, id_of=("zones",))
def update_zone(call: Call) -> Body:
    zone = call.row("id", call.server.tables.zones)
    _check_name(call, call.text("name"), zone)
    zone.allocation_state = _state(call, zone.allocation_state)
    zone.name = call.text("name", zone.name)
    return {"zone": zone_view(zone)}


@command("deleteZone", "id!", id_of=("zones",))
def delete_zone(call: Call) -> Body:
    tables = call.server.tables
    zone = call.row("id", tables.zones)
    if any(pod.zone is zone for pod in tables.pods):
        raise refused("The zone is not deletable because there are pods in this zone.")
    tables.zones.remove(zone)
    return {"success": True}


def _check_name(call: Call, name: str, own: Zone | None) -> None:
    if any(zone.name == name and zone is not own for zone in call.server.tables.zones):
        raise invalid(f"A zone with that name already exists. Please specify a unique zone name: {name}")


def _state(call: Call, default: str) -> str:
    wanted = call.text("allocationstate", default)
    if wanted not in _STATES:
        raise invalid(f"Unable to resolve Allocation State '{wanted}' to a supported state")
    return wanted
