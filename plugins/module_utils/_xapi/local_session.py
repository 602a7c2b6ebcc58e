# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session of one host alone, which needs no master: for the hour in which a pool has none.

Such a session is good on a member whose database is out of reach, in emergency mode, and on a master. On a healthy
pool it can do anything without a question (xapi_observed.md, 1.5), so it is opened for one look or one call only.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import http.client
import typing as t
import xmlrpc.client
from xml.parsers.expat import ExpatError

from .._libraries import XenAPI
from .._maintenance.errors import MaintenanceError
from .errors import ConnectionLost, XapiError, sentence
from .login import Credentials, NoAnswer, reaching, session_at

_BROKEN = (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError, TypeError)


class Unanswered(ConnectionLost):
    """The host took the call and said nothing: it waits for a master that is gone (xapi.md 1.7)."""


class LocalSession:
    """Logged in at one host; a context manager that logs out."""

    def __init__(self, address: str, session: t.Any) -> None:
        self._address = address
        self._session = session

    @classmethod
    def open(cls, address: str, credentials: Credentials) -> LocalSession:
        """Log in at this host and nowhere else.

        :raises ConnectionLost: nobody answers there.
        :raises MaintenanceError: the password is wrong.
        """
        session = session_at(address, credentials)
        try:
            with reaching(address):
                session.slave_local_login_with_password(credentials.username, credentials.password)
        except XenAPI.Failure as failure:
            code, *params = map(str, failure.details)
            raise MaintenanceError(sentence(code, params, address, {})) from None
        except NoAnswer as reason:
            raise ConnectionLost(f"{address}: the host {reason}. Look at it, then run this again.") from None
        return cls(address, session)

    def call(self, method: str, *args: t.Any, about: str = "") -> t.Any:
        """Call a method and return its value; ``about`` is the object that an error begins with.

        :raises XapiError: the host refuses.
        :raises Unanswered: it gives no answer in time.
        :raises ConnectionLost: the connection broke; the outcome is unknown.
        """
        where = about or self._address
        try:
            return self._session.xenapi_request(method, args)
        except XenAPI.Failure as failure:
            code, *params = map(str, failure.details)
            raise XapiError(code, params, where, {}) from None
        except TimeoutError:
            raise Unanswered(f"{where}: it did not answer {method} in time. Look at the host.") from None
        except _BROKEN as error:
            raise ConnectionLost(
                f"{where}: the connection broke during {method} ({type(error).__name__}). "
                "Its outcome is unknown; look at the host, then run this again."
            ) from None

    def __enter__(self) -> LocalSession:
        return self

    def __exit__(self, *_exception: object) -> None:
        with contextlib.suppress(XenAPI.Failure, AttributeError, *_BROKEN):
            self._session.xenapi.session.local_logout()
