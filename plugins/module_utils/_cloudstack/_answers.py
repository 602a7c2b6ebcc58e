# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the exceptions of ``cs`` and ``requests`` to ours.

None of their texts is passed on: with GET they hold the signed address.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t

from .. import _libraries
from .errors import BUSY_CODES, PROXY_CODES, Busy, CloudStackError, OutcomeUnknown, Unreachable, refusal


@contextlib.contextmanager
def translated(label: str, command: str) -> t.Iterator[None]:
    """Turn whatever ``cs`` raises inside into a MaintenanceError; nothing of the original stays attached."""
    try:
        yield
    except Exception as error:  # sorted out below; what is none of theirs is raised again
        ours = _translate(label, command, error)
        if ours is None:
            raise
        raise ours from None


def job_refusal(label: str, command: str, result: t.Mapping[str, t.Any], text: str) -> CloudStackError:
    """The sentence for a job that failed."""
    return refusal(label, command, int(result.get("errorcode") or 530), text)


def _translate(label: str, command: str, error: Exception) -> Exception | None:
    # requests comes with cs; importing it here keeps the missing-library message of cs the only one.
    from requests import exceptions as http

    match error:
        case _libraries.cs.CloudStackApiException():
            return _api_error(label, command, error)
        case _libraries.cs.CloudStackException():
            return _not_an_answer(label, error)
        case http.SSLError():
            return _untrusted(label)
        case http.TooManyRedirects():
            return Unreachable(f"{label}: it redirects to another address. Set api_url to the final address.")
        case http.ConnectTimeout() | http.ConnectionError() if _never_sent(error):
            return Unreachable(f"{label}: it cannot be reached ({_reason(error)}). Check api_url and the network.")
        case http.InvalidURL() | http.MissingSchema() | http.InvalidSchema():
            return Unreachable(f"{label}: api_url is not a valid address. Correct it.")
        case http.RequestException():
            return OutcomeUnknown(
                f"{label}: {command} was not answered ({_reason(error)}), so its outcome is unknown. "
                "Look at the object, then run this again; raise api_timeout if this happens often."
            )
        case OSError() if "CA certificate bundle" in str(error):
            return Unreachable(f"{label}: the file of api_verify_ssl_cert does not exist. Correct the path.")
        case _:
            return None


def _api_error(label: str, command: str, error: t.Any) -> Exception:
    inner = error.error if isinstance(error.error, dict) else {}
    code = int(inner.get("errorcode") or _status(error) or 530)
    text = str(inner.get("errortext") or "no reason given")
    if code in BUSY_CODES:
        return Busy(f'{label}: it does not take {command} now: "{text}" ({code}). Run this again in a while.')
    return refusal(label, command, code, text)


def _not_an_answer(label: str, error: t.Any) -> Exception:
    """Something that is not JSON: a proxy in trouble, or no CloudStack at all."""
    status = _status(error)
    if status in PROXY_CODES:
        return OutcomeUnknown(
            f"{label}: a proxy answered in its place (HTTP {status}), so the outcome is unknown. Look again in a while."
        )
    return Unreachable(
        f"{label}: what answers there is not CloudStack's API (HTTP {status}). "
        "Check api_url; it usually ends in /client/api."
    )


def _untrusted(label: str) -> Unreachable:
    return Unreachable(
        f"{label}: its certificate is not trusted. Give the authority that signed it as api_verify_ssl_cert, "
        "or set api_validate_certs to false knowing that anybody could answer in its place."
    )


def _status(error: t.Any) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _never_sent(error: BaseException) -> bool:
    """No connection was made, so the command cannot have taken effect."""
    names = {type(each).__name__ for each in _chain(error)}
    return bool(names & {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ProxyError"})


def _reason(error: BaseException) -> str:
    """The operating system's word for it, never the library's, which may hold the signed address."""
    from requests import exceptions as http

    if isinstance(error, http.Timeout):
        return "timed out"
    for each in _chain(error):
        if isinstance(each, OSError) and each.strerror and isinstance(each.errno, int):
            return each.strerror.lower()
    return "connection lost"


def _chain(error: BaseException) -> t.Iterator[BaseException]:
    """The exception with everything it wraps, also what urllib3 keeps as an argument or as ``reason``."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        each = todo.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            todo += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
