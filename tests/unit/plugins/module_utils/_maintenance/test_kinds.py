# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a record says of a host that was out of service before the run."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.kinds import (
    HOST_DISABLED_BEFORE,
    HOST_IN_MAINTENANCE_BEFORE,
    HOST_IN_SERVICE,
    HOST_OUT_BEFORE,
    KINDS,
    Service,
    name_of,
    service_before,
    service_of,
    words,
)


@pytest.mark.parametrize("before", [None, True, "xen02", {}, {"name": "xen02"}, service_before("xen02")])
def test_what_an_earlier_record_does_not_say_was_in_service(before: t.Any) -> None:
    assert service_of(before) == Service(enabled=True, in_cloudstack=True)


@pytest.mark.parametrize(
    ("enabled", "resource_state", "kind"),
    [
        (True, "Enabled", HOST_IN_SERVICE),
        (False, "Enabled", HOST_DISABLED_BEFORE),
        (True, "Maintenance", HOST_IN_MAINTENANCE_BEFORE),
        (True, "PrepareForMaintenance", HOST_IN_MAINTENANCE_BEFORE),
        (True, "Degraded", HOST_IN_MAINTENANCE_BEFORE),
        (False, "Maintenance", HOST_OUT_BEFORE),
    ],
)
def test_each_half_is_remembered_and_told(enabled: bool, resource_state: str, kind: str) -> None:
    before = service_before("xen02", enabled, resource_state)
    assert service_of(before) == Service(enabled, resource_state == "Enabled")
    assert service_of(before).kind == kind
    assert name_of("192.0.2.2", before) == "xen02"
    assert words(kind).window == "out of service"
    assert ("as it was before" in words(kind).restored) is (kind != HOST_IN_SERVICE)


def test_the_words_for_how_a_change_ends_are_no_kinds_of_entries() -> None:
    assert not {HOST_DISABLED_BEFORE, HOST_IN_MAINTENANCE_BEFORE, HOST_OUT_BEFORE} & set(KINDS)
