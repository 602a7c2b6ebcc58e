# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the simulator's list is answered, or refused for a stated reason (``cloudstack.md`` 8)."""

from __future__ import annotations

import pytest
from cloudstack_world import Cloud

from xencloud_lab.cloudstack.commands.unmodelled import REASONS
from xencloud_lab.cloudstack.registry import everything

P0 = """
listCapabilities listApis queryAsyncJobResult listAsyncJobs listZones listPods listClusters updateCluster listHosts
addHost deleteHost updateHost reconnectHost prepareHostForMaintenance cancelHostMaintenance declareHostAsDegraded
cancelHostAsDegraded findHostsForMigration listVirtualMachines listRouters listSystemVms listInternalLoadBalancerVMs
migrateVirtualMachine migrateSystemVm startVirtualMachine stopVirtualMachine rebootVirtualMachine startRouter
stopRouter rebootRouter startSystemVm stopSystemVm rebootSystemVm destroySystemVm listCapacity listServiceOfferings
listStoragePools listVolumes listAffinityGroups listDedicatedHosts listHostTags listConfigurations updateConfiguration
listEvents listAlerts listManagementServers
"""
P1 = """
listDomains listAccounts listProjects listUsers getUser getUserKeys registerUserKeys listRoles listNetworks listVPCs
listNics listPublicIpAddresses listTemplates listIsos listOsTypes listHypervisors listHypervisorCapabilities
listDiskOfferings listTags createTags deleteTags listSnapshots listSSHKeyPairs listSecurityGroups listPhysicalNetworks
listRegions listImageStores listResourceLimits migrateVirtualMachineWithVolume migrateVolume restartNetwork restartVPC
updateVirtualMachine deployVirtualMachine destroyVirtualMachine addCluster deleteCluster createZone deleteZone
updateZone createPod deletePod updatePod dedicateHost releaseDedicatedHost createAffinityGroup listVMSnapshot
archiveAlerts deleteAlerts archiveEvents deleteEvents
"""
P2 = """
startRollingMaintenance prepareForMaintenance cancelMaintenance prepareForShutdown triggerShutdown readyForShutdown
cancelShutdown listPortForwardingRules listHostsMetrics listClustersMetrics listVirtualMachinesMetrics
"""
REFUSED = {"migrateVolume"}
"""Those of the list above that are refused; whoever adds one adds the reason in ``unmodelled.py``."""


@pytest.mark.parametrize("names", [P0, P1, P2], ids=["P0", "P1", "P2"])
def test_every_named_command_is_answered_or_refused_with_a_reason_cloudstack_8(names: str) -> None:
    answered = {command.name for command in everything()}
    missing = set(names.split()) - answered
    assert missing <= REFUSED
    assert all(REASONS[name] for name in missing)


def test_nothing_of_the_highest_priority_is_refused_cloudstack_8() -> None:
    assert not REFUSED & set(P0.split())


def test_a_refused_command_says_so_and_why_it_is_not_a_success() -> None:
    code, text = Cloud().refusal("migrateVolume", volumeid="a-volume", storageid="a-storage")
    assert code == 530
    assert text == "not modelled by xencloud-lab: the command migrateVolume"


def test_a_zone_is_made_disabled_and_deleted_when_it_is_empty_cloudstack_8() -> None:
    cloud = Cloud()
    params = {"networktype": "Advanced", "dns1": "192.0.2.1", "internaldns1": "192.0.2.1"}
    zone = cloud.ask("createZone", name="zone-2", **params)["zone"]
    assert zone["allocationstate"] == "Disabled"
    assert cloud.refusal("createZone", name="zone-2", **params)[0] == 431
    assert cloud.ask("updateZone", id=zone["id"], allocationstate="Enabled")["zone"]["allocationstate"] == "Enabled"
    pod = cloud.ask("createPod", name="pod-2", zoneid=zone["id"], startip="192.0.2.9", gateway="", netmask="")["pod"]
    assert cloud.refusal("deleteZone", id=zone["id"])[0] == 530
    cloud.ask("deletePod", id=pod["id"])
    assert cloud.ask("deleteZone", id=zone["id"]) == {"success": True}
    assert cloud.ask("listZones", name="zone-2") == {}


def test_restart_of_a_network_with_cleanup_restarts_its_routers_cloudstack_8() -> None:
    cloud = Cloud()
    network = cloud.ask("listNetworks")["network"][0]["id"]
    router, updates = cloud.vr(), cloud.vr().updates
    assert cloud.job("restartNetwork", id=network)["jobresult"] == {"success": True}
    assert router.updates == updates
    assert cloud.job("restartNetwork", id=network, cleanup="true")["jobresult"] == {"success": True}
    assert router.updates > updates
    assert len(cloud.runs_on(router)) == 1


def test_no_id_names_a_vpc_because_there_is_none_cloudstack_4_5() -> None:
    cloud = Cloud()
    assert cloud.ask("listVPCs") == {}
    code, text = cloud.job_refusal("restartVPC", id=cloud.server.uuid)
    assert code == 431
    assert text.startswith("Invalid parameter id value=")
