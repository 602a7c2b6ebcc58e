# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of XenServer 7.1 to Citrix Hypervisor 8.2: pool_update (``xapi.md`` 6.3)."""

from __future__ import annotations

import typing as t

import pytest
from running_world import PASSWORD, Lab
from test_patches import failed_upload, put, upload

from xencloud_lab.updates import file_of
from xencloud_lab.xapi.errors import XapiError
from xencloud_lab.xapi.pool_updates import store_image

UPDATES: list[dict[str, t.Any]] = [
    {"name": "CH82E001", "sets": {"xen": "4.13.2"}, "guidance": ["reboot"], "homogeneous": True},
    {"name": "CH82E002", "requires": ["CH82E001"], "guidance": ["toolstack"]},
    {"name": "CH82E003", "livepatch": True, "guidance": ["reboot"]},
    {"name": "CH82E004", "conflicts": ["CH82E001"]},
    {"name": "CH82E005", "refuses": "apply_failed"},
]


@pytest.fixture(params=["xenserver-7.1", "xenserver-7.6", "citrix-hypervisor-8.2"])
def pool(request: pytest.FixtureRequest) -> Lab:
    return Lab(product=request.param, updates=UPDATES)


def _vdi(lab: Lab, contents: bytes = b"") -> str:
    return store_image(lab.world, lab.db, lab.ref("SR", "nfs1"), "an image", 1024, contents)


def _introduce(lab: Lab, name: str) -> str:
    return str(lab.ask("pool_update.introduce", _vdi(lab, file_of(name))))


def _reboot(lab: Lab, host: str) -> None:
    lab.ask("host.disable", lab.host(host))
    lab.ask("host.reboot", lab.host(host))
    lab.run(600)


def test_an_update_is_introduced_from_the_disk_it_was_imported_to_xapi_6_3(pool: Lab) -> None:
    vdi = _vdi(pool)
    assert pool.refusal("pool_update.introduce", vdi)[0] == "INVALID_UPDATE"
    assert put(pool, "/import_raw_vdi", file_of("CH82E001"), vdi=pool.db.row("VDI", vdi)["uuid"]).status == 200
    update = pool.ask("pool_update.introduce", vdi)
    record = pool.ask("pool_update.get_record", update)
    assert (record["name_label"], record["vdi"], record["hosts"]) == ("CH82E001", vdi, [])
    assert record["after_apply_guidance"] == ["restartHost"]
    assert pool.refusal("pool_update.introduce", vdi) == ["UPDATE_ALREADY_EXISTS", record["uuid"]]


def test_apply_is_seen_on_both_sides_and_needs_a_boot_xapi_6_3(pool: Lab) -> None:
    update, host = _introduce(pool, "CH82E001"), pool.host("xen2")
    assert pool.ask("pool_update.precheck", update, host) == "ok"
    pool.ask("pool_update.apply", update, host)
    assert pool.refusal("pool_update.apply", update, host) == ["UPDATE_ALREADY_APPLIED", update]
    assert pool.ask("pool_update.get_hosts", update) == [host]
    assert pool.ask("host.get_updates", host) == [update]
    assert pool.ask("host.get_updates_requiring_reboot", host) == [update]
    pool.ask("host.restart_agent", host)
    pool.run(120)
    assert pool.ask("host.get_updates_requiring_reboot", host) == [update]
    _reboot(pool, "xen2")
    assert pool.ask("host.get_updates_requiring_reboot", host) == []
    assert pool.ask("host.get_updates", host) == [update]
    assert pool.host_row("xen2")["software_version"]["xen"] == "4.13.2"


def test_prechecks_have_their_codes_xapi_6_3(pool: Lab) -> None:
    first, second, fourth, host = *(_introduce(pool, f"CH82E00{n}") for n in (1, 2, 4)), pool.host("xen2")
    uuid = pool.db.row("pool_update", first)["uuid"]
    missing = ["UPDATE_PRECHECK_FAILED_PREREQUISITE_MISSING", second, uuid]
    assert pool.refusal("pool_update.apply", second, host) == missing
    pool.ask("pool_update.apply", first, host)
    assert pool.ask("pool_update.precheck", second, host) == "ok"
    conflict = ["UPDATE_PRECHECK_FAILED_CONFLICT_PRESENT", fourth, uuid]
    assert pool.refusal("pool_update.precheck", fourth, host) == conflict


def test_pool_apply_goes_on_and_names_the_hosts_that_failed_xapi_6_3(pool: Lab) -> None:
    first, second = _introduce(pool, "CH82E001"), _introduce(pool, "CH82E002")
    pool.ask("pool_update.apply", first, pool.host("xen3"))
    failed = pool.refusal("pool_update.pool_apply", second)
    assert failed == ["UPDATE_POOL_APPLY_FAILED", pool.host("xen1"), pool.host("xen2")]
    assert pool.ask("pool_update.get_hosts", second) == [pool.host("xen3")]
    pool.ask("pool_update.pool_apply", first)
    assert pool.refusal("pool_update.pool_apply", first) == ["UPDATE_ALREADY_APPLIED_IN_POOL", first]


def test_a_live_patch_needs_no_reboot_unless_live_patching_is_off_xapi_6_3(pool: Lab) -> None:
    update, host = _introduce(pool, "CH82E003"), pool.host("xen2")
    assert pool.ask("pool_update.precheck", update, host) == "ok_livepatch_complete"
    pool.ask("pool_update.apply", update, host)
    assert pool.ask("host.get_updates_requiring_reboot", host) == []
    assert pool.host_row("xen2")["software_version"]["xen_livepatches"] == "CH82E003"
    pool.ask("pool.set_live_patching_disabled", pool.pool_ref(), True)
    assert pool.ask("pool_update.precheck", update, pool.host("xen3")) == "ok_livepatch_incomplete"
    pool.ask("pool_update.apply", update, pool.host("xen3"))
    assert pool.ask("host.get_updates_requiring_reboot", pool.host("xen3")) == [update]


def test_clean_takes_the_image_and_destroy_only_what_nobody_has_xapi_6_3(pool: Lab) -> None:
    update, other = _introduce(pool, "CH82E001"), _introduce(pool, "CH82E004")
    pool.ask("pool_update.apply", update, pool.host("xen2"))
    assert pool.refusal("pool_update.destroy", update) == ["UPDATE_IS_APPLIED"]
    pool.ask("pool_update.pool_clean", update)
    assert pool.refusal("pool_update.apply", update, pool.host("xen3")) == ["CANNOT_FIND_UPDATE"]
    pool.ask("pool_update.destroy", other)
    assert pool.ask("pool_update.get_all") == [update]


def test_an_installation_that_fails_has_its_code_xapi_6_3(pool: Lab) -> None:
    update = _introduce(pool, "CH82E005")
    assert pool.refusal("pool_update.apply", update, pool.host("xen2"))[0] == "UPDATE_APPLY_FAILED"
    assert pool.ask("host.get_updates", pool.host("xen2")) == []


def test_pool_patch_is_a_shadow_of_the_update_with_zeroes_in_its_uuid_xapi_6_2(pool: Lab) -> None:
    patch = upload(pool, "CH82E001")
    row = pool.ask("pool_patch.get_record", patch)
    uuid = pool.ask("pool_update.get_uuid", row["pool_update"])
    assert row["uuid"] == f"{uuid[:8]}-0000-0000{uuid[18:]}"
    assert pool.ask("pool_patch.precheck", patch, pool.host("xen2")) == ""
    assert pool.ask("pool_patch.apply", patch, pool.host("xen2")) == ""
    assert pool.ask("pool_update.get_hosts", row["pool_update"]) == [pool.host("xen2")]
    assert [pool.db.row("host_patch", ref)["applied"] for ref in pool.ask("host.get_patches", pool.host("xen2"))] == [
        True
    ]
    assert failed_upload(pool, b"nothing") == ["INVALID_UPDATE", "uploaded update holds no update"]


def test_what_the_estate_calls_uploaded_is_introduced_from_a_disk() -> None:
    lab = Lab(product="citrix-hypervisor-8.2", updates=[{**UPDATES[0], "uploaded": True}])
    update = lab.ref("pool_update", "CH82E001")
    assert lab.db.row("VDI", lab.db.row("pool_update", update)["vdi"])["name_label"] == "CH82E001.iso"
    lab.ask("pool_update.pool_apply", update)
    assert len(lab.ask("pool_update.get_hosts", update)) == 3


def test_resync_host_tells_again_what_a_host_has_xapi_6_3(pool: Lab) -> None:
    update, host = _introduce(pool, "CH82E001"), pool.host("xen2")
    pool.machine("xen2").software.install({"CH82E001"})
    pool.ask("pool_update.resync_host", host)
    assert pool.ask("host.get_updates", host) == [update]


def _newcomer(product: str, **more: object) -> dict[str, object]:
    host = {
        "name": "new1",
        "address": "127.0.1.21",
        "memory_gib": 16,
        "dom0_gib": 1,
        "updated": more.pop("updated", False),
    }
    return {"name": "new1", "password": PASSWORD, "product": product, "hosts": [host], **more}


def _join(lab: Lab) -> None:
    session = lab.login("new1")
    lab.wait(lab.start_raw("pool.join", session, "127.0.1.11", "root", PASSWORD, on="new1"))


def test_a_host_without_an_update_that_insists_may_not_join_xapi_4_1() -> None:
    product, updates = "citrix-hypervisor-8.2", [{"name": "CH82E001", "homogeneous": True, "uploaded": True}]
    lab = Lab(_newcomer(product, updates=updates), product=product, updates=updates)
    lab.ask("pool_update.pool_apply", lab.ref("pool_update", "CH82E001"))
    with pytest.raises(XapiError) as caught:
        _join(lab)
    assert caught.value.code == "POOL_HOSTS_NOT_HOMOGENEOUS"


def test_a_host_with_the_same_updates_joins_and_is_listed_with_them_xapi_4_1() -> None:
    product, updates = "citrix-hypervisor-8.2", [{"name": "CH82E001", "homogeneous": True, "uploaded": True}]
    lab = Lab(_newcomer(product, updates=updates, updated=True), product=product, updates=updates)
    update = lab.ref("pool_update", "CH82E001")
    lab.ask("pool_update.pool_apply", update)
    _join(lab)
    lab.run(300)
    assert lab.ask("host.get_updates", lab.host("new1")) == [update]
    assert lab.host("new1") in lab.ask("pool_update.get_hosts", update)
    lab.ask("pool.eject", lab.host("new1"))
    lab.run(30)
    assert len(lab.ask("pool_update.get_hosts", update)) == 3
