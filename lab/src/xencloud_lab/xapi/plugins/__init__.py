# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins of host.call_plugin: a module each, with its functions by name.

To add one: write its module with ``FUNCTIONS``, and name it in ``PLUGINS``.
"""

from __future__ import annotations

import typing as t

from ..errors import NotModelled, XapiError
from . import echo, updater
from .call import Function, PluginCall

PLUGINS: dict[str, dict[str, Function]] = {"echo": echo.FUNCTIONS, "updater.py": updater.FUNCTIONS}
UPDATE_PLUGINS = {"updater.py": "updater_plugin"}
OF_XCP_NG = frozenset(
    {
        "hyperthreading.py",
        "ipmitool.py",
        "lsblk.py",
        "lvm.py",
        "netdata.py",
        "raid.py",
        "sdncontroller.py",
        "service.py",
        "smartctl.py",
        "zfs.py",
    }
)


def run(plugin_call: PluginCall, plugin: str, function: str) -> t.Any:
    """The answer of a plugin's function: text, or a ``Completion`` of it.

    :raises XapiError: no such plugin or function, or the plugin's own error.
    """
    profile = plugin_call.machine.toolstack.pool.profile
    if profile.update_way == "updater_plugin" and plugin in OF_XCP_NG:
        raise NotModelled(f"plugin {plugin}")
    if plugin not in PLUGINS or UPDATE_PLUGINS.get(plugin, profile.update_way) != profile.update_way:
        raise XapiError("XENAPI_MISSING_PLUGIN", plugin)
    if function not in PLUGINS[plugin]:
        raise XapiError("UNKNOWN_XENAPI_PLUGIN_FUNCTION", function)
    return PLUGINS[plugin][function](plugin_call)
