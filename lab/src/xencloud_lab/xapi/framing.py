# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and answers of both wire formats, without the HTTP around them (``xapi.md`` 1.1 to 1.3)."""

from __future__ import annotations

import html
import typing as t

from . import wire_jsonrpc, wire_xmlrpc
from .access import EmergencyError
from .dispatch import result_type
from .errors import XapiError

_APOLOGY = (
    "<html><body><h1>HTTP 500 internal server error</h1>An unexpected error occurred; please wait a while and try "
    "again. If the problem persists, please contact your support representative.<h1> Additional information </h1>"
)


class XmlExchange:
    """A request in XML-RPC."""

    content_type: t.ClassVar = "text/xml"

    def __init__(self, body: bytes) -> None:
        self.method, self.params = wire_xmlrpc.read_call(body)

    def success(self, release: str, value: t.Any) -> bytes:
        """The answer of a call that went well."""
        bare = self.method == "system.listMethods"
        write = wire_xmlrpc.write_bare if bare else wire_xmlrpc.write_success
        return write(result_type(release, self.method), value)

    def failure(self, error: XapiError) -> bytes:
        """The answer of a call that was refused."""
        return wire_xmlrpc.write_failure(error)


class JsonExchange:
    """A request in JSON-RPC."""

    content_type: t.ClassVar = "application/json"

    def __init__(self, body: bytes) -> None:
        self._call = wire_jsonrpc.read_call(body)
        self.method, self.params = self._call.method, self._call.params

    def success(self, _release: str, value: t.Any) -> bytes:
        """The answer of a call that went well."""
        return wire_jsonrpc.write_success(self._call, value)

    def failure(self, error: XapiError) -> bytes:
        """The answer of a call that was refused."""
        write = wire_jsonrpc.write_emergency if isinstance(error, EmergencyError) else wire_jsonrpc.write_failure
        return write(self._call, error)


Exchange = XmlExchange | JsonExchange


def read(path: str, body: bytes) -> Exchange:
    """The call in a POST: JSON at ``/jsonrpc``, XML-RPC everywhere else (seen live).

    :raises Malformed: it is none.
    """
    return JsonExchange(body) if path == "/jsonrpc" else XmlExchange(body)


def apology(error: Exception | str) -> str:
    """The page of HTTP 500."""
    return f"{_APOLOGY}{html.escape(str(error))}</body></html>"
