# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The master notices that versions differ, or do not any more (``xapi.md`` 6.6)."""

from __future__ import annotations

import typing as t

from . import operations
from .rows import host_ref, merged, pool_ref, without
from .upgrade import DETECTED_BY, FLAG, levels

if t.TYPE_CHECKING:
    from .toolstack import Toolstack


def detect(master: Toolstack) -> None:
    """Set or remove the pool's flag, from the last known versions of all hosts."""
    db = master.db
    if db is None:
        return
    own = levels(db, host_ref(db, master.machine), DETECTED_BY)
    mixed = any(levels(db, host, DETECTED_BY) != own for host in db.rows("host"))
    pool = pool_ref(db)
    flags = db.row("pool", pool)["other_config"]
    if mixed == (FLAG in flags):
        return
    db.set("pool", pool, other_config=merged(flags, **{FLAG: "true"}) if mixed else without(flags, FLAG))
    operations.refresh_all(db)
