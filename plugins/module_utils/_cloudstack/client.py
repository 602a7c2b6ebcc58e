# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only code that talks to CloudStack's API.

``cs`` signs and sends; what it leaves open is closed here: exceptions of ``requests`` that it lets through, jobs whose
result got lost, answers of proxies, secrets in error texts (cloudstack.md 4.6, 4.8).

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .. import _libraries
from .._maintenance.waiter import Clock, NotYet, Waiter, WallClock
from . import _answers
from .errors import Busy, CloudStackError, OutcomeUnknown, Unreachable

Record = dict[str, t.Any]
JobStatus = t.Literal["pending", "done", "failed", "lost"]

_READS = ("list", "query", "find", "get")
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """What CloudStack says about a job; ``lost`` means that its outcome is not kept any more."""

    status: JobStatus
    result: Record = field(default_factory=dict)
    text: str = ""


class CloudStackClient:
    """A CloudStack management server, reached with one key."""

    def __init__(self, api: t.Any, label: str, timeout_s: float, clock: Clock | None = None) -> None:
        self._api = api
        self._timeout_s = timeout_s
        self._clock = clock or WallClock()
        self._answered = False
        self.label = label

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> CloudStackClient:
        """A client for the options of ``cloudstack_spec``."""
        label = _label(params["api_url"])
        checked = params["api_validate_certs"]
        api = _libraries.cs.CloudStack(
            endpoint=params["api_url"],
            key=params["api_key"],
            secret=params["api_secret"],
            method=params["api_http_method"],
            # With a file cs would check in spite of dangerous_no_tls_verify; the pool's certificates go the same way.
            verify=params.get("api_verify_ssl_cert") if checked else None,
            dangerous_no_tls_verify=not checked,
        )
        # A redirected POST loses its body, and with it the signature; better to say so.
        api.session.max_redirects = 0
        return cls(api, label, params["api_timeout"])

    def call(self, command: str, timeout_s: float | None = None, **arguments: t.Any) -> Record:
        """Call a command and return the inner object of its answer; reads are repeated while nobody answers.

        :raises OutcomeUnknown: no answer within the time; look again before calling again.
        :raises CloudStackError: CloudStack refused.
        """
        answer: Record = self._patiently(command, timeout_s, arguments)
        return answer

    def list(self, command: str, key: str, **arguments: t.Any) -> list[Record]:
        """All pages of a list; an empty one has no key at all (cloudstack.md 4.3)."""
        rows: list[Record] = self._patiently(command, None, {**arguments, "fetch_list": True})
        return [row for row in rows if isinstance(row, dict)]

    def submit(self, command: str, **arguments: t.Any) -> str:
        """Start an asynchronous command and return the id of its job."""
        return str(self.call(command, **arguments)["jobid"])

    def look_at(self, job_id: str) -> JobAnswer:
        """Ask once for a job; silence counts as still pending, a forgotten job as lost."""
        try:
            answer = self._once("queryAsyncJobResult", self._timeout_s, {"jobid": job_id})
        except OutcomeUnknown:
            return JobAnswer("pending")
        except Unreachable:
            return JobAnswer("pending")
        except CloudStackError as error:
            if error.code == 431:
                return JobAnswer("lost", text="CloudStack has forgotten the job")
            raise
        return _job_answer(answer)

    def job(self, command: str, waiter: Waiter, what: str, **arguments: t.Any) -> Record:
        """Run an asynchronous command to its end.

        :param what: object and condition for progress and time-out lines.
        :raises OutcomeUnknown: the job's outcome is lost; look at the object itself.
        """
        job_id = self.submit(command, **arguments)
        answer = waiter.wait(what, lambda: self._ended(job_id, command))
        if answer.status == "lost":
            raise OutcomeUnknown(f"{self.label}: the outcome of {command} is lost ({answer.text}). Look again.")
        if answer.status == "failed":
            raise _answers.job_refusal(self.label, command, answer.result, answer.text)
        return answer.result

    def _ended(self, job_id: str, command: str) -> JobAnswer | NotYet:
        answer = self.look_at(job_id)
        return NotYet(f"{command} is running") if answer.status == "pending" else answer

    def _patiently(self, command: str, timeout_s: float | None, arguments: Record) -> t.Any:
        """Repeat a read until ``api_timeout`` has passed; a write is never repeated, its outcome is unknown."""
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        begun, pause_s = self._clock.now(), _FIRST_PAUSE_S
        while True:
            try:
                return self._once(command, limit_s, arguments)
            except (OutcomeUnknown, Unreachable) as error:
                spent_s = self._clock.now() - begun
                if not self._may_repeat(command, error) or spent_s + pause_s >= limit_s:
                    raise
            self._clock.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _may_repeat(self, command: str, error: OutcomeUnknown | Unreachable) -> bool:
        """A wrong address or key must show at once, so nothing is repeated before the first answer but ``Busy``."""
        if isinstance(error, Busy):
            return True
        return self._answered and command.startswith(_READS)

    def _once(self, command: str, timeout_s: float, arguments: Record) -> t.Any:
        self._api.timeout = timeout_s
        with _answers.translated(self.label, command):
            answer = getattr(self._api, command)(**arguments)
        self._answered = True
        return answer


def _job_answer(answer: t.Mapping[str, t.Any]) -> JobAnswer:
    """A failed job without a result was cut off by a restart of the management server (cloudstack.md 4.6)."""
    result = answer.get("jobresult")
    match answer.get("jobstatus"):
        case 0:
            return JobAnswer("pending")
        case 1:
            return JobAnswer("done", result if isinstance(result, dict) else {})
        case _ if isinstance(result, dict):
            return JobAnswer("failed", result, str(result.get("errortext") or "no reason given"))
        case _:
            return JobAnswer("lost", text="the management server was restarted")


def _label(api_url: str) -> str:
    """Host and port of the API: enough to know which one, and no user, key or signature in it."""
    parts = urlsplit(api_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unreachable(
            "api_url: it is not the address of a CloudStack API. Give it like https://cloudstack.example.org/client/api."
        )
    try:
        port = parts.port
    except ValueError:
        port = None
    return f"CloudStack at {parts.hostname}" + (f":{port}" if port else "")
