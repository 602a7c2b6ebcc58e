# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's XAPI and CloudStack by hand, for what somebody else has done before a playbook comes."""

from __future__ import annotations

import ssl
import typing as t
import xmlrpc.client

import XenAPI
from cs import CloudStack

from .lab import Json, Lab


def xapi(lab: Lab, host: str = "xen01") -> t.Any:
    """A session at the master."""
    session = _session(lab, host)
    session.login_with_password("root", lab.xapi_connection()["password"], "1.0", "a person")
    return session.xenapi


def own_xapi(lab: Lab, host: str) -> t.Any:
    """A session at one host, which needs no master."""
    session = _session(lab, host)
    session.slave_local_login_with_password("root", lab.xapi_connection()["password"])
    return session.xenapi


def cloudstack(lab: Lab) -> CloudStack:
    """CloudStack as its administrator reaches it."""
    reach = lab.cloudstack_connection()
    return CloudStack(
        endpoint=reach["api_url"], key=reach["api_key"], secret=reach["api_secret"], verify=reach["api_verify_ssl_cert"]
    )


def cloudstack_host(lab: Lab, name: str) -> Json:
    """CloudStack's record of a host."""
    hosts = cloudstack(lab).listHosts(type="Routing")["host"]
    found: Json = next(host for host in hosts if host["name"] == name)
    return found


def time_passes(lab: Lab, seconds: float) -> None:
    """In the lab, at once."""
    lab.running.ask("/advance", {"seconds": seconds})


def _session(lab: Lab, host: str) -> t.Any:
    context = ssl.create_default_context(cafile=lab.running.ready["ca"])
    return XenAPI.Session(f"https://{lab.address(host)}", transport=xmlrpc.client.SafeTransport(context=context))
