# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins of host.call_plugin: a module each, with its functions by name.

To add one: write its module with ``FUNCTIONS``, and name it in ``EVERYWHERE`` or in the table of
those who bring it: ``xcp_ng`` for the product's own, ``dom0`` for what CloudStack copies there.
"""

from __future__ import annotations

import typing as t

from ..errors import NotModelled, XapiError
from . import dom0, echo, updater, xcp_ng
from .call import Function, PluginCall

EVERYWHERE: dict[str, dict[str, Function]] = {"echo": echo.FUNCTIONS}
OF_XCP_NG: dict[str, dict[str, Function]] = {"updater.py": updater.FUNCTIONS, **xcp_ng.FUNCTIONS}


def run(plugin_call: PluginCall, plugin: str, function: str) -> t.Any:
    """The answer of a plugin's function: text, or a ``Completion`` of it.

    :raises XapiError: no such plugin or function, or the plugin's own error.
    :raises NotModelled: both are there, but the lab does not play them.
    """
    known = dict(EVERYWHERE)
    refused: frozenset[str] = frozenset()
    if plugin_call.machine.toolstack.pool.profile.update_way == "updater_plugin":
        known |= OF_XCP_NG
        refused |= xcp_ng.WHOLLY_REFUSED
    if dom0.is_there(plugin_call.machine):
        known |= dom0.FUNCTIONS
        refused |= dom0.WHOLLY_REFUSED
    if plugin in refused:
        raise NotModelled(f"plugin {plugin}")
    if plugin not in known:
        raise XapiError("XENAPI_MISSING_PLUGIN", plugin)
    if function not in known[plugin]:
        raise XapiError("UNKNOWN_XENAPI_PLUGIN_FUNCTION", function)
    return known[plugin][function](plugin_call)
