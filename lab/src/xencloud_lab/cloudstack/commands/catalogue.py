# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What instances are made from, and what the hypervisors can do (``cloudstack.md`` 8, 6)."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body, date, known
from ..errors import invalid
from ..filters import matching
from ..registry import Listing, command
from ..views.instances import owner

_PAGED = ("keyword", "listall", "projectid", "account", "domainid", "page", "pagesize")
_EMPTY = {
    "listIsos": "iso",
    "listSnapshots": "snapshot",
    "listVMSnapshot": "vmSnapshot",
    "listSSHKeyPairs": "sshkeypair",
    "listSecurityGroups": "securitygroup",
    "listVPCs": "vpc",
    "listPublicIpAddresses": "publicipaddress",
    "listPortForwardingRules": "portforwardingrule",
    "listResourceLimits": "resourcelimit",
    "listDedicatedClusters": "dedicatedcluster",
    "listDedicatedPods": "dedicatedpod",
    "listDedicatedZones": "dedicatedzone",
    "listAnnotations": "annotation",
    "listInstanceGroups": "instancegroup",
    "listIpForwardingRules": "ipforwardingrule",
    "listFirewallRules": "firewallrule",
    "listEgressFirewallRules": "firewallrule",
    "listLoadBalancerRules": "loadbalancerrule",
    "listNetworkACLs": "networkacl",
    "listNetworkOfferings": "networkoffering",
    "listVPCOfferings": "vpcoffering",
    "listVpnGateways": "vpngateway",
    "listVpnCustomerGateways": "vpncustomergateway",
    "listVpnConnections": "vpnconnection",
}
"""Lists of what no estate has."""


class EmptyList:
    """A list without rows."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, _call: Call) -> Listing:
        return Listing(self._key, [])


for _name, _key in _EMPTY.items():
    command(_name, "id", "name", *_PAGED)(EmptyList(_key))


def os_type(call: Call) -> tuple[str, str]:
    """The id and the name of the only guest system."""
    return call.server.lasting_uuid("os type"), "Other Linux (64-bit)"


@command("listOsTypes", "id", "description", "oscategoryid", "keyword", "page", "pagesize")
def list_os_types(call: Call) -> Listing:
    uuid, name = os_type(call)
    row: Body = {"id": uuid, "name": name, "description": name, "oscategoryid": call.server.lasting_uuid("os category")}
    return matching(call, "ostype", [row], "id", "description")


@command("listOsCategories", "id", "name", "keyword", "page", "pagesize")
def list_os_categories(call: Call) -> Listing:
    rows: list[Body] = [{"id": call.server.lasting_uuid("os category"), "name": "Other"}]
    return matching(call, "oscategory", rows, "id", "name")


@command("listTemplates", "templatefilter!", "id", "name", "zoneid", "hypervisor", "isready", *_PAGED)
def list_templates(call: Call) -> Listing:
    """One template in every zone."""
    uuid, name = os_type(call)
    rows = [
        known(
            {
                "id": call.server.lasting_uuid("template"),
                "name": "base",
                "displaytext": "base",
                "ispublic": True,
                "isready": True,
                "isfeatured": True,
                "isextractable": False,
                "crossZones": True,
                "format": "VHD",
                "templatetype": "USER",
                "status": "Download Complete",
                "hypervisor": "XenServer",
                "ostypeid": uuid,
                "ostypename": name,
                "zoneid": zone.uuid,
                "zonename": zone.name,
                "size": 10 * 1024**3,
                "created": date(call.server.long_ago),
                **owner(call.server),
            }
        )
        for zone in call.server.tables.zones
    ]
    return matching(call, "template", rows, "id", "name", "zoneid", "hypervisor")


@command("listDiskOfferings", "id", "name", *_PAGED)
def list_disk_offerings(call: Call) -> Listing:
    row: Body = {
        "id": call.server.lasting_uuid("disk offering"),
        "name": "Custom",
        "displaytext": "Custom disk",
        "iscustomized": True,
        "disksize": 0,
        "storagetype": "shared",
        "created": date(call.server.long_ago),
    }
    return matching(call, "diskoffering", [row], "id", "name")


@command("listHypervisors", "zoneid")
def list_hypervisors(_call: Call) -> Listing:
    return Listing("hypervisor", [{"name": "XenServer"}])


@command("listHypervisorCapabilities", "id", "hypervisor", "keyword", "page", "pagesize")
def list_hypervisor_capabilities(call: Call) -> Listing:
    """A host of a version without a row has the default: few guests, and no storage motion."""
    rows: list[Body] = [
        {
            "id": call.server.lasting_uuid(f"capabilities {version}"),
            "hypervisor": "XenServer",
            "hypervisorversion": version,
            "maxguestslimit": guests,
            "storagemotionenabled": version != "default",
            "maxhostspercluster": 64 if guests == 1000 else 16,
        }
        for version, guests in call.server.profile.capabilities
    ]
    return matching(call, "hypervisorCapabilities", rows, "id", "hypervisor")


@command("listImageStores", "id", "name", "zoneid", "keyword", "page", "pagesize")
def list_image_stores(call: Call) -> Listing:
    rows: list[Body] = [
        {
            "id": call.server.lasting_uuid(f"image store {zone.name}"),
            "name": f"secondary-{zone.name}",
            "zoneid": zone.uuid,
            "zonename": zone.name,
            "protocol": "nfs",
            "providername": "NFS",
            "scope": "ZONE",
            "readonly": False,
        }
        for zone in call.server.tables.zones
    ]
    return matching(call, "imagestore", rows, "id", "name", "zoneid")


# tags -----------------------------------------------------------------------------------------


def _tag_pairs(call: Call) -> dict[str, str]:
    """``tags[0].key=...&tags[0].value=...``."""
    pairs = {}
    for name, key in call.starting_with("tags[").items():
        if name.endswith(".key"):
            pairs[key] = call.text(f"{name.removesuffix('.key')}.value")
    return pairs


@command(
    "createTags",
    *("resourceids!", "resourcetype!", "tags"),
    job_class="org.apache.cloudstack.api.command.user.tag.CreateTagsCmd",
)
def create_tags(call: Call) -> Body:
    for uuid in call.words("resourceids"):
        for key, value in _tag_pairs(call).items():
            if (uuid, key) in call.server.tables.tags:
                raise invalid(f"tag {key} already on {call.text('resourcetype')} with id {uuid}")
            call.server.tables.tags[uuid, key] = (call.text("resourcetype"), value)
    return {"success": True}


@command(
    "deleteTags",
    *("resourceids!", "resourcetype!", "tags"),
    job_class="org.apache.cloudstack.api.command.user.tag.DeleteTagsCmd",
)
def delete_tags(call: Call) -> Body:
    wanted, tags = _tag_pairs(call), call.server.tables.tags
    for uuid in call.words("resourceids"):
        for pair in [p for p in tags if p[0] == uuid and (not wanted or p[1] in wanted)]:
            del tags[pair]
    return {"success": True}


@command("listTags", "resourceid", "resourcetype", "key", "value", *_PAGED)
def list_tags(call: Call) -> Listing:
    rows = [
        {"resourceid": uuid, "resourcetype": kind, "key": key, "value": value, **owner(call.server)}
        for (uuid, key), (kind, value) in call.server.tables.tags.items()
    ]
    return matching(call, "tag", rows, "resourceid", "resourcetype", "key", "value")
