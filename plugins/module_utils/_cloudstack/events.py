# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CloudStack's events tell: since when a host is being prepared for maintenance.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t
from datetime import datetime

from .._maintenance.cluster import CsHost
from .client import CloudStackClient, Record
from .errors import CloudStackError

_PREPARE = "MAINT.PREPARE"
_BEGIN = frozenset({"Scheduled", "Started"})
# The newest come first; a host that is being prepared is among the last that were (cloudstack.md 2.16).
_NEWEST = 200


def preparing_since(client: CloudStackClient, hosts: t.Iterable[CsHost]) -> dict[str, float]:
    """For each of these hosts by its id when its newest preparation began; what the events do not tell is missing."""
    try:
        answer = client.call("listEvents", type=_PREPARE, listall=True, page=1, pagesize=_NEWEST)
    except CloudStackError:
        return {}
    begun = [event for event in answer.get("event", []) if event.get("state") in _BEGIN]
    moments = {host.id: _moment(next((event for event in begun if _is_about(event, host)), {})) for host in hosts}
    return {host: moment for host, moment in moments.items() if moment is not None}


def _is_about(event: Record, host: CsHost) -> bool:
    """Before 4.17 only the description says which host it was."""
    if "resourceid" in event:
        return bool(event["resourceid"] == host.id)
    words = str(event.get("description", "")).split()
    return host.id in words or host.name in words


def _moment(event: Record) -> float | None:
    with contextlib.suppress(ValueError):
        return datetime.strptime(str(event.get("created", "")), "%Y-%m-%dT%H:%M:%S%z").timestamp()
    return None
