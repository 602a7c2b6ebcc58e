# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a pool, from any of its members.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import xapi_spec
from .._maintenance.record import read_record
from .._maintenance.views import pool_view
from .._xapi.picture import read_pool
from ._context import Context, Outcome

SPEC = xapi_spec()


def run(context: Context) -> Outcome:
    """The pool as both HA and the toolstack see it, and the run that holds it."""
    pool = read_pool(context.xapi)
    record = read_record(pool.other_config)
    return Outcome(
        result={"pool": {**pool_view(pool), "maintenance_run": record.as_dict() if record else None}},
    )
