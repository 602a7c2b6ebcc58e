# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.patches import (
    Update,
    complaint,
    is_busy,
    only,
    parse_updates,
    require_supported,
)
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._maintenance.pools import host

XEN = Update("xen-hypervisor", "4.17.5", "15.1")
XAPI = Update("xapi-core", "26.1.3", "1.7")


def test_the_updaters_list_becomes_updates_in_order() -> None:
    answer = [{"name": u.name, "version": u.version, "release": u.release, "changelog": None} for u in (XEN, XAPI)]
    assert parse_updates(json.dumps(answer), "xen02") == [XAPI, XEN]
    assert parse_updates("[]", "xen02") == []


@pytest.mark.parametrize("answer", ["", "nonsense", '{"a": 1}', '[{"name": "x"}]', "[1]"])
def test_any_other_answer_is_an_error_that_names_the_host(answer: str) -> None:
    with pytest.raises(MaintenanceError, match=r"^xen02: its updater answers"):
        parse_updates(answer, "xen02")


def test_named_packages_narrow_the_list() -> None:
    assert only([XAPI, XEN], []) == [XAPI, XEN]
    assert only([XAPI, XEN], ["xen-hypervisor", "unknown"]) == [XEN]


def test_a_busy_updater_is_told_from_a_broken_one() -> None:
    assert is_busy("-1", ["The updater plugin is busy (current operation: update)", "", ""])
    assert is_busy("-1", ["Update already in progress"])
    assert not is_busy("-1", ["No such repository"])
    assert not is_busy("1", ["The updater plugin is busy"])
    assert not is_busy("-1", [])


def test_yums_last_words_explain_a_failure() -> None:
    assert complaint(json.dumps({"returncode": 0, "stdout": "done"})) is None
    failed = {"returncode": 1, "stdout": "", "stderr": "Loading\nNo space left on device\n"}
    assert complaint(json.dumps(failed)) == "yum ended with code 1: No space left on device"
    assert complaint(json.dumps({"exit": 3})) == "yum ended with code 3: it gives no reason"


def test_an_empty_answer_is_not_a_complaint() -> None:
    assert complaint("") is None


def test_only_xcp_ng_is_supported_and_the_error_names_the_product() -> None:
    from dataclasses import replace

    require_supported(host(1))
    other = replace(host(1), software_version={"product_brand": "XenServer", "product_version": "8.4.0"})
    with pytest.raises(MaintenanceError, match=r"xen01: updating XenServer 8\.4\.0 is not supported yet"):
        require_supported(other)
