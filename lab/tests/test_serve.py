# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The served lab, from outside: real sockets, real TLS, the client libraries people use."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import typing as t
import xmlrpc.client
from pathlib import Path

import pytest
import XenAPI
from aiohttp import web

from xencloud_lab.build import build
from xencloud_lab.cli import main
from xencloud_lab.door import Door
from xencloud_lab.engine import Engine
from xencloud_lab.estate_file import parse
from xencloud_lab.pacer import Pacer
from xencloud_lab.report import book
from xencloud_lab.tls import Authority

PASSWORD = "a-password-of-nobody"
MASTER, MEMBER = "127.0.3.11", "127.0.3.12"
START_LIMIT_S = 20.0
ESTATE = f"""
pools:
  - name: pool
    password: {PASSWORD}
    hosts:
      - {{name: xen01, address: {MASTER}, master: true}}
      - {{name: xen02, address: {MEMBER}}}
    storage: [{{name: nfs1}}]
    vms: [{{name: web, on: [xen02]}}]
"""
CALL = "<?xml version='1.0'?><methodCall><methodName>{}</methodName><params>{}</params></methodCall>"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((MASTER, 0))
        return int(probe.getsockname()[1])


class Served:
    """A lab that runs in its own process."""

    def __init__(self, folder: Path, load: Path | None = None) -> None:
        self.state = folder / "state"
        self.port = free_port()
        (folder / "estate.yml").write_text(ESTATE, "utf-8")
        source = ["--load", str(load)] if load else [str(folder / "estate.yml")]
        command = [sys.executable, "-m", "xencloud_lab", "serve", *source, "--speed", "100"]
        command += ["--port", str(self.port), "--control-port", "0", "--state", str(self.state)]
        package = str(Path(__file__).parents[1] / "src")
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": package})
        self._wait_until_ready()
        self.tls = ssl.create_default_context(cafile=str(self.state / "ca.pem"))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not (self.state / "ready.json").exists():
            assert self.process.poll() is None, "the lab ended"
            assert time.monotonic() < deadline, "the lab did not become ready"
            time.sleep(0.02)

    def session(self, address: str = MASTER) -> t.Any:
        """A session of PyPI XenAPI that is not logged in yet."""
        transport = xmlrpc.client.SafeTransport(context=self.tls)
        return XenAPI.Session(f"https://{address}:{self.port}", transport=transport)

    def root(self) -> t.Any:
        session = self.session()
        session.xenapi.login_with_password("root", PASSWORD, "1.0", "tests")
        return session

    def http(
        self, method: str, path: str, body: str = "", address: str = MASTER
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPSConnection(address, self.port, context=self.tls, timeout=10)
        connection.request(method, path, body.encode())
        reply = connection.getresponse()
        return reply, reply.read()

    def command(self, *words: str) -> int:
        return main([*words, "--state", str(self.state)])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Served]:
    """A lab that these tests only read."""
    served = Served(tmp_path_factory.mktemp("shared"))
    yield served
    served.stop()


@pytest.fixture
def own(tmp_path: Path) -> t.Iterator[Served]:
    """A lab of one test."""
    served = Served(tmp_path)
    yield served
    served.stop()


def test_xenapi_library_logs_in_over_verified_tls_and_reads(shared: Served) -> None:
    session = shared.root()
    hosts = session.xenapi.host.get_all_records().values()
    assert sorted(host["name_label"] for host in hosts) == ["xen01", "xen02"]
    assert session.xenapi.host.get_API_version_major(session.xenapi.host.get_all()[0]) == "2"
    session.logout()


def test_member_redirects_the_xenapi_library_to_the_master(shared: Served) -> None:
    with pytest.raises(XenAPI.Failure) as caught:
        shared.session(MEMBER).xenapi.login_with_password("root", PASSWORD)
    assert caught.value.details == ["HOST_IS_SLAVE", MASTER]


def test_list_methods_is_a_bare_array_xapi_1_2(shared: Served) -> None:
    assert "pool.get_all" in shared.session().system.listMethods()


@pytest.mark.parametrize("path", ["/", "/RPC2", "/xmlrpc", "/foo/bar?x=1", "/JSONRPC"])
def test_post_to_any_path_is_xmlrpc_xapi_1_1(shared: Served, path: str) -> None:
    reply, body = shared.http("POST", path, CALL.format("pool.get_all", ""))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/xml")
    assert (reply.headers["Cache-Control"], reply.headers["Access-Control-Allow-Origin"]) == ("no-cache, no-store", "*")
    assert b"MESSAGE_PARAMETER_COUNT_MISMATCH" in body


def test_jsonrpc_has_its_path_and_exactly_its_content_type_xapi_1_1(shared: Served) -> None:
    request = {"jsonrpc": "2.0", "method": "pool.get_all", "params": ["OpaqueRef:no"], "id": 1}
    reply, body = shared.http("POST", "/jsonrpc", json.dumps(request))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body)["error"] == {"code": 1, "message": "SESSION_INVALID", "data": ["OpaqueRef:no"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/", "<", 500),
        ("POST", "/jsonrpc", "{", 500),
        ("POST", "/", CALL.format("pool.get_all", " " * 307_000), 500),
        ("POST", "/", CALL.format("pool.get_all", " " * 299_000), 200),
        ("POST", "//", "", 403),
        ("GET", "/", "", 403),
        ("PUT", "/", "x", 403),
        ("OPTIONS", "/", "", 200),
        ("DELETE", "/", "", 501),
    ],
)
def test_http_status_of_what_is_no_call_observed(
    shared: Served, method: str, path: str, body: str, status: int
) -> None:
    assert shared.http(method, path, body)[0].status == status


def test_asynchronous_call_runs_in_the_worlds_time(shared: Served) -> None:
    session = shared.root()
    task = session.xenapi.Async.pool.sync_database()
    deadline = time.monotonic() + 5
    while session.xenapi.task.get_status(task) == "pending":
        assert time.monotonic() < deadline
    assert session.xenapi.task.get_result(task) == "<value></value>"


def test_machine_without_power_refuses_connections_and_members_still_redirect_there(own: Served) -> None:
    session = own.root()
    assert own.command("fault", "crash", "--host", "xen01") == 0
    with pytest.raises((OSError, http.client.HTTPException)):
        session.xenapi.pool.get_all()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((MASTER, own.port), timeout=5)
    with pytest.raises(XenAPI.Failure) as caught:
        own.session(MEMBER).xenapi.login_with_password("root", PASSWORD)
    assert caught.value.details == ["HOST_IS_SLAVE", MASTER]


def test_machine_that_boots_again_answers_again(own: Served) -> None:
    assert own.command("fault", "reset", "--host", "xen01") == 0
    assert own.command("advance", "400") == 0
    assert own.root().xenapi.pool.get_all()


def test_crash_breaks_calls_that_wait_for_their_answer(own: Served) -> None:
    session = own.root()
    token = session.xenapi.event.inject("pool", session.xenapi.pool.get_all()[0])
    assert own.command("fault", "crash", "--host", "xen01", "--at", "100") == 0
    with pytest.raises((OSError, http.client.HTTPException)):
        getattr(session.xenapi.event, "from")(["network"], token, 3000.0)


def test_lost_reply_breaks_the_connection_after_the_effect(own: Served) -> None:
    session = own.root()
    pool = session.xenapi.pool.get_all()[0]
    assert own.command("fault", "lose_reply", "--method", "pool.add_to_other_config") == 0
    with pytest.raises((OSError, http.client.HTTPException, XenAPI.Failure)):
        session.xenapi.pool.add_to_other_config(pool, "k", "v")
    assert own.root().xenapi.pool.get_other_config(pool)["k"] == "v"


def test_refusal_ordered_by_command_line_reaches_the_client(own: Served) -> None:
    session = own.root()
    assert own.command("fault", "refuse", "--method", "host.get_all", "--error", "HOST_OFFLINE", "x") == 0
    with pytest.raises(XenAPI.Failure) as caught:
        session.xenapi.host.get_all()
    assert caught.value.details == ["HOST_OFFLINE", "x"]


def test_commands_without_a_lab_or_with_nonsense_are_one_sentence(
    own: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert own.command("fault", "crash", "--host", "xen99") == 2
    assert main(["book", "--state", str(tmp_path / "nowhere")]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == "xencloud-lab: fault crash: host xen99 does not exist. Use the name of a host of the estate."
    assert second.startswith("xencloud-lab: no lab runs with the state folder")


def test_verdict_of_the_book_is_the_exit_code(own: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert own.command("book") == 0
    assert own.command("fault", "crash", "--host", "xen02") == 0
    capsys.readouterr()
    assert own.command("book") == 1
    assert json.loads(capsys.readouterr().out)["complaints"] == ["1 VMs lost"]


def test_stop_ends_the_lab_and_takes_the_ready_file_away(own: Served) -> None:
    assert own.command("stop") == 0
    assert own.process.wait(10) == 0
    assert not (own.state / "ready.json").exists()


class Broken:
    """Part of a world with a mistake in it."""

    def happen(self) -> None:
        raise RuntimeError("a mistake of the lab")


def test_exception_in_the_world_does_not_stop_it_and_makes_the_verdict_bad() -> None:
    async def run() -> dict[str, t.Any]:
        world = build(parse(ESTATE))
        engine = Engine(world, Pacer(world.timeline.now, 1.0))
        world.timeline.after(10, Broken().happen)
        engine.pacer.jump(100)
        engine.step()
        assert world.timeline.now >= engine.pacer.now() - 1
        return book(engine)

    verdict = asyncio.run(run())
    assert verdict["verdict"] == "bad"
    assert verdict["complaints"] == ["1 internal errors of the lab"]


# saves ------------------------------------------------------------------------------------


def test_running_lab_saves_and_goes_on_from_the_save_with_its_sessions(own: Served, tmp_path: Path) -> None:
    file = str(tmp_path / "world.save")
    session = own.root()
    pool = session.xenapi.pool.get_all()[0]
    assert own.command("save", file) == 0
    session.xenapi.pool.add_to_other_config(pool, "after", "the save")
    assert own.command("load", file) == 0
    again = own.session()
    again._session = session._session
    assert again.xenapi.pool.get_other_config(pool).get("after") is None
    assert [host["name_label"] for host in again.xenapi.host.get_all_records().values()] == ["xen01", "xen02"]


def test_load_breaks_calls_that_wait_for_their_answer(own: Served, tmp_path: Path) -> None:
    file = str(tmp_path / "world.save")
    session = own.root()
    assert own.command("save", file) == 0
    token = session.xenapi.event.inject("pool", session.xenapi.pool.get_all()[0])
    call = xmlrpc.client.dumps((session._session, ["network"], token, 3000.0), "event.from")
    timer = threading.Timer(0.3, own.command, ("load", file))
    timer.start()
    with pytest.raises((OSError, http.client.HTTPException)):
        own.http("POST", "/", call)
    timer.join()


def test_lab_starts_from_a_save_where_another_was_and_keeps_who_has_power(tmp_path: Path) -> None:
    first = Served(tmp_path)
    file = tmp_path / "world.save"
    assert first.command("fault", "crash", "--host", "xen02") == 0
    assert first.command("save", str(file)) == 0
    first.stop()
    second = Served(tmp_path, load=file)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((MEMBER, second.port), timeout=5)
    assert second.root().xenapi.pool.get_all()
    second.stop()


def test_what_is_no_save_is_one_sentence_and_the_lab_goes_on(
    own: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nonsense").write_text("x")
    assert own.command("load", str(tmp_path / "nonsense")) == 2
    assert main(["serve", "--load", str(tmp_path / "nonsense")]) == 2
    assert own.command("save", str(tmp_path / "no" / "folder")) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert own.root().xenapi.pool.get_all()


# the end ----------------------------------------------------------------------------------


def test_end_while_doors_are_being_opened_is_silent() -> None:
    async def run() -> list[str]:
        complaints: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, told: complaints.append(str(told)))
        authority = Authority()
        for pause in range(4):
            door = Door(MASTER, free_port(), authority.server_context("xen01", MASTER), Handler())
            door.open()
            for _turn in range(pause):
                await asyncio.sleep(0)
            door.close()
            with pytest.raises(ConnectionError):
                await asyncio.open_connection(MASTER, door.port)
        gc.collect()
        await asyncio.sleep(0.05)
        return complaints

    assert asyncio.run(run()) == []


class Handler:
    """Answers nothing."""

    async def __call__(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response()


def test_sigterm_ends_the_lab_without_a_word(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    served = Served(tmp_path)
    served.root()
    served.stop()
    assert served.process.returncode == 0
    assert "Error" not in capfd.readouterr().err


# help -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["serve", "start", "check", "state", "book", "fault", "advance", "save", "load", "stop"]
)
def test_help_of_a_command_explains_every_argument(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([word, "--help"])
    lines = capsys.readouterr().out.splitlines()
    arguments = [i for i, line in enumerate(lines) if line.startswith(("  -", "  estate"))]
    assert all(len(lines[i].split("  ")) > 2 or lines[i + 1].startswith(" " * 20) for i in arguments), lines


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(f"    {word} " in text for word in ("serve", "check", "state", "book", "fault", "save", "load", "stop"))


def test_a_reader_that_has_read_enough_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "estate.yml"
    file.write_text(ESTATE, "utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "xencloud_lab", "check", str(file)]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_check_tells_what_an_estate_holds_and_serves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "estate.yml"
    file.write_text(ESTATE, "utf-8")
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: good: 1 pool, 2 hosts, 1 VM.\n"
    file.write_text("pools: []", "utf-8")
    assert main(["check", str(file)]) == 2
