# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that CloudStack has and the lab does not answer: each says so instead of pretending."""

from __future__ import annotations

_DISKS = "every instance has one root disk, which it keeps"
_STORES = "primary storage is what the estate file says"
_POWER = "power is the world's, not a management board's"
_DRS = "nobody balances load; maintenance needs it off"
REASONS: dict[str, str] = {
    **dict.fromkeys(("attachIso", "detachIso"), "discs are put in through XAPI"),
    **dict.fromkeys(("attachVolume", "detachVolume", "createVolume", "deleteVolume", "createSnapshot"), _DISKS),
    **dict.fromkeys(("enableStorageMaintenance", "cancelStorageMaintenance", "createStoragePool"), _STORES),
    **dict.fromkeys(("deleteStoragePool", "updateStoragePool"), _STORES),
    **dict.fromkeys(("addAnnotation", "removeAnnotation"), "annotations of hosts are set with updateHost"),
    **dict.fromkeys(("configureHAForHost", "enableHAForHost", "disableHAForHost"), "host HA is for KVM"),
    "issueOutOfBandManagementPowerAction": _POWER,
    **dict.fromkeys(("executeClusterDrsPlan", "generateClusterDrsPlan", "listClusterDrsPlan"), _DRS),
    "scaleVirtualMachine": "instances keep the size that they were started with",
    "migrateVolume": "a disk moves together with its instance: migrateVirtualMachineWithVolume",
    "listUsageRecords": "usage is not counted",
}
"""Why, by name."""
UNMODELLED = frozenset(REASONS)
