# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class Bond: several interfaces of a host as one (``xapi.md`` 2.10, 12.4)."""

from __future__ import annotations

import typing as t

from ..database import Row
from ..equipment import EMPTY, MOVED
from ..errors import XapiError
from ..forward import machine_for
from ..model import NULL
from ..registry import Call, message
from ..rows import pool_row, stamp


@message("Bond", "create")
def bond_create(
    call: Call, network: str, members: list[str], mac: str, mode: str = "balance-slb", properties: t.Any = None
) -> str:
    """The bond's interface takes over the addresses of its first member that has one."""
    db = call.db
    db.row("network", network)
    rows = [db.row("PIF", pif) for pif in members]
    _assert_bondable(call, members, rows)
    machine_for(call.world, db, rows[0]["host"])
    primary = next((row for row in rows if row["management"]), rows[0])
    pif = _interface(call, network, primary, mac or primary["MAC"])
    bond = db.create("Bond", master=pif, mode=mode, properties=properties or {}, links_up=len(members))
    for member in members:
        db.set("PIF", member, bond_slave_of=bond, currently_attached=True, **EMPTY)
    first = members[rows.index(primary)]
    db.set("Bond", bond, primary_slave=first)
    return bond


def _assert_bondable(call: Call, members: list[str], rows: list[Row]) -> None:
    if not members:
        raise XapiError("PIF_BOND_NEEDS_MORE_MEMBERS")
    if len({row["host"] for row in rows}) > 1:
        raise XapiError("PIF_BOND_CROSS_HOSTS")
    for pif, row in zip(members, rows, strict=True):
        if row["bond_slave_of"] != NULL:
            raise XapiError("PIF_ALREADY_BONDED", pif)
        if row["VLAN"] >= 0:
            raise XapiError("PIF_VLAN_EXISTS", pif)
    if any(row["management"] for row in rows) and pool_row(call.db)["ha_enabled"]:
        raise XapiError("HA_CANNOT_CHANGE_BOND_STATUS_OF_MGMT_IFACE")


def _interface(call: Call, network: str, primary: Row, mac: str) -> str:
    db, host = call.db, primary["host"]
    used = {row["device"] for row in db.rows("PIF").values() if row["host"] == host}
    device = next(name for name in (f"bond{n}" for n in range(len(used) + 1)) if name not in used)
    metrics = db.create("PIF_metrics", carrier=True, last_updated=stamp(call.now))
    moved = {name: primary[name] for name in MOVED}
    values = {"device": device, "network": network, "host": host, "MAC": mac, "metrics": metrics, "MTU": primary["MTU"]}
    return db.create("PIF", **values, **moved, VLAN=-1, physical=False, currently_attached=True, managed=True)


@message("Bond", "destroy")
def bond_destroy(call: Call, bond: str) -> None:
    """The primary member takes the addresses back."""
    db, row = call.db, call.db.row("Bond", bond)
    pif = db.row("PIF", row["master"])
    if pif["management"] and pool_row(db)["ha_enabled"]:
        raise XapiError("HA_CANNOT_CHANGE_BOND_STATUS_OF_MGMT_IFACE")
    for member in db.related("Bond", bond, "slaves"):
        db.set("PIF", member, bond_slave_of=NULL)
    db.set("PIF", row["primary_slave"], **{name: pif[name] for name in MOVED})
    for cls, ref in (("PIF_metrics", pif["metrics"]), ("PIF", row["master"]), ("Bond", bond)):
        db.destroy(cls, ref)


@message("Bond", "set_mode")
def bond_set_mode(call: Call, bond: str, value: str) -> None:
    call.db.set("Bond", bond, mode=value)


@message("Bond", "set_property")
def bond_set_property(call: Call, bond: str, name: str, value: str) -> None:
    call.db.set("Bond", bond, properties={**call.db.row("Bond", bond)["properties"], name: value})
