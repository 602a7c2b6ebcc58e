# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts join a pool, leave it, or are forgotten when they are dead.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

import typing as t

from .._argspec import ArgumentSpec, cloudstack_spec, optional, run_spec, waiting_spec, xapi_spec
from . import _forgetting, _joining, _leaving
from ._context import Context, Outcome

SPEC = (
    optional(cloudstack_spec())
    | xapi_spec()
    | waiting_spec(1800)
    | run_spec()
    | ArgumentSpec(
        options={
            "hosts": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent", "forgotten"], "required": True},
            "joiner_username": {"type": "str"},
            "joiner_password": {"type": "str", "no_log": True},
            "force": {"type": "bool", "default": False},
            "findings": {"type": "list", "elements": "dict", "default": []},
            "assume_ha_off": {"type": "bool", "default": False},
            "accept_storage_loss": {"type": "bool", "default": False},
            "confirm_dead": {"type": "list", "elements": "str", "default": []},
            "cluster": {"type": "str"},
            "ends_pool_ha": {"type": "bool", "default": False},
        },
    )
)

_STATES: dict[str, t.Callable[[Context], Outcome]] = {
    "present": _joining.run,
    "absent": _leaving.run,
    "forgotten": _forgetting.run,
}


def run(context: Context) -> Outcome:
    """Bring the hosts to the wished state."""
    return _STATES[context.params["state"]](context)
