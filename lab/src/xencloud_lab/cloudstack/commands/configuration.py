# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Global settings."""

from __future__ import annotations

from ..call import Call
from ..envelope import Body
from ..errors import invalid
from ..registry import Listing, command
from ..settings import Setting, durations


@command(
    "listConfigurations",
    *("category", "name", "zoneid", "clusterid", "storageid", "accountid", "domainid", "keyword", "page", "pagesize"),
)
def list_configurations(call: Call) -> Listing:
    """``name`` finds every setting that contains it; a scope shows what is settable there, with global values."""
    settings = call.server.settings.known.values()
    part = (call.text("name") or call.text("keyword")).lower()
    rows = [_view(call, s) for s in settings if part in s.name and _in_scope(call, s)]
    return Listing("configuration", rows)


def _in_scope(call: Call, setting: Setting) -> bool:
    if call.has("clusterid"):
        return setting.scope == "cluster"
    if call.has("zoneid"):
        return setting.scope == "zone"
    return not call.has("category") or setting.category == call.text("category")


def _view(call: Call, setting: Setting) -> Body:
    return {
        "category": setting.category,
        "name": setting.name,
        "value": call.server.settings.values[setting.name],
        "defaultvalue": setting.default,
        "description": setting.description,
        "isdynamic": setting.dynamic,
        "component": setting.component,
        "scope": setting.scope,
    }


@command("updateConfiguration", "name!", "value", "zoneid", "clusterid")
def update_configuration(call: Call) -> Body:
    """Values of a scope are kept as global ones: the lab has one zone."""
    server, name = call.server, call.text("name")
    setting = server.settings.known.get(name)
    if setting is None:
        raise invalid(f"Config parameter with name {name} doesn't exist")
    _check_value(setting, call.text("value"))
    server.settings.set(name, call.text("value"))
    if setting.dynamic:
        server.durations = durations(server.settings)
    return {"configuration": _view(call, setting)}


def _check_value(setting: Setting, value: str) -> None:
    try:
        float(setting.default)
    except ValueError:
        return
    try:
        float(value)
    except ValueError:
        raise invalid(f"There was an error trying to parse the float value for: {setting.name}") from None
