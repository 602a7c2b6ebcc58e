# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API: from an HTTP request as plain data to an HTTP answer (``cloudstack.md`` 4)."""

from __future__ import annotations

import re
import typing as t

from ..timeline import Completion
from ..xapi.errors import Unreachable
from . import envelope, paging, registry, signature
from .call import Call
from .commands.unmodelled import UNMODELLED
from .envelope import Response
from .errors import INTERNAL, NOT_AUTHENTICATED, UNSUPPORTED, ApiError, not_modelled
from .later import EXPECTED, api_error
from .registry import Command, Listing

if t.TYPE_CHECKING:
    from ..world import World
    from .manager import ManagementServer

Pairs = t.Iterable[tuple[str, str]]
_READ_ONLY = re.compile(r"^(get|list|query|find)", re.IGNORECASE)
_BAD_SIGNATURE = "unable to verify user credentials and/or request signature"


def handle(world: World, method: str, query: Pairs, form: Pairs) -> Response | Completion:
    """Answer one request, at once or when it is done.

    :raises Unreachable: the server is down.
    """
    server: ManagementServer = world.cloudstack
    if not server.running:
        raise Unreachable("the management server is down")
    return Request(server, method, {**dict(query), **dict(form)}).answer()


def refusal(world: World, name: str, code: str, text: str) -> Response:
    """The error answer to a command that a fault refuses before it is looked at."""
    problem = ApiError(int(code) if code.isdecimal() else INTERNAL, text or code)
    return Request(world.cloudstack, "GET", {"command": name, "response": "json"}).error(problem)


class Request:
    """One request and the ways to answer it."""

    def __init__(self, server: ManagementServer, method: str, params: dict[str, str]) -> None:
        self._server = server
        self._method = method
        self._params = params
        self._lower = {name.lower(): value for name, value in params.items()}
        self._name = self._lower.get("command", "")
        self._command = registry.find(self._name)

    def answer(self) -> Response | Completion:
        """The answer, now or later."""
        try:
            outcome = self._process()
        except EXPECTED as error:
            return self.error(error)
        if isinstance(outcome, Completion):
            later = Completion()
            outcome.then(self._hand_over, later)
            return later
        return self._good(outcome)

    def _process(self) -> t.Any:
        if not self._name:
            raise ApiError(UNSUPPORTED, "Invalid request, no command sent")
        self._check_method()
        signed = signature.verified(self._params, self._server.keys, self._server.clients_clock())
        if not signed or (self._command is None and self._name not in UNMODELLED):
            raise ApiError(NOT_AUTHENTICATED, _BAD_SIGNATURE)
        if self._command is None:
            raise not_modelled(f"the command {self._name}")
        call = Call(self._server, self._command, self._lower)
        call.check_required()
        call.check_entities()
        if self._command.is_async:
            return self._submit(self._command, call)
        outcome = self._command.run(call)
        return paging.page_of(call, outcome) if isinstance(outcome, Listing) else outcome

    def _check_method(self) -> None:
        enforced = self._server.settings.flag("enforce.post.requests.and.timestamps")
        if enforced and self._method != "POST" and not _READ_ONLY.match(self._name):
            raise ApiError(400, f"State changing command {self._name} needs to be sent using POST request")

    def _submit(self, command: Command, call: Call) -> dict[str, t.Any]:
        about = command.prepare(call) if command.prepare else None
        job = self._server.jobs.submit(command.job_class, about, command.about, command.run, call)
        return {"jobid": job.uuid}

    # answers ------------------------------------------------------------------------------

    def _hand_over(self, later: Completion, outcome: Completion) -> None:
        if isinstance(outcome.error, EXPECTED):
            later.resolve(self.error(outcome.error))
        elif outcome.error is not None:
            later.reject(outcome.error)
        else:
            later.resolve(self._good(outcome.value))

    def _good(self, body: dict[str, t.Any]) -> Response:
        return envelope.answer(self._key, body, **self._format)

    def error(self, problem: Exception) -> Response:
        """The error envelope of a problem."""
        api = api_error(problem)
        key = "errorresponse" if api.code == UNSUPPORTED else self._key
        return envelope.error(key, api, **self._format)

    @property
    def _key(self) -> str:
        known = self._command is not None or self._name in UNMODELLED
        return f"{self._name.lower()}response" if known else "errorresponse"

    @property
    def _format(self) -> dict[str, t.Any]:
        return {
            "as_json": self._lower.get("response", "xml").lower() == "json",
            "content_type": self._server.settings.text("json.content.type"),
            "version": self._server.version,
        }
