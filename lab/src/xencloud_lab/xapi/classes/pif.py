# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class PIF: network interfaces of hosts, the management one most of all.

Sources: ``xapi.md`` 2.10; transcript ``ha_on_storage_and_network_calls``.
"""

from __future__ import annotations

import ipaddress

from ..errors import XapiError
from ..forward import machine_for
from ..model import NULL
from ..registry import Call, message
from ..rows import is_protected, pool_row

# plugging ---------------------------------------------------------------------------------


@message("PIF", "plug")
def pif_plug(call: Call, pif: str) -> None:
    machine_for(call.world, call.db, call.db.row("PIF", pif)["host"])
    call.db.set("PIF", pif, currently_attached=True)


@message("PIF", "unplug")
def pif_unplug(call: Call, pif: str) -> None:
    """Not the management interface, nor one that a protected VM needs."""
    row = call.db.row("PIF", pif)
    machine_for(call.world, call.db, row["host"])
    if row["management"]:
        raise XapiError("HA_IS_ENABLED") if _ha(call) else XapiError("PIF_IS_MANAGEMENT_INTERFACE", pif)
    if row["disallow_unplug"]:
        raise XapiError("PIF_DOES_NOT_ALLOW_UNPLUG", pif)
    _assert_not_needed(call, row["network"])
    call.db.set("PIF", pif, currently_attached=False)


def _ha(call: Call) -> bool:
    return bool(pool_row(call.db)["ha_enabled"])


def _assert_not_needed(call: Call, network: str) -> None:
    if not _ha(call):
        return
    for vif in call.db.related("network", network, "VIFs"):
        if is_protected(call.db.row("VM", call.db.row("VIF", vif)["VM"])):
            raise XapiError("HA_CONSTRAINT_VIOLATION_NETWORK_NOT_SHARED", network)


@message("PIF", "set_disallow_unplug")
def pif_set_disallow_unplug(call: Call, pif: str, value: bool) -> None:
    call.db.set("PIF", pif, disallow_unplug=value)


# coming and going -------------------------------------------------------------------------


@message("PIF", "scan")
def pif_scan(call: Call, host: str) -> None:
    """The lab's cards are those that the database has."""
    machine_for(call.world, call.db, host)


@message("PIF", "forget")
def pif_forget(call: Call, pif: str) -> None:
    row = call.db.row("PIF", pif)
    _assert_no_bond(call, pif)
    if row["management"]:
        raise XapiError("PIF_IS_MANAGEMENT_INTERFACE", pif)
    if row["VLAN_master_of"] != NULL:
        raise XapiError("PIF_IS_VLAN", pif)
    if call.db.related("PIF", pif, "VLAN_slave_of"):
        raise XapiError("PIF_VLAN_STILL_EXISTS", pif)
    machine_for(call.world, call.db, row["host"])
    call.db.destroy("PIF", pif)


def _assert_no_bond(call: Call, pif: str) -> None:
    row = call.db.row("PIF", pif)
    if row["bond_slave_of"] != NULL or call.db.related("PIF", pif, "bond_master_of"):
        raise XapiError("PIF_ALREADY_BONDED", pif)


@message("PIF", "destroy")
def pif_destroy(call: Call, pif: str) -> None:
    """The old way to end a VLAN."""
    row = call.db.row("PIF", pif)
    if row["VLAN"] < 0:
        raise XapiError("PIF_IS_PHYSICAL", pif)
    if row["management"]:
        raise XapiError("PIF_IS_MANAGEMENT_INTERFACE", pif)
    call.db.destroy("VLAN", row["VLAN_master_of"])
    call.db.destroy("PIF", pif)


# addresses --------------------------------------------------------------------------------


@message("PIF", "reconfigure_ip")
def pif_reconfigure_ip(call: Call, pif: str, mode: str, ip: str, netmask: str, gateway: str, dns: str) -> None:
    """Under HA the management address stays as it is; the same values are no change (observed)."""
    row = call.db.row("PIF", pif)
    values = {"ip_configuration_mode": mode, "IP": ip, "netmask": netmask, "gateway": gateway, "DNS": dns}
    if mode == "Static":
        _assert_address(ip, "IP")
        _assert_address(netmask, "netmask")
    changed = any(row[name] != value for name, value in values.items() if name in ("ip_configuration_mode", "IP"))
    if changed and row["management"] and _ha(call):
        raise XapiError("HA_IS_ENABLED")
    if row["management"] and mode == "None":
        raise XapiError("PIF_IS_MANAGEMENT_INTERFACE", pif)
    machine_for(call.world, call.db, row["host"])
    call.db.set("PIF", pif, **values)


def _assert_address(text: str, parameter: str) -> None:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise XapiError("INVALID_IP_ADDRESS_SPECIFIED", parameter) from None


@message("PIF", "set_primary_address_type")
def pif_set_primary_address_type(call: Call, pif: str, value: str) -> None:
    call.db.set("PIF", pif, primary_address_type=value)


@message("PIF", "set_property")
def pif_set_property(call: Call, pif: str, name: str, value: str) -> None:
    if (name, value) not in (("gro", "on"), ("gro", "off")):
        raise XapiError("INVALID_VALUE", "properties", f"{name} = {value}")
    call.db.set("PIF", pif, properties={**call.db.row("PIF", pif)["properties"], name: value})
