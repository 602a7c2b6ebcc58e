# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers on the wire: one top-level key, JSON or XML (``cloudstack.md`` 4.3, 4.4)."""

from __future__ import annotations

import datetime
import json
import typing as t
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from .errors import NOT_AUTHENTICATED, ApiError

Body = dict[str, t.Any]


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def date(moment: float | None) -> str | None:
    """A moment as the API writes it."""
    if moment is None:
        return None
    return datetime.datetime.fromtimestamp(int(moment), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def known(fields: t.Mapping[str, t.Any]) -> Body:
    """The fields that have a value; the others are left out of answers."""
    return {name: value for name, value in fields.items() if value is not None}


def answer(key: str, body: Body, *, as_json: bool, content_type: str, version: str, status: int = 200) -> Response:
    """The envelope around a body."""
    if as_json:
        return Response(status, json.dumps({key: body}).encode(), {"Content-Type": content_type})
    text = f'<?xml version="1.0" encoding="UTF-8"?><{key} cloud-stack-version="{version}">{_xml(body)}</{key}>'
    return Response(status, text.encode(), {"Content-Type": "text/xml; charset=UTF-8"})


def error(key: str, problem: ApiError, *, as_json: bool, content_type: str, version: str) -> Response:
    """The envelope around a refusal; a failed signature has neither description nor inner code."""
    body: Body = {"uuidList": [], "errorcode": problem.code}
    if problem.code != NOT_AUTHENTICATED:
        body["cserrorcode"] = problem.cs_code
    body["errortext"] = problem.text
    plain = answer(key, body, as_json=as_json, content_type=content_type, version=version, status=problem.code)
    if problem.code == NOT_AUTHENTICATED:
        return plain
    return Response(plain.status, plain.body, {**plain.headers, "X-Description": problem.text.replace("\n", " ")})


def _xml(value: t.Any) -> str:
    if isinstance(value, dict):
        return "".join(_xml_field(name, item) for name, item in value.items())
    return escape(_text(value))


def _xml_field(name: str, value: t.Any) -> str:
    if isinstance(value, list):
        return "".join(f"<{name}>{_xml(item)}</{name}>" for item in value)
    return f"<{name}>{_xml(value)}</{name}>"


def _text(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
