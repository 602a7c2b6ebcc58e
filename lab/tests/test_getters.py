# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Getters and setters that every class has."""

from __future__ import annotations

import pytest
from plain_world import PlainWorld

from xencloud_lab.xapi.shown import visible

MAP_DUPLICATE = "MAP_DUPLICATE_KEY"


def test_unknown_reference_is_handle_invalid_with_class_and_reference_xapi_1_4(plain: PlainWorld, root: str) -> None:
    for method in ("get_record", "get_name_label"):
        assert plain.refusal(f"host.{method}", root, "OpaqueRef:no") == ["HANDLE_INVALID", "host", "OpaqueRef:no"]


def test_reference_of_another_class_is_handle_invalid(plain: PlainWorld, root: str) -> None:
    vm = plain.ref("VM", "web1")
    assert plain.refusal("host.get_record", root, vm) == ["HANDLE_INVALID", "host", vm]


def test_unknown_uuid_is_uuid_invalid_and_an_unknown_name_an_empty_list_xapi_1_4(plain: PlainWorld, root: str) -> None:
    assert plain.refusal("host.get_by_uuid", root, "zzz") == ["UUID_INVALID", "host", "zzz"]
    assert plain.ask("host.get_by_name_label", root, "no such name") == []


def test_record_has_derived_sets(plain: PlainWorld, root: str) -> None:
    host = plain.ref("host", "xen01")
    pbd = plain.db.create("PBD", host=host, SR=plain.ref("SR", "nfs1"))
    assert plain.ask("host.get_record", root, host)["PBDs"] == [pbd]
    assert plain.ask("host.get_PBDs", root, host) == [pbd]


def test_record_has_every_field_of_its_release_and_none_of_later_ones_xapi_11(plain: PlainWorld, root: str) -> None:
    assert len(plain.ask("pool.get_all_records", root)) == 1
    assert len(visible("pool", "26.17.0")) == 66
    assert len(visible("host", "26.17.0")) == 80
    old = {name for name, _ in visible("pool", "stockholm")}
    assert "ha_enabled" in old
    assert "coordinator_bias" not in old


def test_removed_field_stays_in_the_record_but_its_getter_is_message_removed_observed(
    plain: PlainWorld, root: str
) -> None:
    metrics = plain.db.rows("host_metrics")
    ref = next(iter(metrics))
    assert "memory_free" in plain.ask("host_metrics.get_record", root, ref)
    assert plain.refusal("host_metrics.get_memory_free", root, ref) == ["MESSAGE_REMOVED"]


def test_adding_a_key_that_is_there_is_refused_even_with_the_same_value_xapi_8(plain: PlainWorld, root: str) -> None:
    pool = plain.db.find("pool")[0]
    plain.ask("pool.add_to_other_config", root, pool, "k", "v")
    for value in ("v", "w"):
        refusal = plain.refusal("pool.add_to_other_config", root, pool, "k", value)
        assert refusal == [MAP_DUPLICATE, "pool", "other_config", pool, "k"]
    assert plain.ask("pool.get_other_config", root, pool) == {"k": "v"}


def test_removing_a_key_that_is_not_there_is_fine_xapi_8(plain: PlainWorld, root: str) -> None:
    pool = plain.db.find("pool")[0]
    plain.ask("pool.remove_from_other_config", root, pool, "k")
    assert plain.ask("pool.get_other_config", root, pool) == {}


def test_empty_key_is_an_internal_error_observed(plain: PlainWorld, root: str) -> None:
    pool = plain.db.find("pool")[0]
    refusal = plain.refusal("pool.add_to_other_config", root, pool, "", "v")
    assert refusal == ["INTERNAL_ERROR", "Db_exn.Empty_key_in_map"]


def test_tags_written_as_a_whole_are_no_set_but_added_ones_are_observed(plain: PlainWorld, root: str) -> None:
    host = plain.ref("host", "xen01")
    plain.ask("host.set_tags", root, host, ["a", "a"])
    assert plain.ask("host.get_tags", root, host) == ["a", "a"]
    plain.ask("host.add_tags", root, host, "a")
    assert plain.ask("host.get_tags", root, host) == ["a", "a"]
    plain.ask("host.remove_tags", root, host, "a")
    assert plain.ask("host.get_tags", root, host) == []


def test_map_setters_of_vm_that_the_datamodel_lists_explicitly_work_too(plain: PlainWorld, root: str) -> None:
    vm = plain.ref("VM", "web1")
    plain.ask("VM.add_to_other_config", root, vm, "k", "v")
    plain.ask("VM.set_actions_after_crash", root, vm, "Restart")
    assert plain.ask("VM.get_other_config", root, vm) == {"k": "v"}
    assert plain.ask("VM.get_actions_after_crash", root, vm) == "restart"


@pytest.mark.parametrize("method", ["VDI.force_unlock", "pool.hello", "host.ha_join_liveset"])
def test_what_is_not_modelled_is_an_explicit_error(plain: PlainWorld, root: str, method: str) -> None:
    args = {"VDI.force_unlock": ["x"], "pool.hello": ["x", "1.2.3.4"], "host.ha_join_liveset": ["x"]}[method]
    assert plain.refusal(method, root, *args) == ["INTERNAL_ERROR", f"not modelled by xencloud-lab: {method}"]
