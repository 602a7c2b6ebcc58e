# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter import Waiter
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.client import XapiClient
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.errors import (
    ConnectionLost,
    Unreachable,
    XapiError,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._xapi.login import beside
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._xapi.scripted import (
    HangUp,
    NotXml,
    Scripted,
    failure,
    success,
)

Start = t.Callable[..., Scripted]
Params = dict[str, t.Any]


def slave_of(address: str) -> t.Callable[..., t.Any]:
    return lambda *_args: failure("HOST_IS_SLAVE", address)


def connect(params: Params, first: Scripted, *members: Scripted) -> XapiClient:
    return XapiClient.connect({**params, "hostname": first.address, "members": [m.address for m in members]})


def hang_up(*_args: t.Any) -> t.Any:
    raise HangUp


def test_a_master_is_logged_in_to_and_out_of(start_host: Start, params: Params) -> None:
    master = start_host(pool__get_all=lambda _session: success(["OpaqueRef:pool"]))
    client = connect(params, master)
    assert client.call("pool.get_all") == ["OpaqueRef:pool"]
    client.close()
    client.close()
    assert master.heard == ["session.login_with_password", "pool.get_all", "session.logout"]


def test_the_session_says_whose_it_is(start_host: Start, params: Params) -> None:
    seen: list[t.Any] = []

    def log_in(*args: t.Any) -> t.Any:
        seen.append(args)
        return success("s")

    master = start_host(session__login_with_password=log_in)
    connect(params, master)
    assert seen == [("root", "s3cret", "1.0", "xencloud.maintenance")]


def test_a_member_leads_to_its_master_at_the_same_port(start_host: Start, params: Params) -> None:
    member, master = start_host(session__login_with_password=slave_of("127.0.0.2")), start_host()
    client = connect(params, member)
    assert client.address == master.address


def test_a_member_that_names_a_dead_master_is_passed_by(start_host: Start, params: Params) -> None:
    member, master = start_host(session__login_with_password=slave_of("127.0.0.4")), start_host()
    assert connect(params, member, master).address == master.address


def test_a_master_that_members_follow_and_that_is_silent_may_be_restarting(start_host: Start, params: Params) -> None:
    member = start_host(session__login_with_password=slave_of("127.0.0.4"))
    master = beside("127.0.0.4", member.address)
    for hostname, others in ((member.address, []), (master, [member.address])):
        with pytest.raises(Unreachable) as caught:
            XapiClient.connect({**params, "hostname": hostname, "members": others})
        assert f"its members follow {master}, which does not serve now. It may be restarting" in caught.value.message
        assert caught.value.message.endswith("ask again in some minutes; if it stays away, see the role elect_master.")


def test_without_a_member_nobody_can_tell_which_host_is_the_master(start_host: Start, params: Params) -> None:
    address = beside("127.0.0.4", start_host().address)
    with pytest.raises(Unreachable, match="Check the addresses and the network; name other hosts of the pool in mem"):
        XapiClient.connect({**params, "hostname": address, "members": []})


def test_members_that_name_each_other_do_not_make_a_circle(start_host: Start, params: Params) -> None:
    one = start_host(session__login_with_password=slave_of("127.0.0.2"))
    start_host(session__login_with_password=slave_of("127.0.0.1"))
    with pytest.raises(Unreachable, match=r"no serving master was found .* Check the addresses"):
        connect(params, one)


def test_a_host_that_is_gone_gives_way_to_the_members(start_host: Start, params: Params) -> None:
    gone, master = start_host(), start_host()
    gone.server.shutdown()
    gone.server.server_close()
    assert connect(params, gone, master).address == master.address
    gone.server.socket.close()


def test_emergency_mode_is_no_answer_but_another_member_may_know(start_host: Start, params: Params) -> None:
    emergency = start_host(session__login_with_password=lambda *_args: failure("HOST_STILL_BOOTING"))
    master = start_host()
    assert connect(params, emergency, master).address == master.address


def test_a_host_that_accepts_but_never_answers_is_given_up_in_time(start_host: Start, params: Params) -> None:
    def hang(*_args: t.Any) -> t.Any:
        time.sleep(1.2)
        return success("late")

    hanging, master = start_host(session__login_with_password=hang), start_host()
    assert connect({**params, "xapi_timeout": 0.4}, hanging, master).address == master.address


def test_a_busy_host_has_time_to_take_the_connection_however_short_a_call_may_be(
    start_host: Start, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = start_host()
    take = busy.server.get_request

    def late() -> t.Any:
        time.sleep(0.8)
        return take()

    monkeypatch.setattr(busy.server, "get_request", late)
    assert connect({**params, "xapi_timeout": 2.0}, busy).address == busy.address


def test_the_error_names_every_address_and_why(start_host: Start, params: Params) -> None:
    def other(*_args: t.Any) -> t.Any:
        raise NotXml

    strange = start_host(session__login_with_password=other)
    emergency = start_host(session__login_with_password=lambda *_args: failure("HOST_BROKEN"))
    with pytest.raises(Unreachable) as caught:
        connect(params, strange, emergency)
    assert f"{strange.address} answers, but is not XAPI" in caught.value.message
    assert f"{emergency.address} refuses every call: the host broke off" in caught.value.message


def test_a_wrong_password_is_told_at_once_and_never_shown(start_host: Start, params: Params) -> None:
    refusing = start_host(
        session__login_with_password=lambda *_args: failure("SESSION_AUTHENTICATION_FAILED", "root", "no")
    )
    other = start_host()
    with pytest.raises(XapiError) as caught:
        connect(params, refusing, other)
    assert caught.value.code == "SESSION_AUTHENTICATION_FAILED"
    assert "the user name or the password is wrong" in caught.value.message
    assert "s3cret" not in caught.value.message
    assert other.heard == []


def test_an_untrusted_certificate_stops_before_the_password_is_sent(start_host: Start, params: Params) -> None:
    master = start_host()
    with pytest.raises(MaintenanceError, match=r"its certificate is not trusted .* ca_path, or set validate_certs"):
        connect({**params, "ca_path": None}, master)
    assert master.heard == []


def test_verification_can_be_given_up_knowingly(start_host: Start, params: Params) -> None:
    master = start_host()
    assert connect({**params, "ca_path": None, "validate_certs": False}, master).address == master.address


def test_a_ca_file_that_is_not_there_is_named(start_host: Start, params: Params) -> None:
    with pytest.raises(MaintenanceError, match=r"the CA file /nowhere/ca\.pem cannot be read"):
        connect({**params, "ca_path": "/nowhere/ca.pem"}, start_host())


def test_plain_http_is_refused(params: Params) -> None:
    with pytest.raises(MaintenanceError, match="passwords are not sent over http"):
        XapiClient.connect({**params, "hostname": "http://xen01"})


def test_https_and_a_trailing_slash_are_accepted(start_host: Start, params: Params) -> None:
    master = start_host()
    client = XapiClient.connect({**params, "hostname": f"https://{master.address}/"})
    assert client.address == master.address


def test_a_call_whose_connection_broke_is_not_sent_twice(start_host: Start, params: Params) -> None:
    master = start_host(host__reboot=hang_up)
    client = connect(params, master)
    with pytest.raises(ConnectionLost, match=r"the connection broke during host.reboot .* outcome is unknown"):
        client.call("host.reboot", "OpaqueRef:host")
    assert master.heard.count("host.reboot") == 1


def test_a_refusal_is_a_sentence_with_names_and_the_code(start_host: Start, params: Params) -> None:
    master = start_host(host__enable=lambda *_args: failure("HOST_OFFLINE", "OpaqueRef:h2"))
    client = connect(params, master)
    client.learn([], {"OpaqueRef:h2": "xen02"})
    with pytest.raises(XapiError) as caught:
        client.call("host.enable", "OpaqueRef:h2", about="xen02")
    assert caught.value.message.startswith("xen02: xen02 is not alive (HOST_OFFLINE).")
    assert (caught.value.code, caught.value.params) == ("HOST_OFFLINE", ("OpaqueRef:h2",))


def test_a_master_that_became_a_member_is_a_lost_connection(start_host: Start, params: Params) -> None:
    master = start_host(pool__get_all=lambda *_args: failure("HOST_IS_SLAVE", "127.0.0.2"))
    with pytest.raises(ConnectionLost, match="it is the pool's master no more"):
        connect(params, master).call("pool.get_all")


def test_the_master_is_found_again_through_learnt_addresses(start_host: Start, params: Params) -> None:
    old, new = start_host(), start_host()
    client = connect(params, old)
    client.learn(["127.0.0.1", "127.0.0.2"], {})
    old.answers["session.login_with_password"] = lambda *_args: failure("HOST_STILL_BOOTING")
    client.reconnect()
    assert client.address == new.address


def test_after_a_failed_search_calls_say_that_there_is_no_connection(start_host: Start, params: Params) -> None:
    master = start_host()
    client = connect(params, master)
    master.answers["session.login_with_password"] = lambda *_args: failure("HOST_STILL_BOOTING")
    with pytest.raises(Unreachable):
        client.reconnect()
    with pytest.raises(ConnectionLost, match="there is no connection"):
        client.call("pool.get_all")
    client.close()


def waiter() -> Waiter:
    return Waiter(report=lambda _line: None, timeout_s=5, interval_s=0.01, silence_s=60)


def task_record(status: str, result: str = "", error: t.Sequence[str] = ()) -> dict[str, t.Any]:
    return success({"status": status, "progress": 0.5, "result": result, "error_info": list(error)})


def test_a_task_is_waited_for_read_and_forgotten(start_host: Start, params: Params) -> None:
    states = iter([task_record("pending"), task_record("success", "<value>[{&quot;name&quot;: 1}]</value>")])
    master = start_host(
        Async__host__call_plugin=lambda *_args: success("OpaqueRef:task"),
        task__get_record=lambda *_args: next(states),
        task__destroy=lambda *_args: success(),
    )
    value = connect(params, master).task("host.call_plugin", "h", waiter=waiter(), what="xen02: asking")
    assert value == '[{"name": 1}]'
    assert master.heard[-1] == "task.destroy"


def test_a_task_that_failed_raises_its_own_error(start_host: Start, params: Params) -> None:
    master = start_host(
        Async__pool__enable_ha=lambda *_args: success("OpaqueRef:task"),
        task__get_record=lambda *_args: task_record("failure", error=["CANNOT_CREATE_STATE_FILE"]),
        task__destroy=lambda *_args: success(),
    )
    with pytest.raises(XapiError, match="pool-a: no SR can hold the statefile"):
        connect(params, master).task("pool.enable_ha", [], {}, waiter=waiter(), what="x", about="pool-a")


def test_a_task_that_vanished_proves_nothing(start_host: Start, params: Params) -> None:
    master = start_host(
        Async__pool__disable_ha=lambda *_args: success("OpaqueRef:task"),
        task__get_record=lambda *_args: failure("HANDLE_INVALID", "task", "OpaqueRef:task"),
    )
    with pytest.raises(ConnectionLost, match="XAPI has lost the task"):
        connect(params, master).task("pool.disable_ha", waiter=waiter(), what="x")


@pytest.mark.parametrize(
    ("text", "value"), [("", ""), ("<value></value>", ""), ("<value>OpaqueRef:1</value>", "OpaqueRef:1")]
)
def test_results_of_tasks_are_values_in_xml(start_host: Start, params: Params, text: str, value: str) -> None:
    master = start_host(
        Async__x__y=lambda *_args: success("OpaqueRef:task"),
        task__get_record=lambda *_args: task_record("success", text),
    )
    assert connect(params, master).task("x.y", waiter=waiter(), what="x") == value


def test_a_member_without_a_port_is_asked_at_the_port_of_the_host(start_host: Start, params: Params) -> None:
    gone, master = start_host(), start_host()
    gone.stop()
    address = master.address.partition(":")[0]
    client = XapiClient.connect({**params, "hostname": gone.address, "members": [address]})
    assert client.address == master.address


def test_copies_that_stay_older_are_told_and_stop_nobody(start_host: Start, params: Params) -> None:
    answers = iter([success(), failure("RESTORE_INCOMPATIBLE_VERSION")])
    client = connect(params, start_host(pool__sync_database=lambda _session: next(answers)))
    assert client.copy_database("pool-a") == ""
    assert "(RESTORE_INCOMPATIBLE_VERSION)" in client.copy_database("pool-a")
