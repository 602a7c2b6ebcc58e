# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database's garbage collection: rows whose owner is gone (``dead_member_with_ha_off``)."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .database import Database

OWNED = (("PBD", "host", "host"), ("PIF", "host", "host"), ("host_cpu", "host", "host"))


def collect_garbage(db: Database) -> None:
    """Rows of hosts that do not exist any more, and metrics of nobody."""
    for cls, field, owner in OWNED:
        for ref, row in list(db.rows(cls).items()):
            if not db.exists(owner, row[field]):
                db.destroy(cls, ref)
    used = {row["metrics"] for row in db.rows("host").values()}
    for ref in [ref for ref in db.rows("host_metrics") if ref not in used]:
        db.destroy("host_metrics", ref)
