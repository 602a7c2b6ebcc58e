# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Since when an operation is tracked in allowed_operations and current_operations.

Up to 8.1 a pool tracks HA and clustering only (``xapi.md`` 2.2, layer A); the rest came with the
feature it belongs to, or is the release in which its class did (an inference where the datamodel
dates no values of enumerations).
"""

from __future__ import annotations

import typing as t

from .model import load

if t.TYPE_CHECKING:
    from .database import Database

SINCE = {
    "pool": {
        "cluster_create": "lima",
        "designate_new_master": "stockholm",
        "tls_verification_enable": "1.290.0",
        "cert_refresh": "1.298.0",
        "exchange_certificates_on_join": "1.298.0",
        "configure_repositories": "1.301.0",
        "apply_updates": "1.301.0",
        "get_updates": "1.301.0",
        "exchange_ca_certificates_on_join": "1.307.0",
        "copy_primary_host_certs": "1.307.0",
        "sync_updates": "1.329.0",
        "eject": "22.27.0",
        "sync_bundle": "24.23.0",
        "exchange_crls_on_join": "24.35.0",
    },
    "host": {"apply_updates": "1.301.0", "enable": "1.301.0"},
    "VDI": {"enable_cbt": "inverness"},
    "VM": {"migrate_send": "tampa", "changing_NVRAM": "quebec", "create_vtpm": "22.26.0", "sysprep": "25.24.0"},
}


def is_tracked(db: Database, cls: str, operation: str) -> bool:
    """Whether this pool's release knows the operation."""
    return load().has(db.release, SINCE[cls].get(operation), None)


def tracked(db: Database, cls: str, operations: t.Iterable[str]) -> list[str]:
    """Those of the operations that this pool's release knows."""
    return [operation for operation in operations if is_tracked(db, cls, operation)]
