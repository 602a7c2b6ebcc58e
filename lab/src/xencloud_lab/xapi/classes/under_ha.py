# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of pool and host that a pool with HA refuses; without HA they are not modelled (``xapi.md`` 2.10)."""

from __future__ import annotations

import typing as t

from .. import upgrade
from ..errors import NotModelled, XapiError
from ..registry import Call, message
from ..rows import pool_row


@message("pool", "rotate_secret")
def pool_rotate_secret(call: Call) -> t.NoReturn:
    _refuse(call, "pool.rotate_secret", upgrade_too=True)


@message("pool", "management_reconfigure")
def pool_management_reconfigure(call: Call, _network: str) -> t.NoReturn:
    _refuse(call, "pool.management_reconfigure")


@message("pool", "enable_tls_verification")
def pool_enable_tls_verification(call: Call) -> t.NoReturn:
    _refuse(call, "pool.enable_tls_verification", upgrade_too=True)


@message("host", "management_reconfigure")
def host_management_reconfigure(call: Call, _pif: str) -> t.NoReturn:
    _refuse(call, "host.management_reconfigure")


@message("host", "management_disable")
def host_management_disable(call: Call) -> t.NoReturn:
    _refuse(call, "host.management_disable")


@message("pool", "crl_list")
def pool_crl_list(_call: Call) -> list[str]:
    """No certificate was ever revoked."""
    return []


def _refuse(call: Call, method: str, *, upgrade_too: bool = False) -> t.NoReturn:
    if pool_row(call.db)["ha_enabled"]:
        raise XapiError("HA_IS_ENABLED")
    if upgrade_too and upgrade.in_progress(call.db):
        raise XapiError("NOT_SUPPORTED_DURING_UPGRADE")
    raise NotModelled(method)
