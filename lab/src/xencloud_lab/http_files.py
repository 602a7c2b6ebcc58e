# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uploads and documents of XAPI over HTTP: from aiohttp to ``xapi.handlers`` and back."""

from __future__ import annotations

from aiohttp import web

from .engine import Engine
from .machines import Machine
from .xapi import handlers
from .xapi.errors import Unreachable

KEPT_BYTES = 4096


async def serve(engine: Engine, machine: Machine, request: web.BaseRequest) -> web.StreamResponse:
    """One request; an image of gigabytes is read and forgotten but for its first bytes.

    :raises Unreachable: the machine dies over it.
    """
    head, size = await _drain(request)
    if not machine.answers():
        raise Unreachable(machine.address)
    asked = handlers.Request(
        request.method, request.path, request.query, request.headers.get("Authorization", ""), head, size
    )
    document = await engine.request(handlers.answer, machine, asked)
    return web.Response(
        status=document.status,
        body=document.text.encode(),
        headers={"Cache-Control": "no-cache, no-store", "Content-Type": document.content_type},
    )


async def _drain(request: web.BaseRequest) -> tuple[bytes, int]:
    head, size = b"", 0
    async for chunk in request.content.iter_chunked(65536):
        head, size = (head + chunk)[:KEPT_BYTES], size + len(chunk)
    return head, size
