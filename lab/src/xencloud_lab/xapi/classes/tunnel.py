# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class tunnel: a network carried over another interface (``xapi.md`` 12.4)."""

from __future__ import annotations

from ..errors import XapiError
from ..forward import machine_for
from ..model import NULL
from ..registry import Call, message
from ..rows import stamp

OPENVSWITCH = "openvswitch"


@message("tunnel", "create")
def tunnel_create(call: Call, transport: str, network: str, protocol: str = "gre") -> str:
    """A tunnel, with the interface that stands for its network on this host."""
    db, row = call.db, call.db.row("PIF", transport)
    db.row("network", network)
    if row["bond_slave_of"] != NULL:
        raise XapiError("CANNOT_ADD_TUNNEL_TO_BOND_SLAVE", transport)
    if db.related("PIF", transport, "tunnel_access_PIF_of"):
        raise XapiError("IS_TUNNEL_ACCESS_PIF", transport)
    if db.row("host", row["host"])["software_version"].get("network_backend", OPENVSWITCH) != OPENVSWITCH:
        raise XapiError("OPENVSWITCH_NOT_ACTIVE")
    for pif in db.related("network", network, "PIFs"):
        if db.row("PIF", pif)["host"] == row["host"]:
            raise XapiError("NETWORK_ALREADY_CONNECTED", row["host"], pif)
    machine_for(call.world, db, row["host"])
    metrics = db.create("PIF_metrics", carrier=True, last_updated=stamp(call.now))
    same = {name: row[name] for name in ("host", "MTU", "managed", "primary_address_type")}
    device = f"tunnel{len(db.rows('tunnel'))}"
    access = db.create("PIF", **same, device=device, network=network, VLAN=-1, metrics=metrics, currently_attached=True)
    values = {"access_PIF": access, "transport_PIF": transport, "status": {"active": "false"}}
    return db.create("tunnel", **values, protocol=protocol)


@message("tunnel", "destroy")
def tunnel_destroy(call: Call, tunnel: str) -> None:
    """The interface that stood for it goes too."""
    pif = call.db.row("tunnel", tunnel)["access_PIF"]
    metrics = call.db.row("PIF", pif)["metrics"]
    for cls, ref in (("tunnel", tunnel), ("PIF", pif), ("PIF_metrics", metrics)):
        call.db.destroy(cls, ref)
