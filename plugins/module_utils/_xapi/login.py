# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding the master of a pool through whichever of its hosts still answers, and logging in there.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import typing as t
import xmlrpc.client
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

from .._libraries import XenAPI
from .._maintenance.errors import MaintenanceError
from .errors import Unreachable, XapiError, sentence
from .transport import Transport, tls_context

# Sessions are counted per originator, so ours never push out somebody else's (xapi.md 1.6).
ORIGINATOR = "xencloud.maintenance"
API_VERSION = "1.0"
# Whoever refuses has power: the toolstack is down, or a firewall is in between.
REFUSES = "refuses the connection"
WRONG_PASSWORD = "SESSION_AUTHENTICATION_FAILED"


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to log in, wherever the master is; the password is not shown in a traceback's repr."""

    username: str
    password: str
    validate_certs: bool
    ca_path: str | None
    timeout_s: float

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> Credentials:
        """From the options of ``xapi_spec``."""
        return cls(
            username=params["username"],
            password=params["password"],
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            timeout_s=params["xapi_timeout"],
        )

    def __repr__(self) -> str:
        return f"Credentials({self.username})"


class _Redirected(Exception):
    """The host is a member; ``master`` is the address it believes in, which may be dead (xapi.md 1.5)."""

    def __init__(self, master: str) -> None:
        super().__init__(master)
        self.master = master


class NoAnswer(Exception):
    """This address does not lead on; the text says why."""


def plain_address(text: str) -> str:
    """``host`` or ``host:port`` from what a user writes as ``hostname``."""
    if "://" not in text:
        return text.strip().rstrip("/")
    parts = urlsplit(text.strip())
    if parts.scheme != "https":
        raise MaintenanceError(
            f"{text}: passwords are not sent over {parts.scheme}. Give the address alone, or with https://."
        )
    return parts.netloc


def has_port(address: str) -> bool:
    """``host:port`` or ``[host]:port``; a bare IPv6 address has colons, but no port."""
    return address.count(":") == 1 or "]:" in address


def beside(address: str, neighbour: str) -> str:
    """The address of another host of the pool, at the port that its neighbour is reached at."""
    port = urlsplit(f"//{neighbour}").port
    host = f"[{address}]" if ":" in address and not address.startswith("[") else address
    return f"{host}:{port}" if port else host


def find_master(addresses: t.Iterable[str], credentials: Credentials) -> tuple[str, t.Any]:
    """Log in at the master: each address is tried once, a member's hint first.

    :raises Unreachable: when no address leads to a serving master; names every one and why.
    """
    queue = list(dict.fromkeys(addresses))
    tried: dict[str, str] = {}
    masters: list[str] = []
    silent: list[str] = []
    while queue:
        address = queue.pop(0)
        try:
            return address, _log_in(address, credentials)
        except _Redirected as redirected:
            tried[address] = f"is a member of {redirected.master}"
            master = beside(redirected.master, address)
            masters.append(master)
            if master not in tried:
                queue = [master, *(other for other in queue if other != master)]
        except NoAnswer as reason:
            tried[address] = str(reason)
            silent.append(address)
    raise Unreachable(_nobody(tried, next((master for master in masters if master in silent), "")))


def _nobody(tried: t.Mapping[str, str], master: str) -> str:
    """Why there is no master; one that members follow is known, and need not be looked for."""
    where = next(iter(tried), "pool")
    reasons = "; ".join(f"{address} {why}" for address, why in tried.items())
    nobody = f"{where}: no serving master was found ({reasons})"
    if master:
        return (
            f"{nobody}: its members follow {master}, which does not serve now. It may be restarting in a run: "
            "ask again in some minutes; if it stays away, see the role elect_master."
        )
    return f"{nobody}. Check the addresses and the network; name other hosts of the pool in members."


def session_at(address: str, credentials: Credentials) -> t.Any:
    """A session of the library that has not logged in yet."""
    context = _context(address, credentials)
    return XenAPI.Session(f"https://{address}", transport=Transport(context, credentials.timeout_s))


@contextlib.contextmanager
def reaching(address: str) -> t.Iterator[None]:
    """Translate what can go wrong on the way to a host; what the host itself refuses is not touched.

    :raises NoAnswer: nobody that speaks XAPI answers.
    :raises MaintenanceError: somebody answers who cannot be trusted.
    """
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MaintenanceError(
            f"{address}: its certificate is not trusted ({error.verify_message}). Give the pool's CA in ca_path, "
            "or set validate_certs to false knowing that anybody could answer in its place."
        ) from None
    except OSError as error:
        raise NoAnswer(_why(error)) from None
    except (xmlrpc.client.Error, http.client.HTTPException, ExpatError, TypeError):
        # The library adds a dictionary to a text when an answer has no Status: a TypeError is a strange answer, too.
        raise NoAnswer("answers, but is not XAPI") from None


def _log_in(address: str, credentials: Credentials) -> t.Any:
    session = session_at(address, credentials)
    try:
        with reaching(address):
            session.login_with_password(credentials.username, credentials.password, API_VERSION, ORIGINATOR)
    except XenAPI.Failure as failure:
        raise _refusal(address, failure.details) from None
    return session


def _context(address: str, credentials: Credentials) -> ssl.SSLContext:
    try:
        return tls_context(credentials.validate_certs, credentials.ca_path)
    except OSError:
        raise MaintenanceError(
            f"{address}: the CA file {credentials.ca_path} cannot be read. Correct ca_path."
        ) from None


def _refusal(address: str, details: t.Sequence[str]) -> Exception:
    code, params = details[0], list(details[1:])
    if code == "HOST_IS_SLAVE":
        return _Redirected(params[0])
    if code == WRONG_PASSWORD:
        return XapiError(code, params, address, {})
    # Emergency mode: every call answers with the stored error, and another member may know better (xapi.md 1.7).
    return NoAnswer("refuses every call: " + sentence(code, params, address, {}).removeprefix(f"{address}: "))


def _why(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return REFUSES
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS as expected ({error.reason})"
    return f"cannot be reached ({error.strerror or error})"
