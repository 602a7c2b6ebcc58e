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
from .errors import XapiError

_NETWORK_CLASSES = ("Bond", "VLAN", "tunnel", "network_sriov")


def read_side(client: XapiClient, name: str = "") -> Side:
    """One side in a dozen calls; classes that a release does not have yet are empty.

    :param name: what to call it; its master's name when empty.
    """
    pool = next(iter(client.call("pool.get_all_records").values()))
    hosts = client.call("host.get_all_records")
    master = hosts[pool["master"]]
    guests = _guests(client)
    return Side(
        name=name or master["name_label"],
        address=master["address"],
        uuid=master["uuid"],
        hosts=len(hosts),
        ha=pool["ha_enabled"],
        clustered=bool(_rows(client, "Cluster_host")),
        busy=tuple(sorted(set(pool["current_operations"].values()))),
        software=master["software_version"],
        cpu_vendor=master["cpu_info"].get("vendor", ""),
        api_version=f"{master['API_version_major']}.{master['API_version_minor']}",
        db_schema=master["software_version"].get("db_schema", ""),
        external_auth=master["external_auth_type"],
        tls_verification=pool.get("tls_verification_enabled"),
        licence=master["license_params"],
        guidance=tuple(sorted(each["name_label"] for each in hosts.values() if each.get("pending_guidances"))),
        shared_srs=_names(each for each in client.call("SR.get_all_records").values() if each["shared"]),
        running=_names(each for each in guests if each["power_state"] in ("Running", "Paused")),
        suspended=_names(each for each in guests if each["power_state"] == "Suspended"),
        in_motion=_names(each for each in guests if each["current_operations"]),
        extras={cls: len(_rows(client, cls)) for cls in _NETWORK_CLASSES},
        agent_start_time=float(master["other_config"].get("agent_start_time") or 0.0),
    )


def _guests(client: XapiClient) -> list[dict[str, t.Any]]:
    records = client.call("VM.get_all_records_where", 'field "is_a_template"="false"')
    return [each for each in records.values() if not each["is_control_domain"] and not each["is_a_snapshot"]]


def _rows(client: XapiClient, cls: str) -> dict[str, t.Any]:
    try:
        rows: dict[str, t.Any] = client.call(f"{cls}.get_all_records")
    except XapiError as error:
        if error.code != "MESSAGE_METHOD_UNKNOWN":
            raise
        return {}
    return rows


def _names(rows: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[str, ...]:
    return tuple(sorted(each["name_label"] for each in rows))
