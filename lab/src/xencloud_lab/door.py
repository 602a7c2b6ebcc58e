# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A door: the listening socket of one address, open only while somebody answers behind it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import typing as t

from aiohttp import web

Handler = t.Callable[[web.BaseRequest], t.Awaitable[web.StreamResponse]]

_BACKLOG = 512


class Door:
    """One address and port. Closing it refuses new connections and resets those that are open."""

    def __init__(self, address: str, port: int, context: ssl.SSLContext | None, handler: Handler) -> None:
        self.address = address
        self.port = port
        self._context = context
        self._protocols = web.Server(handler, access_log=None)
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._starting: socket.socket | None = None

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def fit(self, answers: bool) -> None:
        """Be open when somebody answers behind it, and closed when not."""
        if answers and not self.is_open:
            self.open()
        elif self.is_open and not answers:
            self.close()

    def open(self) -> None:
        """Listen from now on; a connection that comes before the server is up waits in the queue."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.address, self.port))
        except OSError:
            listener.close()
            raise
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        self._socket = listener
        self._opening = asyncio.get_running_loop().create_task(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        if self._socket is not listener:  # closed before its turn came
            return
        self._starting = listener
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._protocols, sock=listener, ssl=self._context, backlog=_BACKLOG)
        if self._socket is listener:
            self._server = server
        else:
            server.close()

    def close(self) -> None:
        """Nobody answers any more."""
        listener, self._socket = self._socket, None
        server, self._server = self._server, None
        if server is not None:
            server.close()
        elif listener is not None and self._starting is not listener:  # else ``_serve`` closes it in a moment
            listener.close()
        for connection in self._protocols.connections:
            if connection.transport is not None:
                connection.transport.abort()
