# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions, settings and names: the tables behind the behaviour (``cloudstack.md`` 7, Appendix A)."""

from __future__ import annotations

import pytest
from cloudstack_world import Cloud

from xencloud_lab.cloudstack.commands.unmodelled import UNMODELLED
from xencloud_lab.cloudstack.names import instance_names
from xencloud_lab.cloudstack.profiles import profile_for
from xencloud_lab.cloudstack.registry import everything
from xencloud_lab.cloudstack.settings import Settings, durations
from xencloud_lab.cloudstack.states import Status
from xencloud_lab.estate import Estate


@pytest.mark.parametrize(
    ("version", "profile"),
    [
        ("4.23.0.0", "4.22"),
        ("4.22.0.0", "4.22"),
        ("4.20.1.0", "4.19"),
        ("4.18.0", "4.14"),
        ("4.11.3.0", "4.11"),
        ("4.4.4", "4.4"),
    ],
)
def test_a_version_behaves_like_the_newest_profile_that_is_not_newer(version: str, profile: str) -> None:
    assert profile_for(version).name == profile


@pytest.mark.parametrize("version", ["4.3", "four", ""])
def test_a_version_that_is_not_modelled_is_a_sentence(version: str) -> None:
    with pytest.raises(ValueError, match="CloudStack"):
        profile_for(version)


def test_xcp_ng_8_3_has_50_guests_a_host_before_4_20_1_cloudstack_6() -> None:
    assert profile_for("4.22.0.0").guests_allowed("8.3.0") == 1000
    assert profile_for("4.14.0.0").guests_allowed("8.3.0") == 50


def test_settings_that_are_not_dynamic_wait_for_a_restart_cloudstack_2_16() -> None:
    settings = Settings({"ping.interval": "30"})
    assert durations(settings).behind == 75
    settings.set("ping.interval", "10")
    settings.set("ping.timeout", "3")
    assert durations(settings).behind == 90
    settings.apply()
    assert durations(settings).behind == 30


def test_an_unknown_setting_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="intervall is not modelled"):
        Settings({"ping.intervall": "1"})


def test_cloudstack_names_its_own_vms_and_leaves_the_others_alone_cloudstack_1_8() -> None:
    vms = [{"name": "web"}, {"name": "vr", "owner": "router"}, {"name": "mine", "owner": "pool"}]
    pool = {"name": "p", "cluster": {"name": "c"}, "hosts": [{"name": "x", "address": "127.0.1.11"}], "vms": vms}
    estate = Estate.model_validate({"cloudstack": {"address": "127.0.1.10"}, "pools": [pool]})
    assert list(instance_names(estate).values()) == ["i-2-1-VM", "r-2-VM", "mine"]


def test_4_4_restarts_vms_of_a_host_in_alert_cloudstack_1_6() -> None:
    cloud = Cloud(version="4.4.4")
    cloud.world.machines["xen3"].power_cut()
    cloud.until(lambda: cloud.host("xen3").status in (Status.ALERT, Status.DOWN), 400)
    cloud.until(lambda: bool(cloud.runs_on(cloud.vm("web2"))), 600)


P0 = """
    listCapabilities listApis queryAsyncJobResult listAsyncJobs listZones listPods listClusters updateCluster listHosts
    addHost deleteHost updateHost reconnectHost prepareHostForMaintenance cancelHostMaintenance declareHostAsDegraded
    cancelHostAsDegraded findHostsForMigration listVirtualMachines listRouters listSystemVms
    listInternalLoadBalancerVMs migrateVirtualMachine migrateSystemVm startVirtualMachine stopVirtualMachine
    rebootVirtualMachine startRouter stopRouter rebootRouter startSystemVm stopSystemVm rebootSystemVm destroySystemVm
    listCapacity listServiceOfferings listStoragePools listVolumes listAffinityGroups listDedicatedHosts listHostTags
    listConfigurations updateConfiguration listEvents listAlerts listManagementServers
"""


def test_every_command_of_first_priority_is_answered_cloudstack_8() -> None:
    assert not set(P0.split()) - {command.name for command in everything(profile_for("4.22.0.0"))}


def test_a_command_is_answered_or_refused_as_not_modelled_never_both() -> None:
    assert not UNMODELLED & {command.name for command in everything()}
