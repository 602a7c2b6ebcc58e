# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON-RPC 1.0 and 2.0 as XAPI frames them (``xapi.md`` 1.3 with its corrections).

Values need no types here: ints are numbers, dates and references strings.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .errors import XapiError
from .wire_xmlrpc import Malformed

_COMPACT = (",", ":")


@dataclass(frozen=True, slots=True)
class JsonCall:
    """One request."""

    method: str
    params: list[t.Any]
    id: str | int
    version2: bool


def read_call(body: bytes) -> JsonCall:
    """The call in a request.

    :raises Malformed: for anything that the real daemon answers with HTTP 500.
    """
    try:
        request = json.loads(body)
    except ValueError as error:
        raise Malformed("Yojson__Common.Json_error") from error
    if not isinstance(request, dict):
        raise Malformed("Jsonrpc.Malformed_method_request(Invalid request body)")
    if "method" not in request:
        raise Malformed("Jsonrpc.Malformed_method_request(Required field method is missing)")
    _check("jsonrpc", request.get("jsonrpc", "2.0") == "2.0")
    _check("method", isinstance(request["method"], str) and bool(request["method"]))
    number = request.get("id")
    _check("id", isinstance(number, (str, int)) and not isinstance(number, bool))
    params = request.get("params", [])
    params = params if isinstance(params, list) else [params]
    return JsonCall(request["method"], params, t.cast("str | int", number), "jsonrpc" in request)


def _check(field: str, good: bool) -> None:
    if not good:
        raise Malformed(f"Jsonrpc.Malformed_method_request(Invalid field '{field}' in request body)")


def write_success(call: JsonCall, value: t.Any) -> bytes:
    """The answer of a call that went well; a void is the empty string."""
    value = "" if value is None else value
    if call.version2:
        return _dump({"jsonrpc": "2.0", "result": value, "id": call.id})
    return _dump({"result": value, "error": None, "id": call.id})


def write_failure(call: JsonCall, error: XapiError) -> bytes:
    """The answer of a call that was refused."""
    if call.version2:
        body = {"code": 1, "message": error.code, "data": error.params}
        return _dump({"jsonrpc": "2.0", "error": body, "id": call.id})
    return _dump({"result": None, "error": error.description, "id": call.id})


def write_emergency(call: JsonCall, error: XapiError) -> bytes:
    """A refusal before dispatch: framed as 2.0, but with a plain list (``xapi.md`` 1.3)."""
    return _dump({"jsonrpc": "2.0", "error": error.description, "id": call.id})


def _dump(body: dict[str, t.Any]) -> bytes:
    return json.dumps(body, separators=_COMPACT, ensure_ascii=False).encode()
