# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pool of mixed versions refuses, and what goes on (``xapi.md`` 3.1, 6.6)."""

from __future__ import annotations

import json

import pytest
from running_world import Lab

REFUSED = ["NOT_SUPPORTED_DURING_UPGRADE"]


def _update_and_reboot(lab: Lab, host: str) -> None:
    json.loads(lab.ask("host.call_plugin", lab.host(host), "updater.py", "update", {}))
    lab.ask("host.disable", lab.host(host))
    lab.ask("host.reboot", lab.host(host))
    lab.run(400)


@pytest.fixture
def mixed(lab: Lab) -> Lab:
    """The master runs the new version, the members the old one."""
    _update_and_reboot(lab, "xen1")
    assert lab.pool_row()["other_config"]["rolling_upgrade_in_progress"] == "true"
    return lab


@pytest.mark.parametrize("method", ["VM.snapshot", "VM.checkpoint"])
def test_snapshots_are_refused_xapi_6_6(mixed: Lab, method: str) -> None:
    assert mixed.refusal(method, mixed.vm("web1"), "a snapshot") == REFUSED


def test_memory_changes_are_refused_and_not_offered_xapi_6_6(mixed: Lab) -> None:
    vm, gib = mixed.vm("idle1"), 1024**3
    assert mixed.refusal("VM.set_memory_static_range", vm, gib, gib) == REFUSED
    assert mixed.refusal("VM.set_memory_dynamic_range", vm, gib, gib) == REFUSED
    offered = set(mixed.vm_row("idle1")["allowed_operations"])
    assert not offered & {"snapshot", "changing_static_range", "changing_dynamic_range"}
    assert {"start", "start_on", "clone"} <= offered


def test_guests_still_start_stop_move_and_are_copied_xapi_6_6(mixed: Lab) -> None:
    mixed.ask("VM.pool_migrate", mixed.vm("web1"), mixed.host("xen1"), {})
    mixed.ask("VM.clean_shutdown", mixed.vm("web1"))
    mixed.ask("VM.start", mixed.vm("web1"), False, False)
    assert mixed.runs_on("web1") == ["xen1"]
    assert mixed.ask("VM.clone", mixed.vm("idle1"), "a copy")


def test_a_guest_is_placed_on_hosts_like_the_master_only_xapi_6_6(mixed: Lab) -> None:
    vm, older = mixed.vm("idle1"), mixed.host("xen2")
    assert mixed.refusal("VM.assert_can_boot_here", vm, older) == ["VM_HOST_INCOMPATIBLE_VERSION", older, vm]
    mixed.ask("VM.assert_can_boot_here", vm, mixed.host("xen1"))


def test_a_suspended_guest_is_not_resumed_on_an_older_host_xapi_6_6(mixed: Lab) -> None:
    mixed.ask("VM.suspend", mixed.vm("web1"))
    assert mixed.refusal("VM.resume_on", mixed.vm("web1"), mixed.host("xen2"), False, False) == REFUSED
    mixed.ask("VM.resume_on", mixed.vm("web1"), mixed.host("xen1"), False, False)


def test_only_what_old_releases_know_is_done_with_disks_xapi_6_6(mixed: Lab) -> None:
    vdi = next(mixed.db.row("VBD", vbd)["VDI"] for vbd in mixed.db.related("VM", mixed.vm("idle1"), "VBDs"))
    assert mixed.refusal("VDI.set_on_boot", vdi, "reset") == REFUSED
    mixed.ask("VDI.resize", vdi, 20 * 1024**3)


@pytest.mark.parametrize("method", ["pool.enable_tls_verification", "pool.rotate_secret"])
def test_changes_of_the_whole_pool_are_refused_xapi_6_6(mixed: Lab, method: str) -> None:
    assert mixed.refusal(method) == REFUSED
    assert mixed.refusal("Cluster.create", "OpaqueRef:NULL", "corosync", True) == REFUSED
    assert mixed.refusal("pool.enable_ha", [], {}) == REFUSED


def test_copies_of_the_database_stop_and_the_master_role_cannot_move_xapi_3_1(mixed: Lab) -> None:
    before = mixed.machine("xen2").toolstack.db_copy_at
    mixed.run(3600)
    assert mixed.machine("xen2").toolstack.db_copy_at == before
    assert mixed.refusal("pool.designate_new_master", mixed.host("xen2")) == ["RESTORE_INCOMPATIBLE_VERSION"]
    assert mixed.master() == "xen1"


def test_a_host_that_is_off_counts_with_its_last_version_xapi_6_6(mixed: Lab) -> None:
    mixed.machine("xen3").power_cut()
    _update_and_reboot(mixed, "xen2")
    mixed.run(120)
    assert "rolling_upgrade_in_progress" in mixed.pool_row()["other_config"]


def test_up_to_8_2_a_newer_member_is_let_in_xapi_6_4() -> None:
    lab = Lab(product="xcp-ng-8.2")
    _update_and_reboot(lab, "xen3")
    lab.run(120)
    assert lab.machine("xen3").toolstack.emergency is None
    assert lab.enabled("xen3")
    assert "rolling_upgrade_in_progress" in lab.pool_row()["other_config"]
