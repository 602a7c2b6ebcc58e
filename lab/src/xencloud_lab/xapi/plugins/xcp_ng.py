# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XCP-ng's small plugins (``xapi.md`` 6.5): the two questions that the lab can answer, and what it refuses.

A plugin that is not in ``FUNCTIONS`` is refused whole, because its functions are not known here.
"""

from __future__ import annotations

import json

from . import refused
from .call import Function, PluginCall


def _hyperthreading(call: PluginCall) -> str:
    """Whether a core has several threads; a host that does not say has one."""
    info = call.call.db.row("host", call.host)["cpu_info"]
    return json.dumps(int(info.get("threads_per_core", "1")) > 1)


def _ipmi_device(_call: PluginCall) -> str:
    """The lab's machines have no such device."""
    return json.dumps(False)


FUNCTIONS: dict[str, dict[str, Function]] = {
    "hyperthreading.py": {"get_hyperthreading": _hyperthreading},
    "ipmitool.py": {
        "is_ipmi_device_available": _ipmi_device,
        **refused.functions("ipmitool.py", "get_all_sensors", "get_sensor", "get_ipmi_lan"),
    },
    "service.py": refused.functions(
        "service.py", "start_service", "stop_service", "restart_service", "try_restart_service"
    ),
    "lsblk.py": refused.functions("lsblk.py", "list_block_devices"),
}
WHOLLY_REFUSED = frozenset({"lvm.py", "netdata.py", "raid.py", "sdncontroller.py", "smartctl.py", "zfs.py"})
