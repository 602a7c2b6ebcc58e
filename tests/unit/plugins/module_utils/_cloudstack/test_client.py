# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client over a real connection, against a server that answers what a test tells it to."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.errors import (
    Busy,
    CloudStackError,
    OutcomeUnknown,
    Unreachable,
)
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.errors import MaintenanceError
from ansible_collections.xencloud.maintenance.plugins.module_utils._maintenance.waiter import Waiter
from ansible_collections.xencloud.maintenance.tests.unit.plugins.module_utils._cloudstack.scripted import (
    HANG,
    SECRET,
    Answer,
    Server,
    job,
    refused,
)


def waiter(timeout_s: float = 5.0) -> Waiter:
    return Waiter(lambda line: None, timeout_s, interval_s=0.01, silence_s=30.0)


def test_an_empty_list_is_empty(server: Server) -> None:
    server.answers["listHosts"] = [Answer({})]
    assert server.client().list("listHosts", "host") == []


def test_all_pages_of_a_list_are_read(server: Server) -> None:
    server.answers["listHosts"] = [
        Answer({"count": 3, "host": [{"id": "a"}, {"id": "b"}]}),
        Answer({"count": 3, "host": [{"id": "c"}]}),
    ]
    assert [row["id"] for row in server.client().list("listHosts", "host")] == ["a", "b", "c"]


def test_older_servers_call_their_json_javascript(server: Server) -> None:
    server.answers["listCapabilities"] = [
        Answer({"capability": {"cloudstackversion": "4.4.4"}}, content_type="text/javascript")
    ]
    assert server.client().call("listCapabilities")["capability"]["cloudstackversion"] == "4.4.4"


def test_cloudstacks_own_words_are_quoted(server: Server) -> None:
    server.answers["updateHost"] = [refused(530, "Failed to update host: 7")]
    with pytest.raises(
        CloudStackError, match=r'updateHost was refused with "Failed to update host: 7" \(530\)'
    ) as caught:
        server.client().call("updateHost", id="7")
    assert (caught.value.code, caught.value.text) == (530, "Failed to update host: 7")


def test_a_wrong_key_and_a_wrong_clock_get_one_answer_and_one_hint(server: Server) -> None:
    server.answers["listHosts"] = [refused(401, "unable to verify user credentials and/or request signature")]
    with pytest.raises(CloudStackError, match=r"api_key and api_secret.*NTP"):
        server.client().list("listHosts", "host")


def test_a_missing_permission_is_no_wrong_key(server: Server) -> None:
    text = "The given command 'migrateSystemVm' either does not exist, is not available for user."
    server.answers["migrateSystemVm"] = [refused(401, text)]
    with pytest.raises(CloudStackError, match="root administrator"):
        server.client().call("migrateSystemVm")


def test_an_unknown_id_is_named(server: Server) -> None:
    text = (
        "Invalid parameter id value=h-9 due to incorrect long value format, or entity does not exist or due to "
        "incorrect parameter annotation for the field in api cmd class."
    )
    server.answers["prepareHostForMaintenance"] = [refused(431, text)]
    with pytest.raises(CloudStackError, match="knows no id h-9"):
        server.client().call("prepareHostForMaintenance", id="h-9")


def test_a_refused_connection_was_never_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Server(port=free.getsockname()[1])
    with pytest.raises(Unreachable, match="connection refused"):
        server.client().call("updateCluster")


def test_no_answer_in_time_means_that_the_outcome_is_unknown(server: Server) -> None:
    server.answers["updateCluster"] = [HANG]
    with pytest.raises(OutcomeUnknown, match="outcome is unknown"):
        server.client().call("updateCluster", timeout_s=0.2)
    assert len(server.asked) == 1, "a write is never repeated"


def test_a_read_is_repeated_once_the_server_has_answered_before(server: Server) -> None:
    bad_gateway = Answer(raw=b"<html>", status=502, content_type="text/html")
    server.answers["listHosts"] = [Answer({}), bad_gateway, Answer({"count": 1, "host": [{"id": "a"}]})]
    client = server.client()
    client.list("listHosts", "host")
    assert client.list("listHosts", "host") == [{"id": "a"}]


def test_a_server_that_takes_no_jobs_now_is_asked_again(server: Server) -> None:
    draining = refused(503, "Maintenance or Shutdown has been initiated on this management server.")
    server.answers["cancelHostMaintenance"] = [draining, Answer({"jobid": "j"})]
    assert server.client().submit("cancelHostMaintenance") == "j"


def test_a_server_that_stays_busy_is_not_asked_for_ever(server: Server) -> None:
    server.answers["cancelHostMaintenance"] = [refused(429, "reached the account api limit")]
    with pytest.raises(Busy, match="429"):
        server.client(api_timeout=0.4).submit("cancelHostMaintenance")


def test_what_is_no_cloudstack_is_said_to_be_none(server: Server) -> None:
    server.answers["listHosts"] = [Answer(raw=b"<html>hello</html>", content_type="text/html")]
    with pytest.raises(Unreachable, match="not CloudStack's API"):
        server.client().list("listHosts", "host")


def test_a_redirect_is_not_followed_because_it_would_lose_the_signature(server: Server) -> None:
    server.answers["listHosts"] = [Answer(raw=b"", status=302, location="https://elsewhere.example.org/")]
    with pytest.raises(Unreachable, match="redirects"):
        server.client().list("listHosts", "host")


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(Unreachable, match="api_url"):
        Server().client(api_url="cloudstack.example.org")


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_error_tells_the_secret_or_the_signed_address(server: Server, method: str) -> None:
    bad = [
        HANG,
        refused(401, "unable to verify user credentials and/or request signature"),
        Answer(raw=b"<html>", content_type="text/html"),
        Answer(raw=b"", status=302, location="http://127.0.0.1/?signature=abc"),
        Answer(raw=b"{", status=200),
        Answer(raw=b'{"a": 1, "b": 2}'),
    ]
    for answer in bad:
        server.answers["updateHost"] = [answer]
        with pytest.raises(MaintenanceError) as caught:
            server.client(api_http_method=method).call("updateHost", timeout_s=0.2)
        assert SECRET not in caught.value.message
        assert "signature=" not in caught.value.message.lower()
        assert caught.value.__suppress_context__


def test_a_job_is_followed_to_its_result(server: Server) -> None:
    server.answers["prepareHostForMaintenance"] = [Answer({"jobid": "j"})]
    server.answers["queryAsyncJobResult"] = [job(0), job(0), job(1, jobresult={"host": {"id": "h"}})]
    result = server.client().job("prepareHostForMaintenance", waiter(), "xen02: waiting", id="h")
    assert result == {"host": {"id": "h"}}


def test_a_failed_job_raises_its_own_text(server: Server) -> None:
    server.answers["prepareHostForMaintenance"] = [Answer({"jobid": "j"})]
    failure = {"errorcode": 530, "errortext": "Failed to prepare host for maintenance due to: something"}
    server.answers["queryAsyncJobResult"] = [job(2, jobresultcode=530, jobresult=failure)]
    with pytest.raises(CloudStackError, match="due to: something"):
        server.client().job("prepareHostForMaintenance", waiter(), "xen02: waiting", id="h")


def test_a_job_cut_off_by_a_restart_has_an_unknown_outcome(server: Server) -> None:
    server.answers["prepareHostForMaintenance"] = [Answer({"jobid": "j"})]
    server.answers["queryAsyncJobResult"] = [job(2, jobresultcode=530)]
    with pytest.raises(OutcomeUnknown, match="restarted"):
        server.client().job("prepareHostForMaintenance", waiter(), "xen02: waiting", id="h")


def test_a_forgotten_job_has_an_unknown_outcome(server: Server) -> None:
    server.answers["queryAsyncJobResult"] = [refused(431, "Unable to find a job by id j")]
    assert server.client().look_at("j").status == "lost"


def test_silence_while_a_job_runs_is_waited_out(server: Server) -> None:
    bad_gateway = Answer(raw=b"<html>", status=502, content_type="text/html")
    server.answers["stopThing"] = [Answer({"jobid": "j"})]
    server.answers["queryAsyncJobResult"] = [bad_gateway, bad_gateway, job(1, jobresult={"success": True})]
    assert server.client().job("stopThing", waiter(), "xen02: waiting") == {"success": True}
