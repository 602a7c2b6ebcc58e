# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side of XAPI: paths, methods, headers, limits (``xapi.md`` 1.1, ``wire_http_paths_and_headers``)."""

from __future__ import annotations

import html
import typing as t

from aiohttp import web

from .engine import Engine
from .machines import Machine
from .xapi import wire_jsonrpc, wire_xmlrpc
from .xapi.access import EmergencyError
from .xapi.dispatch import result_type
from .xapi.errors import Unreachable, XapiError
from .xapi.wire_xmlrpc import Malformed

BODY_LIMIT = 299 * 1024  # 300 KiB with the head: 299,000 bytes pass, 307,000 do not (seen live)
_HEADERS = {
    "Cache-Control": "no-cache, no-store",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "X-Requested-With",
}
_APOLOGY = (
    "<html><body><h1>HTTP 500 internal server error</h1>An unexpected error occurred; please wait a while and try "
    "again. If the problem persists, please contact your support representative.<h1> Additional information </h1>"
)
_FORBIDDEN = "<html><body><h1>HTTP 403 forbidden</h1>Access to the requested resource is forbidden.</body></html>"


class XapiHttp:
    """Answers the requests that reach one machine."""

    def __init__(self, engine: Engine, machine: Machine) -> None:
        self._engine = engine
        self._machine = machine

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        match request.method:
            case "POST" if request.path != "//":
                return await self._rpc(request)
            case "OPTIONS":
                return web.Response(headers={**_HEADERS, "Access-Control-Allow-Methods": "PUT"})
            case "GET" | "PUT" | "POST":
                return _page(403, _FORBIDDEN)
            case other:
                what = (
                    f"<h1>HTTP 501 Method Not Implemented</h1><p>Unknown {html.escape(other)} not supported.<br /></p>"
                )
                return _page(501, f"<html><body>{what}</body></html>")

    async def _rpc(self, request: web.BaseRequest) -> web.StreamResponse:
        if (request.content_length or 0) > BODY_LIMIT:
            return _page(500, f"{_APOLOGY}Http.Body_too_large</body></html>")
        body = await request.read()
        speak = self._json if request.path == "/jsonrpc" else self._xml
        kind = "application/json" if request.path == "/jsonrpc" else "text/xml"
        try:
            text = await speak(body)
        except Malformed as error:
            return _page(500, f"{_APOLOGY}{html.escape(str(error))}</body></html>")
        except Unreachable:
            return _hang_up(request)
        return web.Response(body=text, headers={**_HEADERS, "Content-Type": kind})

    async def _xml(self, body: bytes) -> bytes:
        method, params = wire_xmlrpc.read_call(body)
        try:
            value = await self._call(method, params)
        except XapiError as error:
            return wire_xmlrpc.write_failure(error)
        write = wire_xmlrpc.write_bare if method == "system.listMethods" else wire_xmlrpc.write_success
        return write(result_type(self._release, method), value)

    async def _json(self, body: bytes) -> bytes:
        call = wire_jsonrpc.read_call(body)
        try:
            return wire_jsonrpc.write_success(call, await self._call(call.method, call.params))
        except EmergencyError as error:
            return wire_jsonrpc.write_emergency(call, error)
        except XapiError as error:
            return wire_jsonrpc.write_failure(call, error)

    @property
    def _release(self) -> str:
        return self._machine.toolstack.pool.profile.release

    async def _call(self, method: str, params: list[t.Any]) -> t.Any:
        try:
            return await self._engine.request(self._engine.world.call, self._machine.address, method, params)
        except (XapiError, Unreachable):
            raise
        except Exception as error:  # a fault of the lab must not look like one of the pool
            self._engine.internal_error(method, error)
            raise XapiError("INTERNAL_ERROR", f"xencloud-lab failed: {type(error).__name__}: {error}") from error


def _page(status: int, body: str) -> web.Response:
    headers = {"Cache-Control": "no-cache, no-store", "Connection": "close", "Content-Type": "text/html"}
    response = web.Response(status=status, body=body.encode(), headers=headers)
    response.force_close()
    return response


def _hang_up(request: web.BaseRequest) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
