# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a host may be enabled, by itself after a start or by request (``xapi.md`` 5.3, 5.6)."""

from __future__ import annotations

import typing as t

from . import operations
from .errors import XapiError
from .rows import host_ref

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack


def consider(toolstack: Toolstack) -> None:
    """consider_enabling_host: enable this host unless something speaks against it."""
    db = toolstack.database()
    if db is None or not toolstack.storage_started:
        return
    host = host_ref(db, toolstack.machine)
    wanted = not toolstack.user_disabled and toolstack.auto_enable and not toolstack.disabled_until_reboot
    storage = not toolstack.ha_armed or not unplugged(db, host)
    if wanted and storage and not _has_guidance(db, host):
        enable(db, host)


def assert_safe(toolstack: Toolstack, db: Database, host: str) -> None:
    """host.enable's questions, in its order.

    :raises XapiError: the first that is answered badly.
    """
    if not toolstack.storage_started:
        raise XapiError("HOST_STILL_BOOTING")
    if _has_guidance(db, host):
        raise XapiError("HOST_PENDING_MANDATORY_GUIDANCE_NOT_EMPTY", host)
    if toolstack.disabled_until_reboot:
        raise XapiError("HOST_DISABLED_UNTIL_REBOOT", host)
    if toolstack.ha_armed:
        for pbd in unplugged(db, host):
            sr = db.row("PBD", pbd)["SR"]
            if db.row("SR", sr)["shared"] and _attached_somewhere(db, sr):
                raise XapiError("HA_CONSTRAINT_VIOLATION_SR_NOT_SHARED", sr)


def _attached_somewhere(db: Database, sr: str) -> bool:
    """An SR that nobody has plugged in keeps no host away (transcript ``operations_at_the_same_time``)."""
    return any(db.row("PBD", pbd)["currently_attached"] for pbd in db.related("SR", sr, "PBDs"))


def unplugged(db: Database, host: str) -> list[str]:
    """PBDs of this host that are not attached."""
    return [pbd for pbd in db.related("host", host, "PBDs") if not db.row("PBD", pbd)["currently_attached"]]


def enable(db: Database, host: str) -> None:
    """Write it down."""

    db.set("host", host, enabled=True)
    operations.refresh_host(db, host)


def disable(db: Database, host: str) -> None:
    """Write it down."""

    db.set("host", host, enabled=False)
    operations.refresh_host(db, host)


def _has_guidance(db: Database, host: str) -> bool:
    return bool(db.row("host", host)["pending_guidances"])
