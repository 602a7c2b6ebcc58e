# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pool keeps of its updates, by the generation of its product (``xapi.md`` 6.1)."""

from __future__ import annotations

import typing as t

from . import cdn, guidance, patches, pool_updates
from .errors import XapiError

if t.TYPE_CHECKING:
    from ..pools import Pool
    from ..software import Software
    from .database import Database
    from .toolstack import Toolstack


def begin(pool: Pool, db: Database) -> None:
    """Rows that are there at the beginning of the world."""
    match pool.profile.update_way:
        case "pool_patch":
            patches.begin(pool, db)
        case "pool_update":
            pool_updates.begin(pool, db)
        case "cdn":
            cdn.begin(pool, db)


def host_started(toolstack: Toolstack, db: Database, *, booted: bool) -> None:
    """A toolstack has started: what it tells of its host, and what a boot has done away with."""
    match toolstack.pool.profile.update_way:
        case "pool_patch":
            patches.host_started(toolstack, db)
        case "pool_update":
            pool_updates.host_started(toolstack, db, booted=booted)
        case "cdn":
            guidance.host_started(toolstack, db, booted=booted)


def host_gone(db: Database, host: str) -> None:
    """A host leaves the pool: no patch or update is applied on it any more."""
    for ref in db.related("host", host, "patches"):
        db.destroy("host_patch", ref)
    for ref, row in list(db.rows("pool_update").items()):
        if host in row["hosts"]:
            db.set("pool_update", ref, hosts=[other for other in row["hosts"] if other != host])


def assert_homogeneous(way: str, joiner: Software, master: Software, *, force: bool) -> None:
    """A host that joins has the hotfixes of the pool: all of them up to 7.0, later those that insist (``xapi.md`` 4.1).

    :raises XapiError: POOL_HOSTS_NOT_HOMOGENEOUS.
    """
    ours, theirs = (
        {p.uuid for p in software.installed.values() if way == "pool_patch" or p.homogeneous}
        for software in (joiner, master)
    )
    asked = way == "pool_update" or (way == "pool_patch" and not force)
    if asked and ours != theirs:
        raise XapiError("POOL_HOSTS_NOT_HOMOGENEOUS", "Updates applied to the hosts differ")
