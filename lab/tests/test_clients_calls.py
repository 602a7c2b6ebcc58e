# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every P0 and P1 call of the four clients is answered, or refused for a reason (``xapi.md`` 12.1 to 12.4)."""

from __future__ import annotations

import pytest
from running_world import Lab

from xencloud_lab.xapi import generic, handlers, messages, registry
from xencloud_lab.xapi.model import load
from xencloud_lab.xapi.plugins import EVERYWHERE, OF_XCP_NG, dom0

NEWEST = load().releases[-1]
OLDEST_WITH_HOTFIXES = "tampa"
GETTERS = "get_all get_all_records get_all_records_where get_record get_by_uuid"
TAGS = "add_tags remove_tags set_tags get_tags"
MAPS = "add_to_other_config remove_from_other_config"
LIFE = "start start_on resume suspend clean_shutdown hard_shutdown clean_reboot hard_reboot unpause"
HA_FIGURES = (
    "ha_prevent_restarts_for ha_failover_plan_exists ha_compute_max_host_failures_to_tolerate "
    "ha_compute_hypothetical_max_host_failures_to_tolerate ha_compute_vm_failover_plan"
)
# 12.1: the PyPI library and what we do with it
OURS = {
    "session": "login_with_password logout slave_local_login_with_password local_logout get_this_host",
    "pool": f"{GETTERS} {MAPS} {TAGS} {HA_FIGURES} get_master get_default_SR enable_ha disable_ha designate_new_master "
    "sync_database eject join join_force emergency_transition_to_master emergency_reset_master recover_slaves "
    "set_ha_host_failures_to_tolerate sync_updates check_update_readiness",
    "host": f"{GETTERS} {MAPS} {TAGS} get_API_version_major get_API_version_minor disable enable evacuate "
    "get_vms_which_prevent_evacuation assert_can_evacuate reboot shutdown power_on restart_agent compute_free_memory "
    "call_plugin destroy declare_dead emergency_ha_disable local_assert_healthy is_in_emergency_mode apply_updates",
    "VM": f"{GETTERS} {MAPS} {TAGS} {LIFE} pool_migrate assert_agile assert_can_boot_here get_possible_hosts "
    "set_ha_restart_priority",
    "VBD": f"{GETTERS} eject",
    "PBD": f"{GETTERS} plug unplug",
    "task": f"{GETTERS} get_status cancel destroy",
    "event": "from inject",
    "message": f"{GETTERS} create get_since",
    "pool_patch": f"{GETTERS} apply pool_apply precheck clean pool_clean destroy",
    "pool_update": f"{GETTERS} introduce precheck apply pool_apply pool_clean destroy",
    "Repository": f"{GETTERS} introduce forget",
    **dict.fromkeys(("host_metrics", "VDI", "SR", "PIF", "network"), GETTERS),
}
# 12.2: xen-api and Xen Orchestra
ORCHESTRA = {
    "task": "create destroy cancel set_status set_progress",
    "pool": "disable_ha enable_ha designate_new_master eject join join_force",
    "VM": "pool_migrate migrate_send",
    "host": "get_servertime",
    "SR": "scan",
    "message": "destroy",
}
# 12.3: community.general
MODULES = {
    "host": "get_software_version",
    "VM": "get_by_name_label get_power_state clone copy provision destroy set_name_label set_name_description "
    "set_memory_limits set_VCPUs_max set_VCPUs_at_startup set_platform set_xenstore_data set_other_config",
    "VM_metrics": "get_record",
    "VM_guest_metrics": "get_record",
    "VDI": "create destroy resize set_name_label set_name_description get_by_name_label",
    "VBD": "create destroy plug unplug eject insert",
    "VIF": "create destroy plug unplug configure_ipv4 configure_ipv6",
    "task": "get_status get_result get_error_info destroy",
    "network": "get_by_name_label",
}
# 12.4: CloudStack
CLOUDSTACK = {
    "host": "get_enabled get_address get_metrics get_cpu_info get_host_CPUs get_resident_VMs get_server_localtime "
    "set_hostname_live get_patches migrate_receive",
    "VM": "create provision clone copy migrate_send assert_can_migrate snapshot checkpoint revert power_state_reset "
    "set_affinity set_ha_always_run set_memory_limits set_memory_dynamic_range set_VCPUs_number_live "
    "get_allowed_operations destroy",
    "VDI": "snapshot copy pool_migrate",
    "SR": "create introduce scan forget probe",
    "VLAN": "create destroy",
    "Bond": "create destroy",
    "tunnel": "create destroy",
    "GPU_group": "get_all_records",
    "VGPU": "get_all_records create",
    "event": "register next",
    "task": "get_progress cancel",
}
# What is answered with "not modelled by xencloud-lab", and why.
REFUSED = {
    "VGPU.create": "no graphics hardware in the estate: a machine has none to give",
}
REFUSED_BY_HAND = {
    "SR.probe": "what lies unattached on an array is not part of the world",
}
CLIENTS = {"12.1": OURS, "12.2": ORCHESTRA, "12.3": MODULES, "12.4": CLOUDSTACK}


def calls(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(cls, name) for cls, names in table.items() for name in names.split()]


def answered(cls: str, name: str) -> bool:
    """Whether there is code for it, or the datamodel says all that there is to know."""
    if registry.implementation(cls, name) is not None:
        return True
    return name in (*GETTERS.split(), "get_by_name_label") or generic.is_plain(cls, name)


@pytest.mark.parametrize("client", CLIENTS)
def test_each_call_of_a_client_is_known_and_answered_or_in_the_list_xapi_12(client: str) -> None:
    for cls, name in calls(CLIENTS[client]):
        assert any(messages.find(r, cls, name) for r in (OLDEST_WITH_HOTFIXES, NEWEST)), f"{cls}.{name} is unknown"
    lacking = {f"{cls}.{name}" for cls, name in calls(CLIENTS[client]) if not answered(cls, name)}
    assert lacking <= set(REFUSED), f"neither answered nor explained: {sorted(lacking - set(REFUSED))}"


def test_the_list_of_reasons_is_not_longer_than_what_is_refused() -> None:
    assert not {call for call in REFUSED if answered(*call.split("."))}


def test_what_is_written_only_to_be_refused_says_so(lab: Lab) -> None:
    assert set(REFUSED_BY_HAND) == {"SR.probe"}
    refusal = lab.refusal("SR.probe", lab.host("xen2"), {}, "nfs", {})
    assert refusal == ["INTERNAL_ERROR", "not modelled by xencloud-lab: SR.probe"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/pool_patch_upload"), ("PUT", "/import_raw_vdi"), ("GET", "/updates"), ("GET", "/rrd_updates")],
)
def test_each_document_of_a_client_has_its_handler_xapi_12(method: str, path: str) -> None:
    assert handlers.known(method, path)


def test_each_plugin_of_a_client_is_played_or_refused_by_name_xapi_12_4() -> None:
    copied = "vmops vmopspremium vmopsSnapshot cloud-plugin-storage ovstunnel ovsgre s3xenserver swiftxenserver"
    assert set(copied.split()) == set(dom0.FUNCTIONS) | dom0.WHOLLY_REFUSED
    assert "echo" in EVERYWHERE
    assert "updater.py" in OF_XCP_NG
