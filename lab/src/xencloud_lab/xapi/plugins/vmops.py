# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudStack's plugin for guests and their network rules (``xapi.md`` 12.4).

Rules, files and addresses inside dom0 are not kept: what depends on a guest asks for that guest,
everything else is the plain success that the agent parses.
"""

from __future__ import annotations

import typing as t

from ..errors import XapiError
from . import refused
from .call import Function, PluginCall


def _success(_call: PluginCall) -> str:
    return "success"


def _create_file_in_router(_call: PluginCall) -> str:
    return "succ#"


def _cleanup(_call: PluginCall) -> str:
    """How many chains were thrown away."""
    return "0"


def _destroy_rules(call: PluginCall) -> str:
    argument(call, "vmName")
    return "true"


def _rules(call: PluginCall) -> str:
    """Rules are written for a guest that runs on this host's pool under this name, and for no other."""
    name = call.args.get("vmName", "")
    found = call.call.db.find("VM", name_label=name)
    return _said(len(found) == 1 and call.call.db.row("VM", found[0])["domid"] >= 0)


def _live_parameter(call: PluginCall) -> str:
    name = argument(call, "vmname")
    return _said(any(domain.name == name for domain in call.machine.domains.values()))


def _can_bridge_firewall(call: PluginCall) -> str:
    """Security groups need the bridge; Open vSwitch says no."""
    backend = call.call.db.row("host", call.host)["software_version"].get("network_backend", "openvswitch")
    return _said(backend == "bridge")


def _said(value: bool) -> str:
    return "true" if value else "false"


def argument(call: PluginCall, name: str) -> str:
    """An argument that the plugin cannot do without.

    :raises XapiError: XENAPI_PLUGIN_FAILURE, as for any crash of a plugin.
    """
    if name not in call.args:
        raise XapiError("XENAPI_PLUGIN_FAILURE", "non-zero exit", "", f"KeyError: '{name}'")
    return call.args[name]


_SUCCESS: t.Final = (
    "pingtest",
    "pingxenserver",
    "pingdomr",
    "preparemigration",
    "setIptables",
    "setLinkLocalIP",
    "createFile",
    "deleteFile",
)
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(_SUCCESS, _success),
    "createFileInDomr": _create_file_in_router,
    "can_bridge_firewall": _can_bridge_firewall,
    "default_network_rules": _rules,
    "default_network_rules_systemvm": _rules,
    "network_rules": _rules,
    "network_rules_vmSecondaryIp": _rules,
    "destroy_network_rules_for_vm": _destroy_rules,
    "cleanup_rules": _cleanup,
    "add_to_VCPUs_params_live": _live_parameter,
    **refused.functions("vmops", "get_rule_logs_for_vms", "kill_copy_process", "setup_iscsi"),
}
