# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of XenServer 8 from a repository: what is synced, what each host lacks.

Source: ``xapi.md`` 6.4.
"""

from __future__ import annotations

import hashlib
import typing as t

from .errors import XapiError
from .model import EPOCH
from .rows import machine_of, pool_ref, pool_row, stamp

if t.TYPE_CHECKING:
    from ..pools import Pool
    from ..software import Package
    from ..world import World
    from .database import Database


# the repository ---------------------------------------------------------------------------


def begin(pool: Pool, db: Database) -> None:
    """A pool whose estate has updates has a repository for them, not yet synced."""
    if pool.machines[0].software.repository:
        ref = db.create(
            "Repository",
            name_label="updates",
            binary_url="https://repository.invalid/xenserver/8/base",
            source_url="https://repository.invalid/xenserver/8/source",
            update=True,
        )
        db.set("pool", pool_ref(db), repositories=[ref])


def enabled(db: Database) -> str:
    """The one repository for updates.

    :raises XapiError: NO_REPOSITORY_ENABLED or MULTIPLE_UPDATE_REPOSITORIES_ENABLED.
    """
    repositories = [ref for ref in pool_row(db)["repositories"] if db.exists("Repository", ref)]
    if not repositories:
        raise XapiError("NO_REPOSITORY_ENABLED")
    if sum(bool(db.row("Repository", ref)["update"]) for ref in repositories) > 1:
        raise XapiError("MULTIPLE_UPDATE_REPOSITORIES_ENABLED")
    return str(repositories[0])


def checksum(packages: t.Iterable[Package]) -> str:
    """What pool.sync_updates answers: the hash of what the repository offers."""
    text = "\n".join(f"{package.name}-{package.evr}" for package in packages)
    return hashlib.sha256(text.encode()).hexdigest()


def synced(world: World, db: Database, packages: t.Sequence[Package], now: float) -> str:
    """Write down that the repository has been fetched, and which hosts lack something of it."""
    value = checksum(packages)
    db.set("Repository", enabled(db), hash=value)
    db.set("pool", pool_ref(db), last_update_sync=stamp(now))
    for host in db.rows("host"):
        note_state(world, db, host)
    return value


def forget_sync(db: Database) -> None:
    """What was fetched is not valid any more: other repositories, or another master (``xapi.md`` 3.1)."""
    db.set("pool", pool_ref(db), last_update_sync=EPOCH)


def is_synced(db: Database) -> bool:
    """Whether this master has fetched the repository."""
    return bool(pool_row(db)["last_update_sync"] != EPOCH)


def note_state(world: World, db: Database, host: str) -> None:
    """host.latest_synced_updates_applied."""
    lacking = machine_of(world, db, host).software.pending()
    db.set("host", host, latest_synced_updates_applied="no" if lacking else "yes")
