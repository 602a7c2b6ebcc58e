# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.errors import ConnectionLost, XapiError
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.host_session import disarm_ha, listen
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.login import Credentials
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    HangUp,
    NotXml,
    Scripted,
    failure,
    success,
)

Start = t.Callable[..., Scripted]
LOCAL = {"session__slave_local_login_with_password": lambda *_args: success("OpaqueRef:local")}


@pytest.fixture
def credentials(params: dict[str, t.Any]) -> Credentials:
    return Credentials.from_params(params)


def test_a_master_lets_in_and_is_left_again(start_host: Start, credentials: Credentials) -> None:
    host = start_host()
    assert listen(host.address, credentials).state == "master"
    assert host.heard == ["session.login_with_password", "session.logout"]


def test_a_member_says_whom_it_follows(start_host: Start, credentials: Credentials) -> None:
    host = start_host(session__login_with_password=lambda *_args: failure("HOST_IS_SLAVE", "192.0.2.11"))
    voice = listen(host.address, credentials)
    assert (voice.state, voice.follows) == ("member", "192.0.2.11")


def test_every_other_refusal_is_emergency_mode_with_its_reason(start_host: Start, credentials: Credentials) -> None:
    code = "HA_HOST_CANNOT_ACCESS_STATEFILE"
    host = start_host(session__login_with_password=lambda *_args: failure(code))
    voice = listen(host.address, credentials)
    assert (voice.state, voice.code) == ("emergency", code)
    assert voice.text == f"the host cannot reach the heartbeat SR ({code})"


def test_a_wrong_password_is_no_emergency(start_host: Start, credentials: Credentials) -> None:
    refusal = failure("SESSION_AUTHENTICATION_FAILED", "root", "no")
    host = start_host(session__login_with_password=lambda *_args: refusal)
    assert listen(host.address, credentials).state == "strange"


def test_a_closed_port_is_told_from_silence_and_from_something_else(
    start_host: Start, credentials: Credentials
) -> None:
    def not_xml(*_args: t.Any) -> t.Any:
        raise NotXml

    host = start_host(session__login_with_password=not_xml)
    assert listen(host.address, credentials).state == "strange"
    closed = f"127.0.0.9:{host.address.rpartition(':')[2]}"
    assert listen(closed, credentials).state == "refused"


def test_a_host_is_disarmed_over_a_session_of_its_own(start_host: Start, credentials: Credentials) -> None:
    host = start_host(**LOCAL, host__emergency_ha_disable=lambda _session: success())
    disarm_ha(host.address, credentials)
    assert host.heard == [
        "session.slave_local_login_with_password",
        "host.emergency_ha_disable",
        "session.local_logout",
    ]


def test_a_host_that_is_not_armed_is_fine(start_host: Start, credentials: Credentials) -> None:
    host = start_host(**LOCAL, host__emergency_ha_disable=lambda _session: failure("HA_NOT_ENABLED"))
    disarm_ha(host.address, credentials)


def test_any_other_refusal_is_told(start_host: Start, credentials: Credentials) -> None:
    host = start_host(**LOCAL, host__emergency_ha_disable=lambda _session: failure("INTERNAL_ERROR", "xhad"))
    with pytest.raises(XapiError, match="INTERNAL_ERROR"):
        disarm_ha(host.address, credentials)


def test_a_lost_answer_is_unknown(start_host: Start, credentials: Credentials) -> None:
    def hang_up(*_args: t.Any) -> t.Any:
        raise HangUp

    host = start_host(**LOCAL, host__emergency_ha_disable=hang_up)
    with pytest.raises(ConnectionLost, match="look at the host, then run this again"):
        disarm_ha(host.address, credentials)
