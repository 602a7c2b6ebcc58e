# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mixed versions: the rolling upgrade mode of a pool (``xapi.md`` 6.6)."""

from __future__ import annotations

import typing as t

from .model import load
from .rows import pool_row

if t.TYPE_CHECKING:
    from .database import Database

FLAG = "rolling_upgrade_in_progress"
DETECTED_BY = ("platform_version", "xapi")
MIGRATION_ORDER = ("platform_version", "xapi_build", "xen")
VDI_OPERATIONS = frozenset(
    {
        "clone",
        "copy",
        "resize",
        "resize_online",
        "snapshot",
        "destroy",
        "forget",
        "update",
        "force_unlock",
        "generate_config",
        "blocked",
    }
)
HA_NEEDS_ALIKE = ("platform_version", "xapi_build")


def version(text: str) -> tuple[int, ...]:
    """A dotted version in comparable form; what is not a number counts as 0."""
    return tuple(int(part) if part.isdigit() else 0 for part in text.replace("-", ".").split("."))


def in_progress(db: Database) -> bool:
    """Whether the pool is in rolling upgrade mode."""
    return FLAG in pool_row(db)["other_config"]


def not_lower(db: Database, source: str, target: str) -> bool:
    """Whether a VM may go from one host to the other: never to an older one."""
    pairs = zip(levels(db, source, MIGRATION_ORDER), levels(db, target, MIGRATION_ORDER), strict=True)
    return all(version(theirs) >= version(ours) for ours, theirs in pairs)


def is_highest(db: Database, host: str) -> bool:
    """Whether no host of the pool is newer than this one (VM.start_on in a mixed pool)."""
    return all(not_lower(db, other, host) for other in db.rows("host"))


def like_master(db: Database, host: str) -> bool:
    """Whether this host runs what the master runs."""
    return levels(db, host, HA_NEEDS_ALIKE) == levels(db, pool_row(db)["master"], HA_NEEDS_ALIKE)


def newer_is_refused(db: Database) -> bool:
    """Whether a member newer than its master stays outside: XenServer 8 and its kin only (``xapi.md`` 6.4)."""
    return load().has(db.release, "1.301.0", None)


def hosts_differ(db: Database) -> bool:
    """Whether pool.enable_ha sees different versions."""
    return len({levels(db, host, HA_NEEDS_ALIKE) for host in db.rows("host")}) > 1


def levels(db: Database, host: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The last known versions of a host."""
    versions = db.row("host", host)["software_version"]
    return tuple(versions.get(key, "") for key in keys)
