# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that CloudStack has and the lab does not answer yet: each says so instead of pretending."""

from __future__ import annotations

_NAMES = """
    migrateVirtualMachineWithVolume migrateVolume restartNetwork restartVPC
    createZone deleteZone
    updateZone scaleVirtualMachine
    changeServiceForVirtualMachine attachIso detachIso attachVolume detachVolume createVolume deleteVolume
    createSnapshot enableStorageMaintenance cancelStorageMaintenance createStoragePool deleteStoragePool
    updateStoragePool addAnnotation removeAnnotation configureHAForHost enableHAForHost disableHAForHost
    issueOutOfBandManagementPowerAction executeClusterDrsPlan generateClusterDrsPlan listClusterDrsPlan
    listUsageRecords
"""
UNMODELLED = frozenset(_NAMES.split())
