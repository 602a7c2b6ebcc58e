# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ends some day: certificates and licences.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime

from ..matching import Estate
from .model import Check, Finding, Scope

_DAY_S = 86400


def certificates(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """Hosts talk to each other, and clients to them, with these."""
    for certificate in estate.facts.certificates:
        left = _days_left(estate, certificate.ends_at)
        host = next((host for host in estate.pool.hosts if host.ref == certificate.host), None)
        if host is not None and left <= scope.policy.expiry_days:
            yield Finding(
                "certificate_expired" if left < 0 else "certificate_expiring",
                "warning",
                host.name,
                f"its certificate ({certificate.kind}) {_ends(left)}",
                "Renew it: host.refresh_server_certificate, or install one of your own.",
            )


def licences(estate: Estate, scope: Scope) -> t.Iterator[Finding]:
    """A licence that never ends has no date (xen-api's license_check.ml)."""
    for host in estate.pool.hosts:
        ends_at = _epoch_s(host.licence.get("expiry", ""))
        if ends_at is None:
            continue
        left = _days_left(estate, ends_at)
        if left <= scope.policy.expiry_days:
            yield Finding(
                "licence_expired" if left < 0 else "licence_expiring",
                "warning",
                host.name,
                f"its licence {_ends(left)}",
                "Renew the licence; without it features such as HA or updates may be refused.",
            )


def _days_left(estate: Estate, ends_at: float) -> int:
    return int((ends_at - estate.facts.now) // _DAY_S)


def _ends(left: int) -> str:
    return "has expired" if left < 0 else f"expires in {left} days"


def _epoch_s(text: str) -> float | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


STANDING: tuple[Check, ...] = (certificates, licences)
