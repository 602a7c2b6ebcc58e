# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of class pool about who belongs to it, and about taking over in an emergency.

Refusals are as a real xapi gives them (``xapi_observed.md``, eject and emergency calls); what
would follow is not modelled yet and says so.
"""

from __future__ import annotations

import typing as t

from ..errors import NotModelled, XapiError
from ..placement import pool_master
from ..registry import Call, message
from ..rows import guests_on, is_live, pool_row


@message("pool", "eject")
def pool_eject(call: Call, host: str) -> t.NoReturn:
    """A dead host or a bad reference alike is HOST_OFFLINE; the master has no code of its own."""
    db = call.db
    if not db.exists("host", host) or not is_live(db, host):
        raise XapiError("HOST_OFFLINE", host)
    if host == pool_master(db):
        raise XapiError("INTERNAL_ERROR", "Xapi_pool.Cannot_eject_master")
    if pool_row(db)["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    if guests_on(db, host):
        raise XapiError("OPERATION_NOT_ALLOWED", "VM resident on host")
    raise NotModelled("pool.eject")


@message("pool", "emergency_transition_to_master", local=True)
def pool_emergency_transition_to_master(call: Call) -> t.NoReturn:
    _assert_not_armed(call)
    raise NotModelled("pool.emergency_transition_to_master")


@message("pool", "emergency_reset_master", local=True)
def pool_emergency_reset_master(call: Call, _address: str) -> t.NoReturn:
    _assert_not_armed(call)
    raise NotModelled("pool.emergency_reset_master")


@message("host", "emergency_ha_disable", local=True)
def host_emergency_ha_disable(call: Call, soft: bool = False) -> None:
    """Silent about a host that is not armed when ``soft``."""
    if call.toolstack.ha_armed:
        raise NotModelled("host.emergency_ha_disable of an armed host")
    if not soft:
        raise XapiError("HA_NOT_ENABLED")


def _assert_not_armed(call: Call) -> None:
    if call.toolstack.ha_armed:
        raise XapiError("HA_IS_ENABLED")
