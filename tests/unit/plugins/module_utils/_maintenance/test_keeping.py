# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who keeps a host out of service leaves a sign in one of the two systems."""

from __future__ import annotations

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.estate import Host
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.keeping import (
    cloud_marks,
    left_disabled,
    pool_marks,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.record import (
    Lock,
    RunRecord,
    UndoEntry,
)

HOST = Host("OpaqueRef:1", "u1", "xen01", "192.0.2.1")
LOCK = Lock("1-abc", "me", "nonce", "rolling_patch", 1, 60)


def left(address: str) -> RunRecord:
    return RunRecord(LOCK, 1, (UndoEntry("k", "host_in_service", address, {"name": "xen01"}, 10),))


def test_a_host_without_a_sign_is_kept_by_nobody() -> None:
    assert list(pool_marks(HOST, None)) == []
    assert list(pool_marks(HOST, left("192.0.2.2"))) == []


def test_xencenter_and_a_run_leave_a_sign_in_the_pool() -> None:
    marked = Host("OpaqueRef:1", "u1", "xen01", "192.0.2.1", other_config={"MAINTENANCE_MODE": "true"})
    xencenter, run = pool_marks(marked, left("192.0.2.1"))
    assert xencenter == "XenCenter has it in maintenance mode"
    assert run.startswith("run 1-abc took it out of service")


@pytest.mark.parametrize(
    "state",
    [
        "Maintenance",
        "PrepareForMaintenance",
        "ErrorInPrepareForMaintenance",
        "ErrorInMaintenance",
        "Disabled",
        "Degraded",
    ],
)
def test_cloudstack_wants_it_out_of_service(state: str) -> None:
    assert list(cloud_marks(state)) == [f"CloudStack has it in state {state}"]


@pytest.mark.parametrize("state", ["Enabled", "Creating", ""])
def test_cloudstack_wants_nothing(state: str) -> None:
    assert list(cloud_marks(state)) == []


def test_a_host_that_is_left_disabled_is_named_with_who_did_it_or_that_nobody_knows() -> None:
    known = left_disabled("xen02", ["XenCenter has it in maintenance mode"], is_master=False)
    assert known.startswith(
        "xen02 is disabled in the pool and was left so: XenCenter has it in maintenance mode. Ask who"
    )
    unknown = left_disabled("xen01", [], is_master=True)
    assert "no sign says who. It is the master:" in unknown
    assert unknown.endswith("enable it with the role recover_host.")
