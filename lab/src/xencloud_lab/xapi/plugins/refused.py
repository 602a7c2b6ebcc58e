# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions of plugins that are there but that the lab does not play: said so, never a made-up answer."""

from __future__ import annotations

import typing as t
from functools import partial

from ..errors import NotModelled
from .call import Function, PluginCall


def functions(plugin: str, *names: str) -> dict[str, Function]:
    """These functions of a plugin, each refused by name."""
    return {name: partial(_refuse, f"plugin {plugin}, function {name}") for name in names}


def _refuse(what: str, _call: PluginCall) -> t.NoReturn:
    raise NotModelled(what)
