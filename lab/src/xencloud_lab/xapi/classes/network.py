# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class network (``xapi.md`` 12.4)."""

from __future__ import annotations

import typing as t

from .. import constructors
from ..errors import XapiError
from ..registry import Call, message


@message("network", "create")
def network_create(call: Call, record: dict[str, t.Any]) -> str:
    """A network without a way out; its bridge gets the next free name."""
    values = constructors.values("network", call.release, record)
    used = {row["bridge"] for row in call.db.rows("network").values()}
    if values.get("bridge") and values["bridge"] in used:
        raise XapiError("BRIDGE_NAME_EXISTS", values["bridge"])
    values["bridge"] = values.get("bridge") or next(name for name in _names(len(used) + 1) if name not in used)
    return call.db.create("network", **values)


def _names(count: int) -> list[str]:
    return [f"xapi{number}" for number in range(count)]


@message("network", "destroy")
def network_destroy(call: Call, network: str) -> None:
    call.db.row("network", network)
    for field, code in (("PIFs", "NETWORK_CONTAINS_PIF"), ("VIFs", "NETWORK_CONTAINS_VIF")):
        used = call.db.related("network", network, field)
        if field == "VIFs":
            used = [vif for vif in used if call.db.row("VIF", vif)["currently_attached"]]
        if used:
            raise XapiError(code, *used)
    for vif in call.db.related("network", network, "VIFs"):
        call.db.destroy("VIF", vif)
    call.db.destroy("network", network)


@message("network", "set_default_locking_mode")
def network_set_default_locking_mode(call: Call, network: str, value: str) -> None:
    used = [vif for vif in call.db.related("network", network, "VIFs") if call.db.row("VIF", vif)["currently_attached"]]
    if used:
        raise XapiError("OPERATION_NOT_ALLOWED", "Network is in use by running VMs")
    call.db.set("network", network, default_locking_mode=value)


@message("network", "add_purpose")
def network_add_purpose(call: Call, network: str, value: str) -> None:
    purposes = call.db.row("network", network)["purpose"]
    if value in purposes:
        return
    call.db.set("network", network, purpose=[*purposes, value])


@message("network", "remove_purpose")
def network_remove_purpose(call: Call, network: str, value: str) -> None:
    purposes = call.db.row("network", network)["purpose"]
    call.db.set("network", network, purpose=[purpose for purpose in purposes if purpose != value])
