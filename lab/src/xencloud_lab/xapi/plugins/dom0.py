# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins that CloudStack copies into a dom0 (``xapi.md`` 12.4, ``cloudstack.md`` 1.4).

They are there when CloudStack has set the host up, and gone after an upgrade of dom0. Those that
work on secondary storage, tunnels and object stores are known by their functions and refused.
"""

from __future__ import annotations

import typing as t

from . import refused, vmops
from .call import Function

if t.TYPE_CHECKING:
    from ...machines import Machine

_PREMIUM = (
    "forceShutdownVM",
    "upgrade_snapshot",
    "create_privatetemplate_from_snapshot",
    "copy_vhd_to_secondarystorage",
    "copy_vhd_from_secondarystorage",
    "setup_heartbeat_sr",
    "setup_heartbeat_file",
    "heartbeat",
    "asmonitor",
    "remove_corrupt_vdi",
)
_SNAPSHOT = (
    "getVhdParent",
    "create_secondary_storage_folder",
    "delete_secondary_storage_folder",
    "post_create_private_template",
    "backupSnapshot",
    "deleteSnapshotBackup",
    "unmountSnapshotsDir",
    "deleteSnapshotsDir",
)
FUNCTIONS: dict[str, dict[str, Function]] = {
    "vmops": vmops.FUNCTIONS,
    "vmopspremium": refused.functions("vmopspremium", *_PREMIUM),
    "vmopsSnapshot": refused.functions("vmopsSnapshot", *_SNAPSHOT),
}
WHOLLY_REFUSED = frozenset({"cloud-plugin-storage", "ovstunnel", "ovsgre", "s3xenserver", "swiftxenserver"})


def is_there(machine: Machine) -> bool:
    """Whether CloudStack's scripts are in this dom0."""
    server = machine.world.cloudstack
    return server is not None and bool(server.heartbeats.holds_scripts(machine))
