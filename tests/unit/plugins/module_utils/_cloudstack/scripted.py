# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that answers what a test tells it to, over a real connection."""

from __future__ import annotations

import contextlib
import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from ansible_collections.xencloud.maintenance.plugins.module_utils._cloudstack.client import CloudStackClient

SECRET = "do-not-tell-anybody"
HANG = object()


@dataclass
class Answer:
    """One answer of the server."""

    inner: t.Any = None
    status: int = 200
    content_type: str = "application/json"
    raw: bytes | None = None
    location: str | None = None


@dataclass
class Server:
    """Answers each command from its list, the last answer again and again."""

    port: int = 0
    answers: dict[str, list[t.Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    def client(self, **options: t.Any) -> CloudStackClient:
        return CloudStackClient.from_params(
            {
                "api_url": f"http://127.0.0.1:{self.port}/client/api",
                "api_key": "key",
                "api_secret": SECRET,
                "api_http_method": "post",
                "api_timeout": 5.0,
                "api_verify_ssl_cert": None,
                "api_validate_certs": True,
                **options,
            }
        )

    def next_answer(self, command: str) -> t.Any:
        waiting = self.answers.get(command) or [Answer({"errorcode": 432, "errortext": f"no {command}"}, 432)]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(self.rfile.read(length).decode())

        def do_GET(self) -> None:
            self._answer(self.path.partition("?")[2])

        def log_message(self, *args: t.Any) -> None:
            """Keep quiet."""

        def _answer(self, query: str) -> None:
            parameters = {key: values[0] for key, values in parse_qs(query).items()}
            server.asked.append(parameters)
            answer = server.next_answer(parameters["command"])
            if answer is HANG:
                server.release.wait(10)
                return
            envelope = {f"{parameters['command'].lower()}response": answer.inner}
            body = answer.raw if answer.raw is not None else json.dumps(envelope).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            if answer.location:
                self.send_header("Location", answer.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@contextlib.contextmanager
def serving() -> t.Iterator[Server]:
    """A server for one test."""
    server = Server()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    httpd.daemon_threads = True
    server.port = httpd.server_address[1]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def refused(code: int, text: str) -> Answer:
    return Answer({"uuidList": [], "errorcode": code, "cserrorcode": 9999, "errortext": text}, code)


def job(status: int, **more: t.Any) -> Answer:
    return Answer({"jobid": "j", "jobstatus": status, "jobprocstatus": 0, "jobresultcode": 0, **more})
