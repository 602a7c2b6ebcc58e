# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of XenServer 8 from its repository (``xapi.md`` 3.1, 6.4)."""

from __future__ import annotations

import json
import pickle
import typing as t

import pytest
from running_world import MASTER, Lab

from xencloud_lab.xapi import handlers
from xencloud_lab.xapi.errors import XapiError
from xencloud_lab.xapi.model import EPOCH

UPDATES: list[dict[str, t.Any]] = [
    {"name": "xen-hypervisor", "version": "4.17.6", "sets": {"xen": "4.17.6"}},
    {"name": "xapi-core", "version": "25.33.1", "sets": {"xapi": "25.33"}},
]
URL = "https://updates.invalid/base"


@pytest.fixture
def cdn() -> Lab:
    return Lab(product="xenserver-8", updates=UPDATES, vms=[])


def _sync(lab: Lab) -> str:
    return str(lab.ask("pool.sync_updates", lab.pool_ref(), False, "", ""))


def _listing(lab: Lab, **query: str) -> handlers.Document:
    query.setdefault("session_id", lab.login())
    answer = handlers.answer(lab.machine(MASTER), handlers.Request("GET", "/updates", query, "", b"", 0))
    assert isinstance(answer, handlers.Document)
    return answer


def _apply(lab: Lab, host: str, checksum: str) -> t.Any:
    return lab.ask("host.apply_updates", lab.host(host), checksum)


def test_sync_answers_the_hash_and_says_which_hosts_lack_something_xapi_6_4(cdn: Lab) -> None:
    assert cdn.pool_row()["last_update_sync"] == EPOCH
    assert cdn.host_row("xen1")["latest_synced_updates_applied"] == "unknown"
    checksum = _sync(cdn)
    repository = cdn.ask("Repository.get_record", cdn.ref("Repository", "updates"))
    assert (repository["hash"], len(checksum)) == (checksum, 64)
    assert cdn.pool_row()["last_update_sync"] != EPOCH
    assert cdn.host_row("xen1")["latest_synced_updates_applied"] == "no"


def test_while_a_sync_runs_other_pool_operations_are_refused_xapi_2_2(cdn: Lab) -> None:
    syncing = cdn.start("pool.sync_updates", cdn.pool_ref(), False, "", "")
    assert cdn.refusal("pool.sync_updates", cdn.pool_ref(), False, "", "") == ["SYNC_UPDATES_IN_PROGRESS"]
    assert cdn.refusal("pool.designate_new_master", cdn.host("xen2")) == ["SYNC_UPDATES_IN_PROGRESS"]
    assert cdn.wait(syncing)


def test_without_a_repository_nothing_is_synced_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=[])
    assert lab.refusal("pool.sync_updates", lab.pool_ref(), False, "", "") == ["NO_REPOSITORIES_CONFIGURED"]
    assert lab.refusal("host.apply_updates", lab.host("xen1"), "") == ["NO_REPOSITORY_ENABLED"]
    assert _listing(lab).status == 404


def test_the_listing_of_updates_is_json_by_host_xapi_6_4(cdn: Lab) -> None:
    assert _listing(cdn).status == 404
    checksum = _sync(cdn)
    document = _listing(cdn, host_refs=cdn.host("xen2"))
    assert (document.status, document.content_type) == (200, "application/json")
    listing = json.loads(document.text)
    assert (listing["hash"], [host["ref"] for host in listing["hosts"]]) == (checksum, [cdn.host("xen2")])
    assert listing["hosts"][0]["guidance"]["mandatory"] == ["RebootHost"]
    assert listing["hosts"][0]["RPMS"][0] == "xen-hypervisor-4.17.6-1.x86_64.rpm"
    assert {update["id"] for update in listing["updates"]} == set(listing["hosts"][0]["updates"])


def test_apply_disables_the_host_and_leaves_its_guidance_xapi_6_4(cdn: Lab) -> None:
    checksum, host = _sync(cdn), cdn.host("xen1")
    assert _apply(cdn, "xen1", checksum) == []
    row = cdn.host_row("xen1")
    assert (row["enabled"], row["pending_guidances"]) == (False, ["reboot_host"])
    assert row["latest_synced_updates_applied"] == "yes"
    assert row["last_update_hash"] == checksum
    assert row["last_software_update"] != EPOCH
    refused = ["HOST_PENDING_MANDATORY_GUIDANCE_NOT_EMPTY", host]
    assert cdn.refusal("host.enable", host) == refused
    assert cdn.refusal("host.apply_updates", host, checksum) == refused


def test_a_boot_does_what_was_pending_and_the_host_enables_itself_xapi_6_4(cdn: Lab) -> None:
    _apply(cdn, "xen1", _sync(cdn))
    cdn.ask("host.restart_agent", cdn.host("xen1"))
    cdn.run(120)
    assert cdn.host_row("xen1")["pending_guidances"] == ["reboot_host"]
    assert not cdn.enabled("xen1")
    cdn.ask("host.reboot", cdn.host("xen1"))
    cdn.run(600)
    row = cdn.host_row("xen1")
    assert (row["pending_guidances"], row["pending_guidances_full"], row["enabled"]) == ([], [], True)
    assert row["software_version"]["xen"] == "4.17.6"


def test_a_toolstack_update_wants_only_a_restart_of_the_toolstack_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=[UPDATES[1]], vms=[])
    _apply(lab, "xen1", _sync(lab))
    assert lab.host_row("xen1")["pending_guidances"] == ["restart_toolstack"]
    lab.ask("host.restart_agent", lab.host("xen1"))
    lab.run(120)
    assert lab.host_row("xen1")["pending_guidances"] == []
    assert lab.enabled("xen1")


def test_the_order_of_refusals_of_apply_updates_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=UPDATES)
    checksum, host = _sync(lab), lab.host("xen2")
    lab.enable_ha()
    assert lab.refusal("host.apply_updates", host, "") == ["HA_IS_ENABLED"]
    assert lab.enabled("xen2")
    lab.ask("pool.disable_ha")
    assert lab.refusal("host.apply_updates", host, "") == ["UPDATEINFO_HASH_MISMATCH"]
    assert not lab.enabled("xen2")
    assert lab.refusal("host.apply_updates", host, "0" * 64) == ["UPDATEINFO_HASH_MISMATCH"]
    assert lab.refusal("host.apply_updates", host, checksum) == ["HOST_EVACUATION_IS_REQUIRED", host]
    lab.ask("host.evacuate", host)
    assert _apply(lab, "xen2", checksum) == []


def test_while_updates_go_in_ha_the_master_role_and_other_hosts_wait_xapi_6_4(cdn: Lab) -> None:
    checksum = _sync(cdn)
    applying = cdn.start("host.apply_updates", cdn.host("xen1"), checksum)
    busy = ["APPLY_UPDATES_IN_PROGRESS"]
    assert cdn.refusal("pool.enable_ha", [cdn.ref("SR", "nfs1")], {}) == busy
    assert cdn.refusal("pool.designate_new_master", cdn.host("xen2")) == busy
    assert cdn.refusal("host.apply_updates", cdn.host("xen2"), checksum) == busy
    assert cdn.refusal("host.enable", cdn.host("xen1"))[0] == "OTHER_OPERATION_IN_PROGRESS"
    assert "apply_updates" in cdn.host_row("xen1")["current_operations"].values()
    cdn.wait(applying)
    assert not cdn.pool_row()["current_operations"]
    assert not cdn.host_row("xen1")["current_operations"]


def test_after_the_master_role_has_moved_updates_are_synced_again_xapi_3_1(cdn: Lab) -> None:
    checksum = _sync(cdn)
    cdn.ask("pool.designate_new_master", cdn.host("xen2"))
    cdn.run(120)
    assert cdn.pool_row()["last_update_sync"] == EPOCH
    session = cdn.login("xen2")
    with pytest.raises(XapiError) as caught:
        cdn.wait(cdn.start_raw("host.apply_updates", session, cdn.host("xen2"), checksum, on="xen2"))
    assert caught.value.description == ["UPDATEINFO_HASH_MISMATCH"]
    again = cdn.wait(cdn.start_raw("pool.sync_updates", session, cdn.pool_ref(), False, "", "", on="xen2"))
    assert again == checksum


def test_other_repositories_make_the_sync_worthless_xapi_6_4(cdn: Lab) -> None:
    checksum, pool = _sync(cdn), cdn.pool_ref()
    assert cdn.refusal("Repository.introduce", "x", "", "ftp://nowhere", "", True) == [
        "INVALID_BASE_URL",
        "ftp://nowhere",
    ]
    other = cdn.ask("Repository.introduce", "other", "", URL, URL, True)
    assert cdn.refusal("Repository.introduce", "third", "", URL, URL, True) == ["REPOSITORY_ALREADY_EXISTS", other]
    cdn.ask("pool.add_repository", pool, other)
    assert cdn.pool_row()["last_update_sync"] == EPOCH
    assert cdn.refusal("host.apply_updates", cdn.host("xen1"), checksum) == ["MULTIPLE_UPDATE_REPOSITORIES_ENABLED"]
    assert cdn.refusal("Repository.forget", other) == ["REPOSITORY_IS_IN_USE"]
    cdn.ask("pool.remove_repository", pool, other)
    cdn.ask("Repository.forget", other)
    assert _sync(cdn) == checksum


def test_a_live_patch_needs_no_reboot_unless_it_fails_or_is_switched_off_xapi_6_4() -> None:
    patch = {**UPDATES[0], "livepatch": True}
    lab = Lab(product="xenserver-8", updates=[patch])
    assert _apply(lab, "xen2", _sync(lab)) == []
    row = lab.host_row("xen2")
    assert (row["pending_guidances"], row["pending_guidances_full"]) == ([], ["reboot_host"])
    assert row["software_version"]["xen_livepatches"] == "xen-hypervisor"
    lab.ask("host.enable", lab.host("xen2"))
    lab.ask("pool.set_live_patching_disabled", lab.pool_ref(), True)
    assert lab.refusal("host.apply_updates", lab.host("xen3"), _sync(lab))[0] == "HOST_EVACUATION_IS_REQUIRED"
    broken = Lab(product="xenserver-8", updates=[{**patch, "refuses": "livepatch_failed"}])
    assert _apply(broken, "xen2", _sync(broken)) == [["APPLY_LIVEPATCH_FAILED", "xen-hypervisor"]]
    assert broken.host_row("xen2")["pending_guidances"] == ["reboot_host_on_xen_livepatch_failure"]


def test_an_installation_that_fails_has_its_code_and_leaves_the_host_disabled_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=[{"name": "kernel", "refuses": "apply_failed"}], vms=[])
    refusal = lab.refusal("host.apply_updates", lab.host("xen1"), _sync(lab))
    assert refusal == ["APPLY_UPDATES_FAILED", lab.host("xen1")]
    assert not lab.enabled("xen1")
    assert not lab.pool_row()["current_operations"]


def test_guidance_for_guests_is_kept_at_the_guests_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=[{"name": "qemu", "guidance": ["device_model"], "recommended": ["vm"]}])
    _apply(lab, "xen2", _sync(lab))
    row = lab.vm_row("web1")
    assert (row["pending_guidances"], row["pending_guidances_recommended"]) == (
        ["restart_device_model"],
        ["restart_vm"],
    )
    assert lab.host_row("xen2")["pending_guidances"] == []


def test_mandatory_guidance_is_cleared_by_force_on_the_host_itself_xapi_6_4(cdn: Lab) -> None:
    _apply(cdn, "xen1", _sync(cdn))
    cdn.ask("host.emergency_clear_mandatory_guidance")
    cdn.ask("host.enable", cdn.host("xen1"))
    assert cdn.enabled("xen1")


def test_readiness_names_ha_dead_hosts_and_what_ties_guests_xapi_6_4() -> None:
    vms = [{"name": "pinned", "memory_gib": 1, "on": ["xen2"], "disk_sr": "local", "ha": False}]
    lab = Lab(product="xenserver-8", updates=UPDATES, vms=vms)
    assert lab.ask("pool.check_update_readiness", lab.pool_ref(), False) == []
    found = lab.ask("pool.check_update_readiness", lab.pool_ref(), True)
    assert [reason[0] for reason in found] == ["VM_REQUIRES_SR"]
    lab.enable_ha()
    ready = lab.ask("pool.check_update_readiness", lab.pool_ref(), False)
    assert ready == [["HA_IS_ENABLED"]]
    lab.ask("pool.disable_ha")
    lab.machine("xen3").power_cut()
    lab.until(lambda: not lab.live("xen3"))
    assert ["HOST_OFFLINE", lab.host("xen3")] in lab.ask("pool.check_update_readiness", lab.pool_ref(), False)


def test_the_readiness_of_guests_does_not_know_the_rule_of_ha_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=UPDATES)
    lab.enable_ha()
    assert lab.ask("host.get_vms_which_prevent_evacuation", lab.host("xen2"))
    assert lab.ask("pool.check_update_readiness", lab.pool_ref(), True) == [["HA_IS_ENABLED"]]


def test_a_pool_without_a_licence_gets_no_updates_xapi_6_4() -> None:
    lab = Lab(product="xenserver-8", updates=UPDATES, edition="free")
    refused = ["LICENCE_RESTRICTION", "Updates"]
    assert lab.refusal("pool.sync_updates", lab.pool_ref(), False, "", "") == refused
    assert lab.refusal("host.apply_updates", lab.host("xen1"), "") == refused


def test_periodic_sync_is_configured_by_day_xapi_6_4(cdn: Lab) -> None:
    pool = cdn.pool_ref()
    assert cdn.refusal("pool.configure_update_sync", pool, "weekly", 7) == ["INVALID_UPDATE_SYNC_DAY", "7"]
    cdn.ask("pool.configure_update_sync", pool, "weekly", 3)
    cdn.ask("pool.set_update_sync_enabled", pool, True)
    row = cdn.pool_row()
    assert (row["update_sync_frequency"], row["update_sync_day"], row["update_sync_enabled"]) == ("weekly", 3, True)


def test_xcp_ng_knows_the_class_but_has_no_repository_to_sync_xapi_6_1() -> None:
    lab = Lab(product="xcp-ng-8.3")
    assert lab.ask("Repository.get_all") == []
    assert lab.refusal("pool.sync_updates", lab.pool_ref(), False, "", "") == ["NO_REPOSITORIES_CONFIGURED"]


def test_a_world_with_updates_on_their_way_can_be_saved(cdn: Lab) -> None:
    cdn.start("host.apply_updates", cdn.host("xen1"), _sync(cdn))
    world = pickle.loads(pickle.dumps(cdn.world))
    world.timeline.run_until(world.timeline.now + 600)
    db = world.pools["pool"].master().toolstack.db
    assert db.row("host", db.find("host", name_label="xen1")[0])["pending_guidances"] == ["reboot_host"]
