# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until both captains see what they must see before a run goes on.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import ArgumentSpec, cloudstack_spec, run_spec, waiting_spec, xapi_spec
from .._cloudstack.picture import read_cloud
from .._maintenance.gates import faults
from .._maintenance.waiter import NotYet
from .._xapi.picture import look_again
from ._context import Context, Outcome

SPEC = (
    xapi_spec()
    | cloudstack_spec()
    | waiting_spec(900)
    | run_spec()
    | ArgumentSpec(
        options={
            "cluster": {"type": "str", "required": True},
            "expected": {"type": "dict", "required": True},
            "done": {"type": "list", "elements": "str", "default": []},
        }
    )
)


def run(context: Context) -> Outcome:
    """Poll both captains until nothing is wrong; read-only."""
    outcome: Outcome = context.waiter().wait(
        "gate: waiting for the pool and CloudStack to agree that all is well",
        lambda: _look(context),
        remedy="Look at what is named, then run again.",
    )
    return outcome


def _look(context: Context) -> Outcome | NotYet:
    pool = look_again(context.xapi)
    if isinstance(pool, NotYet):
        return pool
    cloud = read_cloud(context.cloudstack, cluster=context.params["cluster"])
    wrong = faults(pool, cloud, context.params["expected"], context.params["done"])
    return NotYet("; ".join(wrong)) if wrong else Outcome(result={"vms": len(context.params["expected"]["pool_vms"])})
