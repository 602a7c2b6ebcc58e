# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hotfixes of XenServer 6.x and 7.0: pool_patch and host_patch (``xapi.md`` 6.2)."""

from __future__ import annotations

import pickle
import typing as t

import pytest
from running_world import MASTER, PASSWORD, Lab

from xencloud_lab.updates import file_of
from xencloud_lab.xapi import handlers

UPDATES: list[dict[str, t.Any]] = [
    {"name": "XS65E001", "sets": {"xen": "4.4.2"}, "guidance": ["reboot"]},
    {"name": "XS65E002", "requires": ["XS65E001"], "guidance": ["toolstack"]},
    {"name": "XS65E003", "refuses": "vm_running", "guidance": ["vm"]},
    {"name": "XS65E004", "refuses": "out_of_space", "size_mib": 1},
    {"name": "XS65E005", "refuses": "apply_failed"},
]


def put(lab: Lab, path: str, body: bytes, host: str = MASTER, **query: str) -> handlers.Document:
    """An upload as the HTTP door hands it in."""
    query.setdefault("session_id", lab.login(host))
    request = handlers.Request("PUT", path, query, "", body, len(body))
    answer = handlers.answer(lab.machine(host), request)
    assert isinstance(answer, handlers.Document)
    return answer


def upload(lab: Lab, name: str) -> str:
    """The pool_patch of an uploaded hotfix, from the result of the upload's task."""
    task = lab.ask("task.create", "upload", "")
    assert put(lab, "/pool_patch_upload", file_of(name), task_id=task).status == 200
    row = lab.db.row("task", task)
    assert row["status"] == "success"
    return str(row["result"].removeprefix("<value>").removesuffix("</value>"))


def failed_upload(lab: Lab, body: bytes) -> list[str]:
    """The error of an upload's task."""
    task = lab.ask("task.create", "upload", "")
    assert put(lab, "/pool_patch_upload", body, task_id=task).status == 500
    row = lab.db.row("task", task)
    assert row["status"] == "failure"
    return t.cast("list[str]", list(row["error_info"]))


@pytest.fixture(params=["xenserver-6.5", "xenserver-7.0"])
def old(request: pytest.FixtureRequest) -> Lab:
    return Lab(product=request.param, updates=UPDATES)


def test_an_upload_ends_its_task_with_the_patch_xapi_6_2(old: Lab) -> None:
    patch = upload(old, "XS65E001")
    record = old.ask("pool_patch.get_record", patch)
    assert (record["name_label"], record["pool_applied"], record["host_patches"]) == ("XS65E001", False, [])
    assert record["after_apply_guidance"] == ["restartHost"]
    assert failed_upload(old, file_of("XS65E001")) == ["PATCH_ALREADY_EXISTS", record["uuid"]]
    assert failed_upload(old, b"no hotfix") == ["INVALID_PATCH"]


def test_an_upload_wants_a_session_or_the_password_xapi_1_1(old: Lab) -> None:
    assert put(old, "/pool_patch_upload", b"", session_id="OpaqueRef:nobody").status == 403
    request = handlers.Request("PUT", "/pool_patch_upload", {}, "", b"", 0)
    assert t.cast("handlers.Document", handlers.answer(old.machine(MASTER), request)).status == 401
    assert PASSWORD not in repr(request)


def test_a_patch_goes_in_host_by_host_and_asks_nobody_about_guests_or_ha_xapi_6_2(old: Lab) -> None:
    old.enable_ha()
    patch = upload(old, "XS65E001")
    assert old.ask("pool_patch.precheck", patch, old.host("xen2")) == ""
    assert "XS65E001" in old.ask("pool_patch.apply", patch, old.host("xen2"))
    assert old.refusal("pool_patch.apply", patch, old.host("xen2")) == ["PATCH_ALREADY_APPLIED", patch]
    rows = [old.db.row("host_patch", ref) for ref in old.ask("host.get_patches", old.host("xen2"))]
    assert [(row["name_label"], row["applied"], row["pool_patch"]) for row in rows] == [("XS65E001", True, patch)]
    assert not old.db.row("pool_patch", patch)["pool_applied"]
    assert old.host_row("xen2")["software_version"]["xen"] != "4.4.2"
    assert old.runs_on("web1") == ["xen2"]


def test_pool_apply_does_all_hosts_one_after_the_other_xapi_6_2(old: Lab) -> None:
    patch = upload(old, "XS65E001")
    old.ask("pool_patch.apply", patch, old.host("xen3"))
    before = old.world.timeline.now
    old.ask("pool_patch.pool_apply", patch)
    assert old.world.timeline.now - before == pytest.approx(2 * old.world.durations.update_install)
    assert old.db.row("pool_patch", patch)["pool_applied"]
    assert len(old.db.related("pool_patch", patch, "host_patches")) == 3
    assert old.refusal("pool_patch.destroy", patch) == ["PATCH_IS_APPLIED"]


def test_prechecks_have_their_codes_xapi_6_2(old: Lab) -> None:
    host, second, third, fourth = old.host("xen2"), *(upload(old, f"XS65E00{n}") for n in (2, 3, 4))
    first = old.machine("xen1").software.named("XS65E001")
    assert first is not None
    missing = ["PATCH_PRECHECK_FAILED_PREREQUISITE_MISSING", second, first.uuid]
    assert old.refusal("pool_patch.precheck", second, host) == missing
    assert old.refusal("pool_patch.apply", second, host) == missing
    assert old.refusal("pool_patch.precheck", third, host) == ["PATCH_PRECHECK_FAILED_VM_RUNNING", third]
    assert old.ask("pool_patch.precheck", third, old.host("xen1")) == ""
    space = ["PATCH_PRECHECK_FAILED_OUT_OF_SPACE", fourth, str(512 * 1024), str(1024 * 1024)]
    assert old.refusal("pool_patch.precheck", fourth, host) == space


def test_a_patch_whose_script_fails_is_not_applied_xapi_6_2(old: Lab) -> None:
    patch = upload(old, "XS65E005")
    assert old.refusal("pool_patch.apply", patch, old.host("xen2"))[0] == "PATCH_APPLY_FAILED"
    assert old.ask("host.get_patches", old.host("xen2")) == []


def test_a_cleaned_file_cannot_be_found_or_fetched_xapi_6_2(old: Lab) -> None:
    patch = upload(old, "XS65E001")
    uuid = old.db.row("pool_patch", patch)["uuid"]
    old.ask("pool_patch.pool_clean", patch)
    assert old.refusal("pool_patch.apply", patch, old.host("xen1")) == ["CANNOT_FIND_PATCH"]
    assert old.refusal("pool_patch.apply", patch, old.host("xen2")) == ["CANNOT_FETCH_PATCH", uuid]
    old.ask("pool_patch.destroy", patch)
    assert old.ask("pool_patch.get_all") == []


def test_what_the_estate_calls_uploaded_or_updated_is_there_xapi_6_2() -> None:
    updates = [{**UPDATES[0], "uploaded": True}]
    hosts = [{"name": "a", "address": "127.0.1.11"}, {"name": "b", "address": "127.0.1.12", "updated": True}]
    lab = Lab(product="xenserver-6.5", updates=updates, hosts=hosts, vms=[], storage=[])
    patch = lab.ref("pool_patch", "XS65E001")
    assert [lab.db.row("host_patch", r)["host"] for r in lab.db.related("pool_patch", patch, "host_patches")] == [
        lab.host("b")
    ]
    lab.wait(lab.start("pool_patch.apply", patch, lab.host("a"), on="a"))
    assert lab.db.row("pool_patch", patch)["pool_applied"]


def test_hotfixes_keep_platform_and_short_xapi_version_so_no_upgrade_mode_xapi_6_6(old: Lab) -> None:
    patch = upload(old, "XS65E001")
    old.ask("pool_patch.apply", patch, old.host("xen1"))
    old.ask("host.disable", old.host("xen1"))
    old.ask("host.reboot", old.host("xen1"))
    old.run(600)
    assert old.host_row("xen1")["software_version"]["xen"] == "4.4.2"
    assert "rolling_upgrade_in_progress" not in old.pool_row()["other_config"]
    assert [old.db.row("host_patch", r)["applied"] for r in old.ask("host.get_patches", old.host("xen1"))] == [True]


def test_a_world_with_a_patch_on_its_way_can_be_saved(old: Lab) -> None:
    patch = upload(old, "XS65E001")
    old.start("pool_patch.pool_apply", patch)
    world = pickle.loads(pickle.dumps(old.world))
    world.timeline.run_until(world.timeline.now + 3600)
    db = world.pools["pool"].master().toolstack.db
    assert db.row("pool_patch", patch)["pool_applied"]
