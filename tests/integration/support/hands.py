# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else's hands: changes that people and other tools make, by the PyPI clients."""

from __future__ import annotations

import ssl
import typing as t
import xmlrpc.client

import XenAPI
from cs import CloudStack

from .lab import Lab


class Hands:
    """A session at the pool's master and a key of CloudStack's."""

    def __init__(self, lab: Lab) -> None:
        options = lab.xapi_connection()
        transport = xmlrpc.client.SafeTransport(context=ssl.create_default_context(cafile=options["ca_path"]))
        self._session = XenAPI.Session(f"https://{options['hostname']}", transport=transport)
        self._session.xenapi.login_with_password("root", options["password"], "1.0", "tests")
        key = lab.cloudstack_connection()
        self.cloudstack = CloudStack(
            endpoint=key["api_url"], key=key["api_key"], secret=key["api_secret"], verify=key["api_verify_ssl_cert"]
        )

    def xapi(self, method: str, *args: t.Any) -> t.Any:
        """A call of XAPI."""
        return self._session.xenapi_request(method, args)

    def pool(self) -> str:
        """The reference of the pool."""
        return t.cast(str, self.xapi("pool.get_all")[0])

    def named(self, cls: str, name: str) -> str:
        """The reference of the object with this name."""
        return t.cast(str, self.xapi(f"{cls}.get_by_name_label", name)[0])
