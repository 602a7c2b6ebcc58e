# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands that CloudStack has and the lab does not answer yet: each says so instead of pretending."""

from __future__ import annotations

_NAMES = """
    addHost deleteHost declareHostAsDegraded cancelHostAsDegraded rebootVirtualMachine startRouter stopRouter
    rebootRouter startSystemVm stopSystemVm rebootSystemVm destroySystemVm destroyRouter
    startInternalLoadBalancerVM stopInternalLoadBalancerVM listDomains listAccounts listProjects listUsers
    getUser getUserKeys registerUserKeys listRoles listNetworks listVPCs listNics listPublicIpAddresses
    listTemplates listIsos listOsTypes listHypervisors listHypervisorCapabilities listDiskOfferings listTags
    createTags deleteTags listSnapshots listSSHKeyPairs listSecurityGroups listPhysicalNetworks listRegions
    listImageStores listResourceLimits migrateVirtualMachineWithVolume migrateVolume restartNetwork restartVPC
    updateVirtualMachine deployVirtualMachine destroyVirtualMachine expungeVirtualMachine recoverVirtualMachine
    addCluster deleteCluster createZone deleteZone updateZone createPod deletePod updatePod dedicateHost
    releaseDedicatedHost createAffinityGroup deleteAffinityGroup updateVMAffinityGroup listVMSnapshot
    archiveAlerts deleteAlerts archiveEvents deleteEvents login logout startRollingMaintenance
    prepareForMaintenance cancelMaintenance prepareForShutdown triggerShutdown readyForShutdown cancelShutdown
    listPortForwardingRules listHostsMetrics listClustersMetrics listVirtualMachinesMetrics scaleVirtualMachine
    changeServiceForVirtualMachine attachIso detachIso attachVolume detachVolume createVolume deleteVolume
    createSnapshot enableStorageMaintenance cancelStorageMaintenance createStoragePool deleteStoragePool
    updateStoragePool addAnnotation listAnnotations removeAnnotation configureHAForHost enableHAForHost
    disableHAForHost issueOutOfBandManagementPowerAction executeClusterDrsPlan generateClusterDrsPlan
    listClusterDrsPlan listDedicatedClusters listDedicatedPods listDedicatedZones listUsageRecords
"""
UNMODELLED = frozenset(_NAMES.split())
