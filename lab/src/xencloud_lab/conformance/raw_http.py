# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps below the level of calls: whole HTTP requests, sent to the lab's real servers."""

from __future__ import annotations

import asyncio
import json
import typing as t

from aiohttp import web

from ..engine import Engine
from ..http_xapi import XapiHttp
from ..machines import Machine
from ..world import World
from .compare import difference
from .stage import Stage
from .transcript import Step

TEXT_LIMIT = 600  # the recorder shortened the bodies of HTTP errors to this
_PATIENCE_S = 20.0


class _StandingClock:
    """World time passes only for the replay."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        return self._world.timeline.now

    def real_seconds_until(self, moment: float) -> float:
        return max(0.0, moment - self._world.timeline.now)


Reply = tuple[int, dict[str, str], str]


def play_http(stage: Stage, step: Step) -> str | None:
    """What is wrong with the answer to a raw request."""
    request = _request_of(stage, step)
    reply = asyncio.run(asyncio.wait_for(_send(stage.world, stage.machine(step["on"]), request), _PATIENCE_S))
    return _judge(stage, step["result"], reply)


def _request_of(stage: Stage, step: Step) -> tuple[str, str, str, bytes]:
    request = step["request"]
    stage.session("root", step["on"])
    if step["protocol"] == "jsonrpc":
        body = request if isinstance(request, str) else json.dumps(stage.symbols.fill_in(request), ensure_ascii=False)
        return "POST", "/jsonrpc", "application/json", stage.symbols.fill_in(body).encode()
    return request["method"], request["path"], request["content_type"], stage.symbols.fill_in(request["body"]).encode()


async def _send(world: World, machine: Machine, request: tuple[str, str, str, bytes]) -> Reply:
    engine = Engine(world, t.cast("t.Any", _StandingClock(world)))
    server = web.Server(XapiHttp(engine, machine))
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        return await _exchange(port, *request)
    finally:
        await runner.cleanup()


async def _exchange(port: int, method: str, path: str, content_type: str, body: bytes) -> Reply:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: lab\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    status, headers = _head((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
    length = 0 if method == "HEAD" else int(headers.get("content-length", "0"))
    text = (await reader.readexactly(length)).decode()
    writer.close()
    return status, headers, text


def _head(text: str) -> tuple[int, dict[str, str]]:
    first, *lines = text.strip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return int(first.split(" ")[1]), {name.lower(): value for name, value in pairs}


def _judge(stage: Stage, expected: dict[str, t.Any], reply: Reply) -> str | None:
    status, headers, text = reply
    if status != expected["status"]:
        return f"expected HTTP {expected['status']}, got {status} {text[:200]!r}"
    wanted = expected.get("headers", {})
    if "content_type" in expected:
        wanted = {"content-type": expected["content_type"]}
    wrong = {name: headers.get(name) for name, value in wanted.items() if headers.get(name) != value}
    if wrong:
        return f"headers: expected { ({name: wanted[name] for name in wrong}) }, got {wrong}"
    return _body(stage, expected["body"], text, status)


def _body(stage: Stage, expected: t.Any, text: str, status: int) -> str | None:
    if not isinstance(expected, str):
        return difference(expected, json.loads(text), stage.symbols, "body")
    if status == 500:  # the rest is an exception of the daemon's language
        start = expected.partition("(")[0]  # up to the name of the exception
        return None if text.startswith(start) else f"body: expected {expected!r}, got {text!r}"
    if len(expected) == TEXT_LIMIT:
        text = text[:TEXT_LIMIT]
    return difference(expected, text, stage.symbols, "body")
