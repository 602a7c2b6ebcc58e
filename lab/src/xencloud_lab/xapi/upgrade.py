# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mixed versions: the rolling upgrade mode of a pool (``xapi.md`` 6.6)."""

from __future__ import annotations

import typing as t

from .rows import host_ref, merged, pool_ref, pool_row, without

if t.TYPE_CHECKING:
    from .database import Database
    from .toolstack import Toolstack

FLAG = "rolling_upgrade_in_progress"
DETECTED_BY = ("platform_version", "xapi")
MIGRATION_ORDER = ("platform_version", "xapi_build", "xen")
HA_NEEDS_ALIKE = ("platform_version", "xapi_build")


def version(text: str) -> tuple[int, ...]:
    """A dotted version in comparable form; what is not a number counts as 0."""
    return tuple(int(part) if part.isdigit() else 0 for part in text.replace("-", ".").split("."))


def detect(master: Toolstack) -> None:
    """Set or remove the pool's flag, from the last known versions of all hosts."""
    db = master.db
    if db is None:
        return
    own = _levels(db, host_ref(db, master.machine), DETECTED_BY)
    mixed = any(_levels(db, host, DETECTED_BY) != own for host in db.rows("host"))
    pool = pool_ref(db)
    flags = db.row("pool", pool)["other_config"]
    if mixed and FLAG not in flags:
        db.set("pool", pool, other_config=merged(flags, **{FLAG: "true"}))
    elif not mixed and FLAG in flags:
        db.set("pool", pool, other_config=without(flags, FLAG))
        for host in db.rows("host"):
            db.touch("host", host)


def in_progress(db: Database) -> bool:
    """Whether the pool is in rolling upgrade mode."""
    return FLAG in pool_row(db)["other_config"]


def not_lower(db: Database, source: str, target: str) -> bool:
    """Whether a VM may go from one host to the other: never to an older one."""
    pairs = zip(_levels(db, source, MIGRATION_ORDER), _levels(db, target, MIGRATION_ORDER), strict=True)
    return all(version(theirs) >= version(ours) for ours, theirs in pairs)


def is_highest(db: Database, host: str) -> bool:
    """Whether no host of the pool is newer than this one (VM.start_on in a mixed pool)."""
    return all(not_lower(db, other, host) for other in db.rows("host"))


def like_master(db: Database, host: str) -> bool:
    """Whether this host runs what the master runs."""
    return _levels(db, host, HA_NEEDS_ALIKE) == _levels(db, pool_row(db)["master"], HA_NEEDS_ALIKE)


def hosts_differ(db: Database) -> bool:
    """Whether pool.enable_ha sees different versions."""
    return len({_levels(db, host, HA_NEEDS_ALIKE) for host in db.rows("host")}) > 1


def _levels(db: Database, host: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    versions = db.row("host", host)["software_version"]
    return tuple(versions.get(key, "") for key in keys)
