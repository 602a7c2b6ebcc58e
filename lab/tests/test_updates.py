# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of XCP-ng and pools of mixed versions (``xapi.md`` 6.5, 6.6)."""

from __future__ import annotations

import json
import typing as t
from functools import partial

import pytest
from running_world import Lab

UPDATER = "updater.py"


def _update(lab: Lab, host: str, function: str = "update", **args: str) -> t.Any:
    return json.loads(lab.ask("host.call_plugin", lab.host(host), UPDATER, function, args))


def _reboot(lab: Lab, host: str) -> None:
    lab.ask("host.disable", lab.host(host))
    lab.ask("host.reboot", lab.host(host))
    lab.run(400)


def _in_service(lab: Lab, host: str) -> bool:
    return lab.live(host) and lab.enabled(host)


@pytest.fixture
def mixed() -> Lab:
    """The master runs the new version, the members the old one."""
    lab = Lab()
    _update(lab, "xen1")
    _reboot(lab, "xen1")
    return lab


def test_check_update_lists_what_is_not_installed_xapi_6_5(lab: Lab) -> None:
    assert [p["name"] for p in _update(lab, "xen2", "check_update")] == ["xapi-core", "xen-hypervisor"]
    answer = _update(lab, "xen2", packages="xen-hypervisor")
    assert answer["returncode"] == 0
    assert [p["name"] for p in _update(lab, "xen2", "check_update")] == ["xapi-core"]
    installed = _update(lab, "xen2", "query_installed", packages="xen-hypervisor xapi-core")
    assert installed == {"xen-hypervisor": "xen-hypervisor-4.17.6-2.1.x86_64", "xapi-core": ""}


def test_an_update_takes_minutes_and_shows_a_task_xapi_6_5(lab: Lab) -> None:
    before = lab.world.timeline.now
    updating = lab.start("host.call_plugin", lab.host("xen2"), UPDATER, "update", {})
    label = f"Update host xen2 ({lab.machine('xen2').uuid})"
    assert label in {row["name_label"] for row in lab.db.rows("task").values()}
    lab.wait(updating)
    assert lab.world.timeline.now - before >= 120
    assert label not in {row["name_label"] for row in lab.db.rows("task").values()}


def test_a_busy_plugin_fails_with_its_own_code_xapi_6_5(lab: Lab) -> None:
    lab.start("host.call_plugin", lab.host("xen2"), UPDATER, "update", {})
    busy = ["-1", "The updater plugin is busy (current operation: update)", "", ""]
    assert lab.refusal("host.call_plugin", lab.host("xen2"), UPDATER, "check_update", {}) == busy
    again = ["-1", "Update already in progress", "", ""]
    assert lab.refusal("host.call_plugin", lab.host("xen2"), UPDATER, "update", {}) == again
    before = lab.world.timeline.now
    refusal = lab.refusal("host.call_plugin", lab.host("xen2"), UPDATER, "install", {"packages": "xen-hypervisor"})
    assert refusal == busy
    assert lab.world.timeline.now - before == pytest.approx(10)
    assert _update(lab, "xen3", "check_update")


def test_an_update_waits_for_a_lock_that_is_soon_free_xapi_6_5(lab: Lab) -> None:
    lab.start("host.call_plugin", lab.host("xen2"), UPDATER, "check_update", {})
    assert _update(lab, "xen2")["returncode"] == 0


def test_yum_s_exit_code_is_the_error_of_an_update_that_fails_xapi_6_5() -> None:
    lab = Lab(updates=[{"name": "kernel", "refuses": "apply_failed"}])
    code, _text, details, _traceback = lab.refusal("host.call_plugin", lab.host("xen2"), UPDATER, "update", {})
    assert (code, details) == ("1", "stdout: '', stderr: 'Error: kernel cannot be installed'")
    assert len(_update(lab, "xen2", "check_update")) == 1


def test_the_command_names_repositories_and_packages_xapi_6_5(lab: Lab) -> None:
    command = _update(lab, "xen2", packages="xen-hypervisor", repos="xcp-ng-testing")["command"]
    enabled = "--enablerepo=xcp-ng-base,xcp-ng-updates,xcp-ng-linstor,xcp-ng-testing"
    assert command == ["yum", "update", "--disablerepo=*", enabled, "-y", "xen-hypervisor"]


def test_proxies_are_set_by_repository_xapi_6_5(lab: Lab) -> None:
    host, proxies = lab.host("xen2"), json.dumps({"xcp-ng-base": "http://proxy.invalid:3142"})
    assert lab.ask("host.call_plugin", host, UPDATER, "set_proxies", {"proxies": proxies}) == ""
    shown = _update(lab, "xen2", "get_proxies")
    assert (shown["xcp-ng-base"], shown["xcp-ng-updates"]) == ("http://proxy.invalid:3142", "_none_")
    unknown = json.dumps({"no-such": "_none_"})
    refusal = lab.refusal("host.call_plugin", host, UPDATER, "set_proxies", {"proxies": unknown})
    assert refusal[:2] == ["-1", "Can't find section 'no-such' in config file"]


def test_plugins_of_xcp_ng_that_the_lab_lacks_are_explicit(lab: Lab) -> None:
    refusal = lab.refusal("host.call_plugin", lab.host("xen2"), "raid.py", "check_raid_pool", {})
    assert refusal == ["INTERNAL_ERROR", "not modelled by xencloud-lab: plugin raid.py"]


def test_unknown_plugins_and_functions_have_their_codes_xapi_6_5(lab: Lab) -> None:
    host = lab.host("xen2")
    assert lab.refusal("host.call_plugin", host, "no-such", "fn", {}) == ["XENAPI_MISSING_PLUGIN", "no-such"]
    assert lab.refusal("host.call_plugin", host, UPDATER, "no", {}) == ["UNKNOWN_XENAPI_PLUGIN_FUNCTION", "no"]
    xenserver = Lab(product="xenserver-8")
    refusal = xenserver.refusal("host.call_plugin", xenserver.host("xen2"), UPDATER, "update", {})
    assert refusal == ["XENAPI_MISSING_PLUGIN", UPDATER]


def test_a_restart_of_the_toolstack_kills_a_running_update_xapi_6_5(lab: Lab) -> None:
    updating = lab.start("host.call_plugin", lab.host("xen2"), UPDATER, "update", {})
    lab.ask("host.restart_agent", lab.host("xen2"))
    lab.run(60)
    assert updating.error.description == ["CANNOT_CONTACT_HOST", lab.host("xen2")]
    assert len(_update(lab, "xen2", "check_update")) == 2


def test_installed_packages_run_after_the_boot_only_xapi_6_5(lab: Lab) -> None:
    _update(lab, "xen1")
    assert lab.host_row("xen1")["software_version"]["xapi"] != "26.1"
    lab.ask("host.restart_agent", lab.host("xen1"))
    lab.run(60)
    versions = lab.host_row("xen1")["software_version"]
    assert (versions["xapi"], versions["xen"]) == ("26.1", "4.17.5")
    _reboot(lab, "xen1")
    assert lab.host_row("xen1")["software_version"]["xen"] == "4.17.6"


def test_mixed_versions_set_the_flag_and_uniform_ones_remove_it_xapi_6_6(mixed: Lab) -> None:
    assert mixed.pool_row()["other_config"]["rolling_upgrade_in_progress"] == "true"
    assert set(mixed.host_row("xen2")["allowed_operations"]) == {"provision", "evacuate"}
    for host in ("xen2", "xen3"):
        _update(mixed, host)
        _reboot(mixed, host)
    assert "rolling_upgrade_in_progress" not in mixed.pool_row()["other_config"]
    assert mixed.world.book.pools["pool"].level_order == ["xen1", "xen2", "xen3"]
    assert len(mixed.world.book.pools["pool"].mixed) == 1
    assert "vm_migrate" in mixed.host_row("xen2")["allowed_operations"]


def test_refusals_of_a_mixed_pool_xapi_6_6(mixed: Lab) -> None:
    mixed.ask("VM.pool_migrate", mixed.vm("web1"), mixed.host("xen1"), {})
    older = mixed.host("xen2")
    assert mixed.refusal("VM.pool_migrate", mixed.vm("web1"), older, {}) == ["NOT_SUPPORTED_DURING_UPGRADE"]
    assert mixed.refusal("VM.start_on", mixed.vm("idle1"), older, False, True) == ["NOT_SUPPORTED_DURING_UPGRADE"]
    assert mixed.refusal("pool.enable_ha", [], {}) == ["NOT_SUPPORTED_DURING_UPGRADE"]
    assert mixed.refusal("pool.designate_new_master", older) == ["RESTORE_INCOMPATIBLE_VERSION"]
    assert mixed.refusal("pool.sync_database") == ["RESTORE_INCOMPATIBLE_VERSION"]
    mixed.ask("VM.start_on", mixed.vm("idle1"), mixed.host("xen1"), False, True)


def test_a_member_newer_than_the_master_stays_in_emergency_xapi_6_4(lab: Lab) -> None:
    _update(lab, "xen3")
    _reboot(lab, "xen3")
    lab.until(lambda: lab.machine("xen3").toolstack.emergency is not None)
    assert lab.start_refusal("xen3") == ["HOST_XAPI_VERSION_HIGHER_THAN_COORDINATOR", "26.1.3"]
    assert not lab.live("xen3")
    _update(lab, "xen1")
    _reboot(lab, "xen1")
    lab.run(600)
    assert lab.enabled("xen3")


def test_hosts_that_the_estate_calls_updated_have_nothing_pending(lab: Lab) -> None:
    hosts = [
        {"name": "a", "address": "127.0.1.11", "updated": True},
        {"name": "b", "address": "127.0.1.12", "updated": True},
    ]
    lab = Lab(hosts=hosts, vms=[], storage=[])
    assert lab.machine("b").software.running["xapi_build"] == "26.1.3"
    answer = lab.ask("host.call_plugin", lab.host("b"), UPDATER, "check_update", {}, on="a")
    assert json.loads(answer) == []


def test_a_whole_rolling_update_in_the_right_order_loses_nothing_xapi_14(lab: Lab) -> None:
    lab.enable_ha("180")
    lab.ask("pool.disable_ha")
    for host in ("xen1", "xen2", "xen3"):
        lab.ask("host.disable", lab.host(host))
        lab.ask("host.evacuate", lab.host(host))
        _update(lab, host)
        lab.ask("host.reboot", lab.host(host))
        lab.run(60)
        lab.until(lambda: lab.master() is not None)
        lab.until(partial(_in_service, lab, host))
    lab.run(60)
    lab.enable_ha("180")
    totals = lab.world.book.totals()
    assert (totals["lost"], totals["stopped"], totals["twice"], totals["boots"]) == (0, 0, 0, 3)
    assert {m.software.level for m in lab.world.machines.values()} == {"xapi 26.1.3, xen 4.17.6"}
    assert lab.world.book.pools["pool"].level_order == ["xen1", "xen2", "xen3"]
