# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How XAPI is reached over HTTPS: every socket has a time-out, and nothing is sent twice.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import http.client
import ssl
import typing as t
import xmlrpc.client

# Reaching a host is a matter of milliseconds where pools live, answering a call is not: a dead address may
# cost only this share of the time a call may take, because the next address is waiting (xapi.md 3.5).
CONNECT_SHARE = 0.25
# A busy machine needs its time to agree on encryption, and a packet that is lost is sent again after a second.
CONNECT_AT_LEAST_S = 3.0


def connect_limit_s(timeout_s: float) -> float:
    """How long reaching a host may take when a call to it may take ``timeout_s``."""
    return max(CONNECT_AT_LEAST_S, timeout_s * CONNECT_SHARE)


class Connection(http.client.HTTPSConnection):
    """An HTTPS connection with one limit for reaching the host and another for its answers."""

    def __init__(self, host: str, context: ssl.SSLContext, timeout_s: float) -> None:
        super().__init__(host, timeout=connect_limit_s(timeout_s), context=context)
        self._answer_timeout_s = timeout_s

    def connect(self) -> None:
        """Reach the host and agree on encryption, then allow answers to take longer."""
        super().connect()
        self.sock.settimeout(self._answer_timeout_s)


class Transport(xmlrpc.client.SafeTransport):
    """The standard transport without its habit to repeat a call whose connection broke (xapi.md 1.11)."""

    def __init__(self, context: ssl.SSLContext, timeout_s: float) -> None:
        super().__init__(context=context)
        self._tls = context
        self._timeout_s = timeout_s

    def make_connection(self, host: t.Any) -> http.client.HTTPSConnection:
        """A new connection for every call: xapi closes them anyway, and a stale one could not be told from a crash."""
        address, self._extra_headers, _unused = self.get_host_info(host)
        connection = Connection(address, self._tls, self._timeout_s)
        self._connection = host, connection
        return connection

    def request(self, host: t.Any, handler: str, request_body: t.Any, verbose: bool = False) -> t.Any:
        """Send a call exactly once."""
        try:
            return self.single_request(host, handler, request_body, verbose)
        finally:
            self.close()


def tls_context(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    """Full verification, address included, unless the user knowingly gave it up."""
    context = ssl.create_default_context(cafile=ca_path)
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
