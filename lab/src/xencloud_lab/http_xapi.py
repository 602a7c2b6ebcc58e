# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side of XAPI: paths, methods, headers, limits (``xapi.md`` 1.1, ``wire_http_paths_and_headers``)."""

from __future__ import annotations

import html
import typing as t

from aiohttp import web

from . import http_files
from .engine import Engine
from .machines import Machine
from .xapi import framing, handlers
from .xapi.errors import Unreachable, XapiError
from .xapi.wire_xmlrpc import Malformed

PIECE = 256 * 1024
BODY_LIMIT = 299 * 1024  # 300 KiB with the head: 299,000 bytes pass, 307,000 do not (seen live)
_HEADERS = {
    "Cache-Control": "no-cache, no-store",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "X-Requested-With",
}
_FORBIDDEN = "<html><body><h1>HTTP 403 forbidden</h1>Access to the requested resource is forbidden.</body></html>"


class XapiHttp:
    """Answers the requests that reach one machine."""

    def __init__(self, engine: Engine, machine: Machine) -> None:
        self._engine = engine
        self._machine = machine

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        if handlers.known(request.method, request.path):
            return await self._file(request)
        match request.method:
            case "POST" if request.path != "//":
                return await self._rpc(request)
            case "OPTIONS":
                return web.Response(headers={**_headers(request), "Access-Control-Allow-Methods": "PUT"})
            case "GET" | "PUT" | "POST":
                return _page(403, _FORBIDDEN)
            case other:
                what = (
                    f"<h1>HTTP 501 Method Not Implemented</h1><p>Unknown {html.escape(other)} not supported.<br /></p>"
                )
                return _page(501, f"<html><body>{what}</body></html>")

    async def _file(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await http_files.serve(self._engine, self._machine, request)
        except Unreachable:
            return _hang_up(request)

    async def _rpc(self, request: web.BaseRequest) -> web.StreamResponse:
        if (request.content_length or 0) > BODY_LIMIT:
            return _page(500, framing.apology("Http.Body_too_large"))
        body = await request.read()
        try:
            exchange = framing.read(request.path, body)
            text = await self._answer(exchange)
        except Malformed as error:
            return _page(500, framing.apology(error))
        except Unreachable:
            return _hang_up(request)
        headers = {**_headers(request), "Content-Type": exchange.content_type}
        if len(text) > PIECE:
            return await _in_pieces(request, text, headers)
        return web.Response(body=text, headers=headers)

    async def _answer(self, exchange: framing.Exchange) -> bytes:
        try:
            value = await self._call(exchange.method, exchange.params)
        except XapiError as error:
            return exchange.failure(error)
        return exchange.success(self._release, value)

    @property
    def _release(self) -> str:
        return self._machine.toolstack.pool.profile.release

    async def _call(self, method: str, params: list[t.Any]) -> t.Any:
        self._engine.heard[method] += 1
        try:
            return await self._engine.recorded("xapi", method, self._machine.name, self._ask, method, params)
        except (XapiError, Unreachable):
            raise
        except Exception as error:  # a fault of the lab must not look like one of the pool
            self._engine.internal_error(method, error)
            raise XapiError("INTERNAL_ERROR", f"xencloud-lab failed: {type(error).__name__}: {error}") from error

    def _ask(self, method: str, params: list[t.Any]) -> t.Any:
        return self._engine.world.call(self._machine.address, method, params, wire=True)


def _headers(request: web.BaseRequest) -> dict[str, str]:
    """The daemon says what it does with the connection even where HTTP/1.1 would not need it."""
    return {**_HEADERS, "Connection": "keep-alive" if request.keep_alive else "close"}


def _page(status: int, body: str) -> web.Response:
    headers = {"Cache-Control": "no-cache, no-store", "Connection": "close", "Content-Type": "text/html"}
    response = web.Response(status=status, body=body.encode(), headers=headers)
    response.force_close()
    return response


async def _in_pieces(request: web.BaseRequest, text: bytes, headers: t.Mapping[str, str]) -> web.StreamResponse:
    """A large answer as fast as the client reads it, and never as a second large copy on its way through TLS."""
    response = web.StreamResponse(headers=headers)
    response.content_length = len(text)
    await response.prepare(request)
    pieces = memoryview(text)
    for start in range(0, len(text), PIECE):
        await response.write(pieces[start : start + PIECE])
    await response.write_eof()
    return response


def _hang_up(request: web.BaseRequest) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
