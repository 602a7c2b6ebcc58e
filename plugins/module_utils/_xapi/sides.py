# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what a join depends on, from the master of either side.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._maintenance.joining import Side
from .client import XapiClient

_TOOLS_MARKS = {"xenserver_tools_sr", "xensource_internal"}
_NETWORK_CLASSES = ("Bond", "VLAN", "tunnel", "network_sriov")

Rows = t.Mapping[str, t.Mapping[str, t.Any]]


def read_side(client: XapiClient, name: str = "") -> Side:
    """One side in a dozen calls; classes that a release does not have yet are empty.

    :param name: what to call it; its master's name when empty.
    """
    pool = next(iter(client.call("pool.get_all_records").values()))
    hosts = client.call("host.get_all_records")
    master = hosts[pool["master"]]
    guests, pifs = _guests(client), client.call("PIF.get_all_records")
    management = _management(pifs, pool["master"])
    networks = {cls: client.records(cls) for cls in _NETWORK_CLASSES}
    return Side(
        name=name or master["name_label"],
        address=master["address"],
        uuid=master["uuid"],
        hosts=len(hosts),
        ha=pool["ha_enabled"],
        clustered=bool(client.records("Cluster_host")),
        busy=tuple(sorted(set(pool["current_operations"].values()))),
        software=master["software_version"],
        cpu_vendor=master["cpu_info"].get("vendor", ""),
        api_version=f"{master['API_version_major']}.{master['API_version_minor']}",
        db_schema=master["software_version"].get("db_schema", ""),
        external_auth=" ".join(filter(None, (master["external_auth_type"], master["external_auth_service_name"]))),
        network_backend=master["software_version"].get("network_backend", ""),
        management_vlan=str(management.get("VLAN", "-1")),
        address_type=management.get("primary_address_type", ""),
        sdn_controllers=_sdn_controllers(client),
        patches=_patches(client, pool["master"]),
        updates=_updates(client, pool["master"]),
        tls_verification=pool.get("tls_verification_enabled"),
        licence=master["license_params"],
        guidance=tuple(sorted(each["name_label"] for each in hosts.values() if each.get("pending_guidances"))),
        shared_srs=_names(each for each in client.call("SR.get_all_records").values() if _is_shared(each)),
        running=_names(each for each in guests if each["power_state"] in ("Running", "Paused")),
        suspended=_names(each for each in guests if each["power_state"] == "Suspended"),
        in_motion=_names(each for each in guests if each["current_operations"]),
        extras=_extras(networks, pifs),
        cards=_cards(client, networks["Bond"], pifs, hosts),
        agent_start_time=float(master["other_config"].get("agent_start_time") or 0.0),
    )


def _guests(client: XapiClient) -> list[dict[str, t.Any]]:
    records = client.call("VM.get_all_records_where", 'field "is_a_template"="false"')
    return [each for each in records.values() if not each["is_control_domain"] and not each["is_a_snapshot"]]


def _is_shared(sr: t.Mapping[str, t.Any]) -> bool:
    """Every host has the SR of the guest tools, which counts as shared and joins along."""
    tools = sr.get("is_tools_sr") or _TOOLS_MARKS & set(sr["other_config"])
    return bool(sr["shared"]) and not tools


def _management(pifs: Rows, host: str) -> t.Mapping[str, t.Any]:
    return next((pif for pif in pifs.values() if pif["management"] and pif["host"] == host), {})


def _sdn_controllers(client: XapiClient) -> tuple[str, ...]:
    rows = client.records("SDN_controller").values()
    return tuple(sorted(f"{each['protocol']}:{each['address']}:{each['port']}" for each in rows))


def _cards(client: XapiClient, bonds: Rows, pifs: Rows, hosts: t.Collection[str]) -> dict[str, str]:
    """Cards that every host has, with the network of the card itself or of the bond that it is in."""
    names = {ref: record["name_label"] for ref, record in client.call("network.get_all_records").items()}
    masters = {ref: bond["master"] for ref, bond in bonds.items()}
    found: dict[str, dict[str, str]] = {}
    for pif in pifs.values():
        if pif["physical"]:
            carrier = pifs.get(masters.get(pif["bond_slave_of"], ""), pif)
            found.setdefault(pif["device"], {})[pif["host"]] = names[carrier["network"]]
    return {device: min(there.values()) for device, there in found.items() if set(there) >= set(hosts)}


def _extras(networks: t.Mapping[str, Rows], pifs: Rows) -> dict[str, int]:
    """What is counted of the network; a VLAN may carry the management interface."""
    management = {ref for ref, pif in pifs.items() if pif["management"]}
    vlans = {ref: vlan for ref, vlan in networks["VLAN"].items() if vlan["untagged_PIF"] not in management}
    return {cls: len(found) for cls, found in {**networks, "VLAN": vlans}.items()}


def _patches(client: XapiClient, host: str) -> frozenset[str]:
    """Hotfixes of the releases up to 7.0, where every one counts."""
    if client.records("pool_update"):
        return frozenset()
    records = client.records("host_patch").values()
    return frozenset(each["name_label"] for each in records if each["host"] == host and each["applied"])


def _updates(client: XapiClient, host: str) -> frozenset[str]:
    """Updates of the releases from 7.1 on, where those count that say so."""
    records = client.records("pool_update").values()
    return frozenset(each["name_label"] for each in records if host in each["hosts"] and each["enforce_homogeneity"])


def _names(rows: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[str, ...]:
    return tuple(sorted(each["name_label"] for each in rows))
