# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.election import Role, Sighting
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.errors import ConnectionLost
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.local_session import LocalSession, Unanswered
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.login import Credentials
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.sight import look_at
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    HangUp,
    Scripted,
    failure,
    success,
)

Start = t.Callable[..., Scripted]
POOLS = {"OpaqueRef:pool": {"ha_enabled": True}}
LOCAL = "session.slave_local_login_with_password"


@pytest.fixture
def credentials(params: dict[str, t.Any]) -> Credentials:
    return Credentials.from_params({**params, "xapi_timeout": 0.8})


def member(start: Start, pools: t.Callable[..., t.Any]) -> Scripted:
    """A member of 192.0.2.1; ``pools`` answers what it reads in its master's database."""
    return start(
        session__login_with_password=lambda *_args: failure("HOST_IS_SLAVE", "192.0.2.1"),
        session__slave_local_login_with_password=lambda *_args: success("local"),
        session__local_logout=lambda *_args: success(),
        pool__get_all_records=pools,
    )


def hang_up(*_args: t.Any) -> t.Any:
    raise HangUp


def test_a_member_that_reads_its_masters_database_hears_it_and_is_left_logged_out(
    start_host: Start, credentials: Credentials
) -> None:
    host = member(start_host, lambda _session: success(POOLS))
    assert look_at(host.address, credentials) == Sighting(Role.MEMBER, follows="192.0.2.1", hears=True, ha=True)
    assert host.heard == ["session.login_with_password", LOCAL, "pool.get_all_records", "session.local_logout"]


def test_a_member_whose_calls_hang_has_lost_its_master(start_host: Start, credentials: Credentials) -> None:
    end = threading.Event()

    def hang(*_args: t.Any) -> t.Any:
        end.wait(10)
        return success(POOLS)

    host = member(start_host, hang)
    assert look_at(host.address, credentials) == Sighting(Role.MEMBER, follows="192.0.2.1", hears=False)
    end.set()


@pytest.mark.parametrize("answer", [hang_up, lambda *_args: failure("INTERNAL_ERROR", "Not_found")])
def test_a_member_that_breaks_off_or_refuses_says_nothing_about_its_master(
    start_host: Start, credentials: Credentials, answer: t.Callable[..., t.Any]
) -> None:
    sighting = look_at(member(start_host, answer).address, credentials)
    assert (sighting.role, sighting.hears) == (Role.MEMBER, None)


def test_emergency_mode_is_told_by_its_error(start_host: Start, credentials: Credentials) -> None:
    host = start_host(session__login_with_password=lambda *_args: failure("HA_HEARTBEAT_DAEMON_STARTUP_FAILED"))
    sighting = look_at(host.address, credentials)
    assert (sighting.role, sighting.code) == (Role.EMERGENCY, "HA_HEARTBEAT_DAEMON_STARTUP_FAILED")


def test_a_master_says_whether_ha_is_on(start_host: Start, credentials: Credentials) -> None:
    host = start_host(pool__get_all_records=lambda _session: success(POOLS))
    assert look_at(host.address, credentials) == Sighting(Role.MASTER, ha=True)
    assert host.heard[-1] == "session.logout"


def test_a_closed_door_is_told_from_one_behind_which_nobody_speaks(start_host: Start, credentials: Credentials) -> None:
    host = start_host(session__login_with_password=hang_up)
    mute = look_at(host.address, credentials)
    assert (mute.role, mute.accepts, mute.refuses) == (Role.SILENT, True, False)
    host.stop()
    closed = look_at(host.address, credentials)
    assert (closed.role, closed.accepts, closed.refuses) == (Role.SILENT, False, True)
    host.stop = lambda: None  # type: ignore[method-assign]


def test_a_toolstack_that_ends_during_the_call_refuses_the_next(start_host: Start, credentials: Credentials) -> None:
    def end(*_args: t.Any) -> t.Any:
        host.stop()
        raise HangUp

    host = start_host(session__login_with_password=end)
    sighting = look_at(host.address, credentials)
    assert (sighting.role, sighting.accepts, sighting.refuses) == (Role.SILENT, False, True)


def test_a_wrong_password_is_an_error_not_a_sighting(start_host: Start, credentials: Credentials) -> None:
    host = start_host(
        session__login_with_password=lambda *_args: failure("HOST_IS_SLAVE", "192.0.2.1"),
        session__slave_local_login_with_password=lambda *_args: failure("SESSION_AUTHENTICATION_FAILED", "root", "no"),
    )
    with pytest.raises(MaintenanceError, match="password is wrong") as caught:
        look_at(host.address, credentials)
    assert "s3cret" not in caught.value.message


def test_a_local_session_tells_no_answer_from_a_broken_connection(start_host: Start, credentials: Credentials) -> None:
    host = member(start_host, hang_up)
    with LocalSession.open(host.address, credentials) as local, pytest.raises(ConnectionLost) as caught:
        local.call("pool.get_all_records")
    assert not isinstance(caught.value, Unanswered)
