# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host at its own address, whatever its pool says: what it answers, and the few calls that need no master.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import typing as t
import xmlrpc.client
from dataclasses import replace
from xml.parsers.expat import ExpatError

from .._libraries import XenAPI
from .._maintenance.ladder.facts import Voice
from .errors import XapiError, sentence
from .local_session import LocalSession
from .login import API_VERSION, ORIGINATOR, Credentials, session_at

# A host that lives answers a login at once, in emergency mode too.
_ANSWER_S = 20.0
_BROKEN = (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError, TypeError)


def listen(address: str, credentials: Credentials) -> Voice:
    """What the host answers to a login (xapi.md 1.5, 1.7)."""
    session = session_at(address, replace(credentials, timeout_s=min(_ANSWER_S, credentials.timeout_s)))
    try:
        session.login_with_password(credentials.username, credentials.password, API_VERSION, ORIGINATOR)
    except XenAPI.Failure as failure:
        return _refusal(address, [str(detail) for detail in failure.details])
    except ConnectionRefusedError:
        return Voice("refused", text="refuses the connection")
    except ssl.SSLError:
        return Voice("strange", text="its certificate is not trusted, or it does not speak TLS")
    except OSError:
        return Voice("silent", text="no answer")
    except (http.client.HTTPException, xmlrpc.client.Error, ExpatError, TypeError):
        return Voice("strange", text="what answers is not XAPI")
    with contextlib.suppress(XenAPI.Failure, AttributeError, *_BROKEN):
        session.xenapi.session.logout()
    return Voice("master", text="it is a master")


def disarm_ha(address: str, credentials: Credentials) -> None:
    """host.emergency_ha_disable; a host that is not armed is left as it is (xapi.md 2.8).

    :raises XapiError: the host refused.
    :raises ConnectionLost: the outcome is unknown.
    """
    with LocalSession.open(address, credentials) as session:
        try:
            # Without its parameter: older releases know none.
            session.call("host.emergency_ha_disable")
        except XapiError as error:
            if error.code != "HA_NOT_ENABLED":
                raise


def _refusal(address: str, details: t.Sequence[str]) -> Voice:
    code, params = details[0], details[1:]
    if code == "HOST_IS_SLAVE":
        return Voice("member", follows=params[0], text=f"is a member of {params[0]}")
    text = sentence(code, params, address, {}).removeprefix(f"{address}: ").partition(". ")[0].rstrip(".")
    if code in ("SESSION_AUTHENTICATION_FAILED", "RBAC_PERMISSION_DENIED"):
        return Voice("strange", code=code, text=text)
    return Voice("emergency", code=code, text=text)
