# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, arity, sessions, members, emergency mode."""

from __future__ import annotations

import pytest
from plain_world import PASSWORD, PlainWorld

from xencloud_lab.timeline import Completion
from xencloud_lab.xapi.errors import XapiError


def test_login_needs_two_parameters_and_swallows_surplus_observed(plain: PlainWorld) -> None:
    login = "session.login_with_password"
    assert plain.refusal(login, "root") == ["MESSAGE_PARAMETER_COUNT_MISMATCH", login, "2", "1"]
    for extra in ([], ["9.9"], ["1.0", "o"], ["1.0", "o", "more"]):
        assert plain.ask(login, "root", PASSWORD, *extra).startswith("OpaqueRef:")


def test_method_without_optional_parameters_refuses_surplus_observed_surprise_7(plain: PlainWorld) -> None:
    assert plain.refusal("session.slave_local_login_with_password", "root", PASSWORD, "1.0") == [
        "MESSAGE_PARAMETER_COUNT_MISMATCH",
        "session.slave_local_login_with_password",
        "2",
        "3",
    ]


def test_wrong_password_is_refused_after_a_delay_xapi_1_5(plain: PlainWorld) -> None:
    before = plain.timeline.now
    refusal = plain.refusal("session.login_with_password", "root", "wrong")
    assert refusal == ["SESSION_AUTHENTICATION_FAILED", "root", "Authentication failure"]
    assert plain.timeline.now - before == plain.durations.failed_login


def test_login_on_a_member_is_refused_before_the_password_is_looked_at_xapi_1_5(plain: PlainWorld) -> None:
    for password in (PASSWORD, "wrong"):
        assert plain.refusal("session.login_with_password", "root", password, on="xen02") == [
            "HOST_IS_SLAVE",
            "127.0.1.11",
        ]
    mismatch = plain.refusal("session.login_with_password", "root", on="xen02")
    assert mismatch[0] == "MESSAGE_PARAMETER_COUNT_MISMATCH"


def test_pool_session_on_a_member_is_host_is_slave_if_good_else_session_invalid_xapi_1_5(
    plain: PlainWorld, root: str
) -> None:
    assert plain.refusal("pool.get_all", root, on="xen02") == ["HOST_IS_SLAVE", "127.0.1.11"]
    assert plain.refusal("pool.get_all", "OpaqueRef:no", on="xen02") == ["SESSION_INVALID", "OpaqueRef:no"]


def test_local_session_on_a_member_reads_the_database_while_the_master_lives_observed(plain: PlainWorld) -> None:
    local = plain.ask("session.slave_local_login_with_password", "root", PASSWORD, on="xen02")
    assert len(plain.ask("host.get_all", local, on="xen02")) == 2
    plain.ask("session.local_logout", local, on="xen02")
    assert plain.refusal("host.get_all", local, on="xen02") == ["SESSION_INVALID", local]


def test_database_call_on_a_member_hangs_when_the_master_is_dead_observed_surprise_3(plain: PlainWorld) -> None:
    local = plain.ask("session.slave_local_login_with_password", "root", PASSWORD, on="xen02")
    plain.machines["xen01"].toolstack.running = False
    answer = plain.start("host.get_all", local, on="xen02")
    assert isinstance(answer, Completion)
    assert not answer.done
    assert plain.timeline.next_at() is None
    assert plain.refusal("session.login_with_password", "root", "x", on="xen02") == ["HOST_IS_SLAVE", "127.0.1.11"]


def test_emergency_mode_refuses_every_other_call_with_the_stored_error_xapi_1_7(plain: PlainWorld) -> None:
    plain.machines["xen02"].toolstack.emergency = XapiError("HOST_STILL_BOOTING")
    assert plain.refusal("session.login_with_password", "root", PASSWORD, on="xen02") == ["HOST_STILL_BOOTING"]
    assert plain.refusal("pool.no_such_method", on="xen02") == ["HOST_STILL_BOOTING"]
    assert plain.ask("session.slave_local_login_with_password", "root", PASSWORD, on="xen02").startswith("OpaqueRef:")


def test_logout_ends_the_session(plain: PlainWorld, root: str) -> None:
    plain.ask("session.logout", root)
    assert plain.refusal("pool.get_all", root) == ["SESSION_INVALID", root]
    assert plain.refusal("session.logout", root) == ["SESSION_INVALID", root]


def test_local_logout_of_an_ordinary_session_does_nothing_observed(plain: PlainWorld, root: str) -> None:
    plain.ask("session.local_logout", root)
    assert plain.ask("pool.get_all", root)


def test_missing_session_counts_as_minus_one_observed(plain: PlainWorld) -> None:
    assert plain.refusal("pool.get_all") == ["MESSAGE_PARAMETER_COUNT_MISMATCH", "pool.get_all", "0", "-1"]


def test_unknown_method_with_a_bad_session_is_session_invalid_observed(plain: PlainWorld, root: str) -> None:
    assert plain.refusal("session.get_all", root) == ["MESSAGE_METHOD_UNKNOWN", "session.get_all"]
    assert plain.refusal("session.get_all", "OpaqueRef:no") == ["SESSION_INVALID", "OpaqueRef:no"]
    assert plain.refusal("session.get_all") == ["MESSAGE_METHOD_UNKNOWN", "session.get_all"]


def test_arity_is_checked_before_types_and_those_before_the_session_observed(plain: PlainWorld) -> None:
    method = "pool.set_ha_allow_overcommit"
    assert plain.refusal(method, "OpaqueRef:no", "x")[0] == "MESSAGE_PARAMETER_COUNT_MISMATCH"
    assert plain.refusal(method, "OpaqueRef:no", "x", "true")[0] == "INTERNAL_ERROR"
    assert plain.refusal(method, "OpaqueRef:no", "x", True)[0] == "SESSION_INVALID"


def test_idle_session_is_gone_after_a_day_xapi_1_6(plain: PlainWorld, root: str) -> None:
    plain.timeline.run_until(plain.timeline.now + plain.durations.idle_session + 1)
    assert plain.refusal("pool.get_all", root) == ["SESSION_INVALID", root]


def test_oldest_session_of_an_originator_goes_above_500_xapi_1_6(plain: PlainWorld, root: str) -> None:
    for _ in range(500):
        plain.login()
    assert plain.refusal("pool.get_all", root) == ["SESSION_INVALID", root]
    assert len(plain.db.rows("session")) == 500


def test_system_list_methods_needs_no_session_and_works_on_members_observed(plain: PlainWorld) -> None:
    names = plain.ask("system.listMethods", on="xen02")
    assert {"event.from", "host.get_all_records", "host.is_in_emergency_mode", "VM.get_all_records_where"} <= set(names)
    assert "session.get_all_records" not in names


@pytest.mark.parametrize("method", ["Pool.get_all", "vm.get_all", "pool", "pool.", "get_all", "async.host.disable"])
def test_names_are_case_sensitive_observed(plain: PlainWorld, root: str, method: str) -> None:
    assert plain.refusal(method, root) == ["MESSAGE_METHOD_UNKNOWN", method]
