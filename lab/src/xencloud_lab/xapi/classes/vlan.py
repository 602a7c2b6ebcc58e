# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class VLAN: a tagged network on top of an interface (``xapi.md`` 12.4)."""

from __future__ import annotations

import typing as t

from ..database import Row
from ..errors import XapiError
from ..forward import machine_for
from ..model import NULL
from ..registry import Call, message
from ..rows import stamp

LAST_TAG = 4094


@message("VLAN", "create")
def vlan_create(call: Call, tagged: str, tag: int, network: str) -> str:
    """A VLAN, with the interface that stands for it on this host."""
    db, row = call.db, call.db.row("PIF", tagged)
    db.row("network", network)
    if not 0 <= tag <= LAST_TAG:
        raise XapiError("VLAN_TAG_INVALID", tag)
    if row["VLAN"] >= 0:
        raise XapiError("PIF_IS_VLAN", tagged)
    if row["bond_slave_of"] != NULL:
        raise XapiError("CANNOT_ADD_VLAN_TO_BOND_SLAVE", tagged)
    for pif, other in db.rows("PIF").items():
        _assert_free(pif, other, row, tag, network)
    machine_for(call.world, db, row["host"])
    metrics = db.create("PIF_metrics", carrier=True, last_updated=stamp(call.now))
    untagged = db.create("PIF", **_interface(row, tag, network, metrics))
    vlan = db.create("VLAN", tagged_PIF=tagged, untagged_PIF=untagged, tag=tag)
    db.set("PIF", untagged, VLAN_master_of=vlan)
    return vlan


def _assert_free(pif: str, other: Row, row: Row, tag: int, network: str) -> None:
    if other["host"] != row["host"]:
        return
    if other["device"] == row["device"] and other["VLAN"] == tag:
        raise XapiError("PIF_VLAN_EXISTS", pif)
    if other["network"] == network:
        raise XapiError("NETWORK_ALREADY_CONNECTED", row["host"], pif)


def _interface(row: Row, tag: int, network: str, metrics: str) -> dict[str, t.Any]:
    same = {name: row[name] for name in ("device", "host", "MAC", "MTU", "managed", "primary_address_type")}
    return {**same, "network": network, "VLAN": tag, "metrics": metrics, "ip_configuration_mode": "None"} | {
        "currently_attached": True,
        "ipv6_configuration_mode": "None",
        "VLAN_master_of": NULL,
    }


@message("VLAN", "destroy")
def vlan_destroy(call: Call, vlan: str) -> None:
    row = call.db.row("VLAN", vlan)
    pif = row["untagged_PIF"]
    if call.db.row("PIF", pif)["management"]:
        raise XapiError("PIF_IS_MANAGEMENT_INTERFACE", pif)
    metrics = call.db.row("PIF", pif)["metrics"]
    for cls, ref in (("VLAN", vlan), ("PIF", pif), ("PIF_metrics", metrics)):
        call.db.destroy(cls, ref)


@message("PIF", "create_VLAN")
def pif_create_vlan(call: Call, device: str, network: str, host: str, tag: int) -> str:
    """The old way: the interface is named, the answer is the new one."""
    found = call.db.find("PIF", device=device, host=host, VLAN=-1)
    if not found:
        raise XapiError("INVALID_DEVICE", device)
    vlan = vlan_create(call, found[0], tag, network)
    return str(call.db.row("VLAN", vlan)["untagged_PIF"])


@message("pool", "create_VLAN_from_PIF")
def pool_create_vlan_from_pif(call: Call, pif: str, network: str, tag: int) -> list[str]:
    """The same VLAN on the same device of every host."""
    row, made = call.db.row("PIF", pif), []
    if row["VLAN"] >= 0:
        raise XapiError("PIF_IS_VLAN", pif)
    for host in call.db.rows("host"):
        for found in call.db.find("PIF", device=row["device"], host=host, VLAN=-1):
            vlan = vlan_create(call, found, tag, network)
            made.append(str(call.db.row("VLAN", vlan)["untagged_PIF"]))
    return made
