# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one XAPI client: a session at the pool's master, wherever that is.

It knows nothing of Ansible beyond the names of the connection options.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import http.client
import typing as t
import xmlrpc.client
from dataclasses import replace
from xml.parsers.expat import ExpatError

from .._libraries import XenAPI
from .._maintenance.waiter import Waiter
from . import tasks
from .errors import ConnectionLost, XapiError
from .login import Credentials, beside, find_master, has_port, plain_address

_BROKEN = (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError, TypeError)
# What the old address answers once the master has restarted or moved: the question has to be asked elsewhere.
_MOVED = ("HOST_IS_SLAVE", "SESSION_INVALID")


# A look beside the pool waits no longer for an answer, whatever calls may take.
_LOOK_S = 20.0


class XapiClient:
    """A session at the master; ``names`` turns references in errors into names."""

    def __init__(self, address: str, session: t.Any, credentials: Credentials, known: t.Iterable[str]) -> None:
        self.names: dict[str, str] = {}
        self._address = address
        self._session = session
        self._credentials = credentials
        self._known = list(dict.fromkeys([address, *known]))

    @classmethod
    def connect(cls, params: t.Mapping[str, t.Any]) -> XapiClient:
        """Find the master and log in, with the options of ``xapi_spec``."""
        credentials = Credentials.from_params(params)
        given = plain_address(params["hostname"])
        members = [plain_address(text) for text in params["members"]]
        known = [given, *(each if has_port(each) else beside(each, given) for each in members)]
        address, session = find_master(known, credentials)
        return cls(address, session, credentials, known)

    def at(self, address: str) -> XapiClient:
        """A session of its own for another host, or for the master that this host follows.

        :raises MaintenanceError: it gives no answer, or does not let us in.
        """
        credentials = replace(self._credentials, timeout_s=min(self._credentials.timeout_s, _LOOK_S))
        door = plain_address(address)
        door = door if has_port(door) else beside(door, self._address)
        master, session = find_master([door], credentials)
        return XapiClient(master, session, credentials, ())

    @property
    def address(self) -> str:
        """The address of the master this session is at."""
        return self._address

    @property
    def known_addresses(self) -> tuple[str, ...]:
        """Every address that may lead to the master."""
        return tuple(self._known)

    def learn(self, addresses: t.Iterable[str], names: t.Mapping[str, str]) -> None:
        """Remember the pool's addresses for ``reconnect`` and the names of its objects for errors."""
        self._known = list(dict.fromkeys([*self._known, *(beside(address, self._address) for address in addresses)]))
        self.names.update(names)

    def call(self, method: str, *args: t.Any, about: str = "") -> t.Any:
        """Call a method and return its value; ``about`` is the object that an error begins with.

        :raises XapiError: XAPI refused.
        :raises ConnectionLost: the outcome is unknown.
        """
        if self._session is None:
            raise ConnectionLost(f"{self._address}: there is no connection for {method}. Look again when it is back.")
        try:
            return self._session.xenapi_request(method, args)
        except XenAPI.Failure as failure:
            raise self.error(failure.details, about) from None
        except _BROKEN as error:
            raise ConnectionLost(
                f"{self._address}: the connection broke during {method} ({type(error).__name__}). "
                "Its outcome is unknown; look at the pool, then run this again."
            ) from None

    def error(self, details: t.Sequence[str], about: str = "") -> XapiError | ConnectionLost:
        """The exception for an ErrorDescription."""
        code, params = str(details[0]), [str(param) for param in details[1:]]
        if code in _MOVED:
            return ConnectionLost(
                f"{self._address}: it is the pool's master no more ({code}). Look at the pool, then run this again."
            )
        return XapiError(code, params, about or self._address, self.names)

    def task(self, method: str, *args: t.Any, waiter: Waiter, what: str, about: str = "") -> t.Any:
        """Run a method as a task, wait for it within the waiter's limit and return its value.

        :raises XapiError: the task failed.
        :raises ConnectionLost: the task vanished or the connection did; look again.
        :raises WaitTimeout: it still runs.
        """
        return tasks.run(self, method, args, waiter, what, about)

    def records(self, cls: str) -> dict[str, t.Any]:
        """All objects of a class by their references; none where the release does not know the class yet."""
        try:
            found: dict[str, t.Any] = self.call(f"{cls}.get_all_records")
        except XapiError as error:
            if error.code != "MESSAGE_METHOD_UNKNOWN":
                raise
            return {}
        return found

    def copy_database(self, about: str = "") -> str:
        """Copy the pool's database to every member: what it says now then outlives the master (xapi.md 3.2, 3.4, 14).

        :returns: why the members' copies stay older; empty when they do not.
        """
        try:
            self.call("pool.sync_database", about=about)
        except (XapiError, ConnectionLost) as error:
            return error.message
        return ""

    def reconnect(self, first: str = "") -> None:
        """Find the master again, beginning with the address ``first``, else with the last one known.

        :raises Unreachable: nobody leads to a master at the moment.
        """
        self.close()
        preferred = [beside(first, self._address)] if first else []
        candidates = [*preferred, self._address, *self._known]
        self._address, self._session = find_master(candidates, self._credentials)
        self._known = list(dict.fromkeys([*self._known, self._address]))

    def close(self) -> None:
        """Log out; never raises, because a session that is gone needs no logout."""
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(XenAPI.Failure, AttributeError, *_BROKEN):
                session.xenapi.session.logout()
