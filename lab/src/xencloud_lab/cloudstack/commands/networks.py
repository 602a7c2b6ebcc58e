# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks: one for all instances of a zone, enough for clients that look for it (``cloudstack.md`` 8)."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..filters import matching
from ..registry import Listing, command
from ..views.instances import nic_view, owner

_PAGED = ("keyword", "listall", "projectid", "account", "domainid", "page", "pagesize")


@command("listNetworks", "id", "name", "zoneid", "type", "vpcid", "physicalnetworkid", *_PAGED)
def list_networks(call: Call) -> Listing:
    rows: list[Body] = [
        {
            "id": call.server.lasting_uuid(f"network {zone.name}"),
            "name": f"guests-{zone.name}",
            "displaytext": f"guests-{zone.name}",
            "zoneid": zone.uuid,
            "zonename": zone.name,
            "type": "Shared",
            "traffictype": "Guest",
            "networkofferingid": call.server.lasting_uuid("network offering"),
            "networkofferingname": "DefaultSharedNetworkOffering",
            "state": "Setup",
            "issystem": False,
            "isdefault": True,
            "cidr": "10.1.0.0/16",
            "gateway": "10.1.0.1",
            "service": [],
            **owner(call.server),
        }
        for zone in call.server.tables.zones
    ]
    return matching(call, "network", rows, "id", "name", "zoneid", "type")


@command("listPhysicalNetworks", "id", "name", "zoneid", "keyword", "page", "pagesize")
def list_physical_networks(call: Call) -> Listing:
    rows: list[Body] = [
        {
            "id": call.server.lasting_uuid(f"physical network {zone.name}"),
            "name": "Physical Network 1",
            "zoneid": zone.uuid,
            "state": "Enabled",
            "broadcastdomainrange": "ZONE",
        }
        for zone in call.server.tables.zones
    ]
    return matching(call, "physicalnetwork", rows, "id", "name", "zoneid")


@command("listNics", "virtualmachineid!", "nicid", "networkid", "keyword", "page", "pagesize")
def list_nics(call: Call) -> Listing:
    vm = call.row("virtualmachineid", call.server.tables.instances)
    rows = [{**nic_view(call.server, vm), "virtualmachineid": vm.uuid}] if vm.kind == "user" else []
    return matching(call, "nic", rows, "networkid")
