# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side of CloudStack: aiohttp in, plain data to the management server, aiohttp out."""

from __future__ import annotations

from aiohttp import web

from .cloudstack import server
from .cloudstack.server import Pairs
from .engine import Engine
from .world import World
from .xapi.errors import Unreachable, XapiError


class CloudStackHttp:
    """Answers the requests that reach the management server."""

    def __init__(self, engine: Engine, *, trusted: bool = False) -> None:
        self._engine = engine
        self._trusted = trusted

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        form = await request.post() if request.method == "POST" else {}
        query = list(request.query.items())
        fields = [(name, value) for name, value in form.items() if isinstance(value, str)]
        command = next((value for name, value in query + fields if name.lower() == "command"), "")
        self._engine.heard[command] += 1
        try:
            cookie = request.cookies.get("JSESSIONID", "")
            asked = (self._ask, command, request.method, query, fields, cookie)
            reply = await self._engine.recorded("cloudstack", command, "", *asked)
        except XapiError as error:  # only a fault refuses in these words
            reply = server.refusal(self._engine.world, command, error.code, " ".join(error.params))
        except Unreachable:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        except Exception as error:  # a fault of the lab must not look like one of CloudStack
            self._engine.internal_error(command, error)
            body = {"errorresponse": {"errorcode": 530, "errortext": f"xencloud-lab failed: {type(error).__name__}"}}
            return web.json_response(body, status=530)
        return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body)

    def _ask(self, command: str, method: str, query: Pairs, form: Pairs, cookie: str) -> object:
        world = self._engine.world
        world.faults.from_a_client()
        return world.faults.around("cloudstack", command, "", self._handle, world, method, query, form, cookie)

    def _handle(self, world: World, method: str, query: Pairs, form: Pairs, cookie: str) -> object:
        return server.handle(world, method, query, form, session_id=cookie, trusted=self._trusted)
