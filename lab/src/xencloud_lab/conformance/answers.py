# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One call over the lab's own wire formats, in the same process: what a client would read."""

from __future__ import annotations

import json
import typing as t
import xmlrpc.client
from dataclasses import dataclass
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from ..machines import Machine
from ..timeline import Completion
from ..world import World
from ..xapi import framing
from ..xapi.errors import Unreachable, XapiError
from ..xapi.wire_xmlrpc import Malformed

PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: ``ok``, ``error``, ``fault``, ``bare``, ``http``, ``transport`` and its value."""

    kind: str
    value: t.Any


@dataclass(slots=True)
class Pending:
    """A call in flight."""

    exchange: framing.Exchange
    release: str
    outcome: t.Any

    @property
    def done(self) -> bool:
        return not isinstance(self.outcome, Completion) or self.outcome.done


class Line:
    """Sends calls to machines of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def ask(
        self, machine: Machine, protocol: str, method: str, params: list[t.Any], patience_s: float = PATIENCE_S
    ) -> Answer:
        """The answer, after as much of the world's time as it takes."""
        body = body_of(protocol, method, params)
        pending = self.send(machine, "/jsonrpc" if protocol.startswith("json") else "/", body)
        return self.end(pending, patience_s)

    def send(self, machine: Machine, path: str, body: bytes) -> Pending | Answer:
        """Send without waiting for the answer."""
        try:
            exchange = framing.read(path, body)
        except Malformed as error:
            return Answer("http", {"status": 500, "body": framing.apology(error)})
        release = machine.toolstack.pool.profile.release
        try:
            outcome = self._world.call(machine.address, exchange.method, exchange.params)
        except (XapiError, Unreachable) as error:
            outcome = error
        return Pending(exchange, release, outcome)

    def end(self, pending: Pending | Answer, patience_s: float = PATIENCE_S) -> Answer:
        """Wait for the answer in the world's time."""
        if isinstance(pending, Answer):
            return pending
        timeline = self._world.timeline
        until = timeline.now + patience_s
        while not pending.done:
            due = timeline.next_at()
            if due is None or due > until:
                timeline.run_until(until)
                return Answer("transport", f"no answer in {patience_s:g}s")
            timeline.run_until(due)
        return self._read(pending)

    def _read(self, pending: Pending) -> Answer:
        outcome = pending.outcome
        if isinstance(outcome, Completion):
            outcome = outcome.error if outcome.error is not None else outcome.value
        match outcome:
            case Unreachable():
                return Answer("transport", "connection refused")
            case XapiError():
                return parse(pending.exchange, pending.exchange.failure(outcome))
            case Exception():
                raise outcome
            case _:
                return parse(pending.exchange, pending.exchange.success(pending.release, outcome))


def body_of(protocol: str, method: str, params: list[t.Any]) -> bytes:
    """A request as the recorder's client wrote it; ``jsonrpc1`` is version 1.0."""
    if protocol == "jsonrpc":
        return json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode()
    if protocol == "jsonrpc1":
        return json.dumps({"method": method, "params": params, "id": 1}).encode()
    text = "".join(f"<param>{_value(p)}</param>" for p in params)
    head = '<?xml version="1.0"?><methodCall><methodName>'
    return f"{head}{escape(method)}</methodName><params>{text}</params></methodCall>".encode()


def _value(value: t.Any) -> str:
    match value:
        case None:
            return "<value><nil/></value>"
        case bool():
            return f"<value><boolean>{int(value)}</boolean></value>"
        case int():
            return f"<value><int>{value}</int></value>"
        case float():
            return f"<value><double>{value!r}</double></value>"
        case list():
            return f"<value><array><data>{''.join(map(_value, value))}</data></array></value>"
        case {"datetime": str(moment)}:
            return f"<value><dateTime.iso8601>{moment}</dateTime.iso8601></value>"
        case dict():
            members = (f"<member><name>{escape(k)}</name>{_value(v)}</member>" for k, v in value.items())
            return f"<value><struct>{''.join(members)}</struct></value>"
        case _:
            return f"<value><string>{escape(str(value))}</string></value>"


def parse(exchange: framing.Exchange, body: bytes) -> Answer:
    """Read an answer as a client does."""
    return _parse_json(body) if isinstance(exchange, framing.JsonExchange) else _parse_xml(body)


def _parse_json(body: bytes) -> Answer:
    answer = json.loads(body)
    error = answer.get("error")
    if error is None:
        return Answer("ok", answer["result"])
    return Answer("error", error if isinstance(error, list) else [error["message"], *error["data"]])


def _parse_xml(body: bytes) -> Answer:
    try:
        (value,), _method = xmlrpc.client.loads(body)
    except ExpatError:  # names of members are not escaped (surprise 5)
        return Answer("http", {"status": 200, "body": body.decode()})
    except xmlrpc.client.Fault as fault:
        return Answer("fault", {"faultCode": fault.faultCode, "faultString": fault.faultString})
    plain = normal(value)
    if not isinstance(plain, dict) or "Status" not in plain:
        return Answer("bare", plain)
    return Answer("ok", plain["Value"]) if plain["Status"] == "Success" else Answer("error", plain["ErrorDescription"])


def normal(value: t.Any) -> t.Any:
    """A value from the XML-RPC reader as recordings write it."""
    match value:
        case xmlrpc.client.DateTime():
            return {"datetime": value.value}
        case list():
            return [normal(item) for item in value]
        case dict():
            return {key: normal(item) for key, item in value.items()}
        case _:
            return value
