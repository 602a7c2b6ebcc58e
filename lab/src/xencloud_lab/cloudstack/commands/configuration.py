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

_SCOPES = ("zone", "cluster", "storage", "account", "domain")
_FACTORS = {"cpu.overprovisioning.factor": "cpu_ratio", "mem.overprovisioning.factor": "memory_ratio"}


@command(
    "listConfigurations",
    *("category", "name", "zoneid", "clusterid", "storageid", "accountid", "domainid", "keyword", "page", "pagesize"),
)
def list_configurations(call: Call) -> Listing:
    """``name`` finds every setting that contains it; a scope shows what is settable there, with its values."""
    settings = call.server.settings.known.values()
    part = (call.text("name") or call.text("keyword")).lower()
    rows = [_view(call, s) for s in settings if part in s.name and _in_scope(call, s)]
    return Listing("configuration", rows)


def _in_scope(call: Call, setting: Setting) -> bool:
    if _scope(call) is not None:
        return call.has(f"{setting.scope}id")
    return not call.has("category") or setting.category == call.text("category")


def _scope(call: Call) -> str | None:
    """The uuid of the object whose values are meant; None for the global ones."""
    return next((call.text(f"{kind}id") for kind in _SCOPES if call.has(f"{kind}id")), None)


def _view(call: Call, setting: Setting) -> Body:
    body: Body = {
        "category": setting.category,
        "name": setting.name,
        "value": call.server.settings.shown(setting.name, _scope(call)),
        "description": setting.description,
        "isdynamic": setting.dynamic,
        "component": setting.component,
        "scope": setting.scope,
    }
    return body | ({"defaultvalue": setting.default} if call.server.profile.since(4, 18) else {})


@command("updateConfiguration", "name!", "value", "zoneid", "clusterid", "storageid", "accountid", "domainid")
def update_configuration(call: Call) -> Body:
    """A value, of everything or of one zone or cluster where the setting has that scope."""
    server, name, scope = call.server, call.text("name"), _scope(call)
    setting = server.settings.known.get(name)
    if setting is None:
        raise invalid(f"Config parameter with name {name} doesn't exist")
    _check_value(setting, call.text("value"))
    if scope is not None and not call.has(f"{setting.scope}id"):
        raise invalid(f"Invalid scope id provided for the parameter {name}")
    server.settings.set(name, call.text("value"), scope)
    if setting.dynamic and scope is None:
        server.durations = durations(server.settings)
    _overcommit(call, name)
    return {"configuration": _view(call, setting)}


def _overcommit(call: Call, name: str) -> None:
    """The factors of a cluster are kept with it; it shows them."""
    attribute = _FACTORS.get(name)
    if attribute is not None and call.has("clusterid"):
        setattr(call.row("clusterid", call.server.tables.clusters), attribute, float(call.text("value")))


def _check_value(setting: Setting, value: str) -> None:
    try:
        float(setting.default)
    except ValueError:
        return
    try:
        float(value)
    except ValueError:
        raise invalid(f"There was an error trying to parse the float value for: {setting.name}") from None
