# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plugins of host.call_plugin: CloudStack's own (``xapi.md`` 12.4) and XCP-ng's (``xapi.md`` 6.5)."""

from __future__ import annotations

import typing as t

import pytest
from cloudstack_world import Cloud
from running_world import Lab

from xencloud_lab.xapi.errors import XapiError


def plugin(cloud: Cloud, host: str, name: str, function: str, **args: str) -> t.Any:
    return cloud.xapi("host.call_plugin", cloud.host_ref(host), name, function, args)


def refusal(cloud: Cloud, host: str, name: str, function: str, **args: str) -> list[str]:
    with pytest.raises(XapiError) as caught:
        plugin(cloud, host, name, function, **args)
    return caught.value.description


def test_pings_and_set_up_calls_answer_what_the_agent_parses_xapi_12_4() -> None:
    cloud = Cloud()
    for function in ("pingxenserver", "pingtest", "setIptables", "preparemigration"):
        assert plugin(cloud, "xen2", "vmops", function) == "success"
    assert plugin(cloud, "xen2", "vmops", "createFileInDomr") == "succ#"


def test_network_rules_succeed_for_a_guest_that_runs_xapi_12_4() -> None:
    cloud = Cloud()
    names = [row["name_label"] for row in cloud.xapi("VM.get_all_records").values() if row["power_state"] == "Running"]
    assert plugin(cloud, "xen2", "vmops", "network_rules", vmName=names[-1]) == "true"
    assert plugin(cloud, "xen2", "vmops", "default_network_rules", vmName="nobody") == "false"
    assert plugin(cloud, "xen2", "vmops", "destroy_network_rules_for_vm", vmName="nobody") == "true"
    lacking = refusal(cloud, "xen2", "vmops", "destroy_network_rules_for_vm")
    assert lacking == ["XENAPI_PLUGIN_FAILURE", "non-zero exit", "", "KeyError: 'vmName'"]


def test_what_cloudstack_s_plugins_do_to_storage_is_refused_xapi_12_4() -> None:
    cloud = Cloud()
    for name, function, what in (
        ("vmopsSnapshot", "backupSnapshot", "plugin vmopsSnapshot, function backupSnapshot"),
        ("cloud-plugin-storage", "copyTemplate", "plugin cloud-plugin-storage"),
    ):
        assert refusal(cloud, "xen2", name, function) == ["INTERNAL_ERROR", f"not modelled by xencloud-lab: {what}"]
    assert refusal(cloud, "xen2", "vmops", "no-such") == ["UNKNOWN_XENAPI_PLUGIN_FUNCTION", "no-such"]


def test_without_cloudstack_or_after_an_upgrade_of_dom0_its_plugins_are_missing_cloudstack_1_4(lab: Lab) -> None:
    missing = ["XENAPI_MISSING_PLUGIN", "vmops"]
    assert lab.refusal("host.call_plugin", lab.host("xen2"), "vmops", "pingtest", {}) == missing
    cloud = Cloud()
    cloud.world.machines["xen2"].software.running["product_version"] = "99.0"
    assert refusal(cloud, "xen2", "vmops", "pingtest") == missing


def test_small_plugins_of_xcp_ng_answer_or_refuse_by_function_xapi_6_5(lab: Lab) -> None:
    host = lab.host("xen2")
    assert lab.ask("host.call_plugin", host, "hyperthreading.py", "get_hyperthreading", {}) == "false"
    assert lab.ask("host.call_plugin", host, "ipmitool.py", "is_ipmi_device_available", {}) == "false"
    refused = lab.refusal("host.call_plugin", host, "service.py", "restart_service", {"service": "x"})
    assert refused == ["INTERNAL_ERROR", "not modelled by xencloud-lab: plugin service.py, function restart_service"]
    unknown = lab.refusal("host.call_plugin", host, "service.py", "eat", {})
    assert unknown == ["UNKNOWN_XENAPI_PLUGIN_FUNCTION", "eat"]
