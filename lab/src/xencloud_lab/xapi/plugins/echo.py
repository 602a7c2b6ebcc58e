# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plugin that only proves that plugins work; CloudStack's ping (``xapi.md`` 12.4)."""

from __future__ import annotations

from .call import Function, PluginCall


def main(call: PluginCall) -> str:
    """The arguments, as text."""
    return f"args were: {call.args!r}"


FUNCTIONS: dict[str, Function] = {"main": main}
