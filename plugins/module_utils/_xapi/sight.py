# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at one host of a pool that may have no master.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import socket
import typing as t
from urllib.parse import urlsplit

from .._libraries import XenAPI
from .._maintenance.election import Role, Sighting
from .._maintenance.errors import MaintenanceError
from .errors import ConnectionLost, XapiError, sentence
from .local_session import LocalSession, Unanswered
from .login import API_VERSION, ORIGINATOR, REFUSES, Credentials, NoAnswer, reaching, session_at
from .transport import connect_limit_s


def look_at(address: str, credentials: Credentials) -> Sighting:
    """What a host says about itself and about its master, without a question to any other host.

    :raises MaintenanceError: the password is wrong, or the certificate is not trusted.
    """
    session = session_at(address, credentials)
    try:
        with reaching(address):
            session.login_with_password(credentials.username, credentials.password, API_VERSION, ORIGINATOR)
    except NoAnswer as reason:
        return _silent(address, credentials, str(reason))
    except XenAPI.Failure as failure:
        return _not_a_master(address, credentials, [str(detail) for detail in failure.details])
    return _master(address, session)


def _silent(address: str, credentials: Credentials, why: str) -> Sighting:
    """Who takes a connection, or refuses one, has power, whatever its toolstack does."""
    where = urlsplit(f"//{address}")
    try:
        socket.create_connection((where.hostname, where.port or 443), connect_limit_s(credentials.timeout_s)).close()
    except OSError as error:
        # A toolstack that ended during the call refuses only now.
        refuses = why == REFUSES or isinstance(error, ConnectionRefusedError)
        return Sighting(Role.SILENT, why=why, refuses=refuses)
    return Sighting(Role.SILENT, why=why, accepts=True)


def _master(address: str, session: t.Any) -> Sighting:
    try:
        with reaching(address):
            pools = session.xenapi.pool.get_all_records()
            session.xenapi.session.logout()
    except (NoAnswer, XenAPI.Failure):
        # It has just said that it is master, and that is all that counts here.
        return Sighting(Role.MASTER)
    return Sighting(Role.MASTER, ha=_ha(pools))


def _not_a_master(address: str, credentials: Credentials, details: list[str]) -> Sighting:
    code, params = details[0], details[1:]
    if code == "HOST_IS_SLAVE":
        return _member(address, credentials, params[0])
    if code == "SESSION_AUTHENTICATION_FAILED":
        raise MaintenanceError(sentence(code, params, address, {}))
    # Every call but a few is answered with the error that is kept since the toolstack started (xapi.md 1.7).
    text = sentence(code, params, address, {}).removeprefix(f"{address}: ")
    return Sighting(Role.EMERGENCY, why=text, code=code)


def _member(address: str, credentials: Credentials, follows: str) -> Sighting:
    """A member reads its master's database for any local session, or hangs when it cannot (xapi_observed.md, 1.5)."""
    try:
        with LocalSession.open(address, credentials) as local:
            pools = local.call("pool.get_all_records")
    except Unanswered:
        return Sighting(Role.MEMBER, follows=follows, hears=False)
    except (ConnectionLost, XapiError) as error:
        return Sighting(Role.MEMBER, follows=follows, why=error.message)
    return Sighting(Role.MEMBER, follows=follows, hears=True, ha=_ha(pools))


def _ha(pools: t.Mapping[str, t.Mapping[str, t.Any]]) -> bool:
    return any(bool(pool["ha_enabled"]) for pool in pools.values())
