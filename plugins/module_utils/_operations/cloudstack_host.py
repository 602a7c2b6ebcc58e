# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host is in CloudStack, or it is not.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .._argspec import ArgumentSpec, cloudstack_spec, record_spec, waiting_spec
from . import _cloud_absent, _cloud_present
from ._context import Context, Outcome

SPEC = (
    record_spec()
    | cloudstack_spec()
    | waiting_spec(1800)
    | ArgumentSpec(
        options={
            "host": {"type": "str", "required": True},
            "cluster": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "required": True},
            "create_cluster": {"type": "bool", "default": False},
            "zone": {"type": "str"},
            "pod": {"type": "str"},
            "host_tags": {"type": "list", "elements": "str", "default": []},
            "forced": {"type": "bool", "default": False},
            "add_timeout": {"type": "float", "default": 600.0},
            "watch_for": {"type": "float", "default": 0.0},
        },
        required_if=(
            ("state", "present", ("hostname", "password")),
            ("create_cluster", True, ("cluster", "zone", "pod")),
        ),
    )
)


def run(context: Context) -> Outcome:
    """Add the host, or delete it."""
    operation = _cloud_present.run if context.params["state"] == "present" else _cloud_absent.run
    return operation(context)
