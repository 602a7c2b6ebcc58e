# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API: from an HTTP request as plain data to an HTTP answer (``cloudstack.md`` 4)."""

from __future__ import annotations

import typing as t

from ..timeline import Completion
from ..xapi.errors import Unreachable
from . import envelope, paging, registry
from .call import Call
from .commands.unmodelled import UNMODELLED
from .envelope import Response
from .errors import AUTHENTICATION, INTERNAL, NOT_AUTHENTICATED, TOO_MANY, UNSUPPORTED, ApiError, not_modelled
from .job_events import events_of
from .later import EXPECTED, api_error
from .registry import Command, Listing
from .users import READ_ONLY, ROOT, User
from .views.users import login_view

if t.TYPE_CHECKING:
    from ..world import World
    from .manager import ManagementServer

Pairs = t.Iterable[tuple[str, str]]
_BAD_SIGNATURE = "unable to verify user credentials and/or request signature"


def handle(
    world: World, method: str, query: Pairs, form: Pairs, *, session_id: str = "", trusted: bool = False
) -> Response | Completion:
    """Answer one request, at once or when it is done.

    :param session_id: the cookie of a login.
    :param trusted: it came in by the integration port, where nobody signs.
    :raises Unreachable: the server is down.
    """
    server: ManagementServer = world.cloudstack
    if not server.running:
        raise Unreachable("the management server is down")
    request = Request(server, method, {**dict(query), **dict(form)}, session_id=session_id, trusted=trusted)
    return request.answer()


def refusal(world: World, name: str, code: str, text: str) -> Response:
    """The error answer to a command that a fault refuses before it is looked at."""
    problem = ApiError(int(code) if code.isdecimal() else INTERNAL, text or code)
    return Request(world.cloudstack, "GET", {"command": name, "response": "json"}).error(problem)


class Request:
    """One request and the ways to answer it."""

    def __init__(
        self,
        server: ManagementServer,
        method: str,
        params: dict[str, str],
        *,
        session_id: str = "",
        trusted: bool = False,
    ) -> None:
        self._server = server
        self._method = method
        self._session_id = session_id
        self._trusted = trusted
        self._params = params
        self._lower = {name.lower(): value for name, value in params.items()}
        self._name = self._lower.get("command", "")
        self._command = registry.find(self._name, server.profile)

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
        return outcome if isinstance(outcome, Response) else self._good(outcome)

    def _process(self) -> t.Any:
        if not self._name:
            raise ApiError(UNSUPPORTED, "Invalid request, no command sent")
        if self._name == "login":
            return self._log_in()
        self._check_method()
        user = self._identify()
        if self._name == "logout":
            return self._log_out()
        command = self._permitted(user)
        self._check_limit(user)
        self._server.shutdown.check(command)
        call = Call(self._server, command, self._lower, user)
        call.check_required()
        call.check_entities()
        if command.is_async:
            return self._submit(command, call)
        outcome = command.run(call)
        return paging.page_of(call, outcome) if isinstance(outcome, Listing) else outcome

    def _check_method(self) -> None:
        if self._strict and self._method != "POST" and not READ_ONLY.match(self._name):
            raise ApiError(400, f"State changing command {self._name} needs to be sent using POST request")

    @property
    def _strict(self) -> bool:
        return self._server.settings.flag("enforce.post.requests.and.timestamps")

    # who ----------------------------------------------------------------------------------

    def _identify(self) -> User:
        """Who calls: by signature, by session, or as the system where the port is trusted.

        :raises ApiError: nobody that the server knows.
        """
        users = self._server.users
        if self._trusted:
            return users.first
        if "sessionkey" in self._lower:
            user = users.with_session(self._session_id, self._lower["sessionkey"])
        else:
            user = users.signed_by(self._params, self._server.clients_clock(), strict=self._strict)
        if user is None:
            raise ApiError(NOT_AUTHENTICATED, _BAD_SIGNATURE)
        return user

    def _permitted(self, user: User) -> Command:
        """The command, if there is one and the caller may have it.

        :raises ApiError: as this version says it.
        """
        known = self._command is not None or self._name in UNMODELLED
        if not known and self._trusted:
            raise ApiError(UNSUPPORTED, f"Unknown API command: {self._name}")
        if not self._server.profile.has_roles and not (known and user.may(self._name)):
            raise ApiError(UNSUPPORTED, "The given command does not exist or it is not available for user")
        if not known:
            raise ApiError(NOT_AUTHENTICATED, _BAD_SIGNATURE)
        if not user.may(self._name):
            why = "either does not exist, is not available for user."
            raise ApiError(NOT_AUTHENTICATED, f"The given command '{self._name}' {why}")
        if self._command is None:
            raise not_modelled(f"the command {self._name}")
        return self._command

    def _check_limit(self, user: User) -> None:
        """Calls in a while; root administrators have no limit."""
        settings = self._server.settings
        if user.role == ROOT or not settings.flag("api.throttling.enabled"):
            return
        interval, most = settings.number("api.throttling.interval"), int(settings.number("api.throttling.max"))
        wait = user.call_within(self._server.now, interval, most)
        if wait:
            ms = f"please retry after [{round(wait * 1000)}] ms."
            raise ApiError(TOO_MANY, f"The given user has reached his/her account api limit, {ms}")

    def _log_in(self) -> Response:
        session_id, key = (self._server.tables.new_uuid().replace("-", "") for _id in range(2))
        name, password = self._lower.get("username", ""), self._lower.get("password", "")
        user = self._server.users.log_in(name, password, session_id, key)
        if user is None:
            why = "Failed to authenticate user"
            raise ApiError(AUTHENTICATION, f"{why} {name}; please provide valid credentials")
        body = login_view(self._server, user, key)
        answer = self._good(body)
        return Response(
            answer.status, answer.body, {**answer.headers, "Set-Cookie": f"JSESSIONID={session_id}; Path=/"}
        )

    def _log_out(self) -> dict[str, t.Any]:
        self._server.users.log_out(self._session_id)
        return {"description": "success"}

    # jobs ---------------------------------------------------------------------------------

    def _submit(self, command: Command, call: Call) -> dict[str, t.Any]:
        about = call.about = command.prepare(call) if command.prepare else None
        server, events = self._server, events_of(self._server, command.name, about)
        if events is not None:
            events.submitted(created=command.creates)
        named = command.job_class, about, command.about
        job = server.jobs.submit(*named, command.run, call, queue=call.queue, events=events)
        made = {"id": about.uuid} if command.creates and about else {}
        return {**made, "jobid": job.uuid}

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
        known = self._command is not None or self._name in UNMODELLED or self._name in ("login", "logout")
        return f"{self._name.lower()}response" if known else "errorresponse"

    @property
    def _format(self) -> dict[str, t.Any]:
        return {
            "as_json": self._lower.get("response", "xml").lower() == "json",
            "content_type": self._server.settings.text("json.content.type"),
            "version": self._server.version,
        }
